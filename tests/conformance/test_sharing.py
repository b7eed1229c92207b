import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from config.database import Database, open_database
from consign.sharing import SingleWatch, Waking


@pytest.fixture
def two(database_url: str) -> Iterator[tuple[Database, Database]]:
    """The same database, opened by two daemons."""
    first, second = open_database(database_url), open_database(database_url)
    yield first, second
    first.close()
    second.close()


def test_one_daemon_watches_a_mailbox_and_a_standby_takes_over(two: tuple[Database, Database]) -> None:
    first, second = (SingleWatch(database, "orders") for database in two)
    assert first.mine()
    assert first.mine(), "asked again it is still ours"
    assert second.mine() is two[0].is_sqlite
    first.give_up()
    assert second.mine()
    second.give_up()


def test_another_mailbox_has_a_watch_of_its_own(two: tuple[Database, Database]) -> None:
    first, second = SingleWatch(two[0], "orders"), SingleWatch(two[1], "returns")
    assert first.mine()
    assert second.mine()
    first.give_up()
    second.give_up()


def test_a_watch_whose_connection_the_server_cut_is_lost(two: tuple[Database, Database]) -> None:
    if two[0].is_sqlite:
        pytest.skip("SQLite has no watch to lose")
    first, second = (SingleWatch(database, "orders") for database in two)
    assert first.mine()
    assert first.connection is not None
    with two[1].write() as session:
        cut = text("SELECT pg_terminate_backend(:pid)")
        assert session.scalar(cut, {"pid": first.connection.info.backend_pid})
    assert not first.mine()
    assert second.mine()
    second.give_up()


def test_what_one_daemon_commits_wakes_the_other(two: tuple[Database, Database]) -> None:
    heard: list[str] = []
    arrived, listening = threading.Event(), threading.Event()

    def hear(channel: str) -> None:
        heard.append(channel)
        arrived.set()

    speaker, listener = Waking(two[0], hear), Waking(two[1], hear)
    if two[0].is_sqlite:
        speaker.tell("consign_work")
        assert heard == []
        return
    beat: Callable[[], None] = listening.set
    thread = threading.Thread(target=listener.listen, args=(beat,))
    thread.start()
    try:
        assert listening.wait(10)
        speaker.tell("consign_work")
        assert arrived.wait(10)
        assert heard == ["consign_work"]
    finally:
        listener.close()
        speaker.close()
        thread.join(10)
