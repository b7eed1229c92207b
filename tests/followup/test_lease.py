"""Two agents never hold the same task: a compare-and-set in the database, however many press at once."""

import threading
from pathlib import Path

from followup import actions, casebook
from followup.tables import Task
from tests.deskworld import open_world

RACERS, ROUNDS = 8, 125  # a thousand tries


def test_of_a_thousand_simultaneous_tries_one_wins_each_round(tmp_path: Path) -> None:
    world = open_world(tmp_path)
    world.order()
    world.settle()
    with world.database.read() as session:
        task_id = session.query(Task.id).filter(Task.kind == "verify_pickup").scalar()
    start, done = threading.Barrier(RACERS + 1), threading.Barrier(RACERS + 1)
    winners: list[list[str]] = [[] for _ in range(ROUNDS)]
    errors: list[BaseException] = []

    def race(agent: str) -> None:
        for number in range(ROUNDS):
            start.wait()
            try:
                actions.take(world.database, task_id, agent, world.clock())
                winners[number].append(agent)
            except casebook.TaskTaken:
                pass
            except BaseException as error:  # noqa: BLE001 (told by the main thread)
                errors.append(error)
            done.wait()

    threads = [threading.Thread(target=race, args=(f"agent{n}",), daemon=True) for n in range(RACERS)]
    for thread in threads:
        thread.start()
    for number in range(ROUNDS):
        start.wait()
        done.wait()
        with world.database.write() as session:
            task = casebook.task(session, task_id)
            assert task
            assert [task.holder] == winners[number]
            casebook.give_back(session, task_id, winners[number][0])
    for thread in threads:
        thread.join()
    world.database.close()
    assert errors == []
    assert [len(each) for each in winners] == [1] * ROUNDS
