"""PostgreSQL goes away, comes back, is cut off (row 31); daemons of two versions on one database (row 41)."""

from tests.faults.mail_faults import press
from tests.faults.postgres import How, Postgres
from tests.faults.scenario import scenario
from tests.faults.trial import Trial

CUT = 30.0  # seconds
HOWS: tuple[How, ...] = ("fast", "immediate", "kill")


def server(trial: Trial) -> Postgres:
    assert trial.postgres is not None
    return trial.postgres


def under_way_with_two(trial: Trial) -> None:
    trial.start(2)
    trial.until_started()
    trial.pass_time(2)


@scenario(31, needs=("postgresql",))
def postgres_restarted(trial: Trial) -> None:
    under_way_with_two(trial)
    for how in HOWS:
        server(trial).restart(how)
        trial.note(how)
        trial.kills += 2  # each daemon may have had a letter at the dot whose commit was lost with the connection
        trial.orders += 5
        trial.pass_time(3)
    press(trial)


@scenario(31, needs=("postgresql",))
def postgres_cut_off(trial: Trial) -> None:
    """Nothing passes between daemons and database for 30 s; a commit may lie on either side of the cut."""
    under_way_with_two(trial)
    for _ in range(trial.trials or 2):
        trial.orders += 10
        trial.outage(server(trial).proxy, "cut", CUT)
        trial.kills += 2
        trial.pass_time(3)
    press(trial)


@scenario(31, needs=("postgresql",))
def postgres_link_reset(trial: Trial) -> None:
    """Every connection to the database is reset, again and again, in mid-transaction."""
    under_way_with_two(trial)
    trial.orders += 20
    while trial.pressing:
        trial.pass_time(trial.chance.uniform(0.2, 1.5))
        server(trial).proxy.reset_all()
        trial.note("reset")
        trial.kills += 2


@scenario(41, needs=("older",))
def older_daemon_beside(trial: Trial) -> None:
    """A daemon of an older version runs while ours brings its database forward; started again, it refuses."""
    older, newer = trial.installation, trial.another()
    trial.keep = False
    older.start({"PYTHONPATH": trial.older})
    trial.until_started()
    before = older.ask("SELECT version_num FROM alembic_version")
    trial.pass_time(2)
    newer.start()
    trial.daemons.append(newer)
    trial.until_started()
    assert older.ask("SELECT version_num FROM alembic_version") != before, "that version is not older: proves nothing"
    trial.note(f"brought forward from {before}")
    trial.until(lambda: not trial.pressing, 60, "all orders delivered")
    trial.until(trial.finished, 60, "every order answered")
    assert older.running, older.tail()
    assert older.stop() == 0, older.tail()
    older.start({"PYTHONPATH": trial.older})
    assert older.ended(30) == 2, older.tail()
    trial.daemons.remove(older)
    trial.orders += 5
