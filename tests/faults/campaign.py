"""The campaign: every fault of RELIABILITY §5 that needs a running daemon, with the trials asked for, as a table.

    python -m tests.faults.campaign                          every scenario, seed 1, times as shipped
    python -m tests.faults.campaign --short --seeds 2-5      lease and pauses of a few seconds
    python -m tests.faults.campaign --rows 1,2,29 --trials 20
    python -m tests.faults.campaign --only 'two_daemons.*' --postgres
    python -m tests.faults.campaign --only soak --long --minutes 480
    python -m tests.faults.campaign --rows 41 --older ../consign-of-last-year

Each scenario runs `consign run` as processes of their own against a real Dovecot and a mail server that misbehaves,
both behind proxies, while orders come in; then everything is calm, and the verdict is made from what went in, what came
out and what stands in the rows. PASS; FAIL with its reason; VOID when the fault never happened, which proves nothing.
A line for each trial is printed as it ends, and kept in FILE.jsonl; FILE.md gets the table. Status 1 unless all passed.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults import database_faults, machine_faults, mail_faults, process_faults
from tests.faults.box import open_box
from tests.faults.postgres import Postgres, open_postgres
from tests.faults.scenario import SCENARIOS, Scenario
from tests.faults.scene import Loop
from tests.faults.trial import Times, Trial

ENTERED = (mail_faults, process_faults, machine_faults, database_faults)  # they enter their scenarios when imported
POSTGRES_ROWS = {1, 2, 4, 5, 6, 7, 31, 35}  # --postgres: what the file of SQLite has no part in


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class Result:
    """One trial; times in seconds from the delivery of an order to its work order."""

    scenario: str
    rows: tuple[int, ...]
    seed: int
    times: Times
    database: str
    verdict: str  # "PASS" | "FAIL" | "VOID"
    orders: int
    faults: int
    kills: int
    copies: int
    explained: int
    lost: int
    doubled: int  # under two numbers or Message-IDs, with other bytes, or one number for two orders
    late: int
    median: float
    slowest: float
    stop: float  # longest clean stop
    took: float
    why: str = ""  # what failed
    log: str = ""  # … and the end of the daemon's log

    def line(self) -> str:
        return (
            f"{self.verdict} {self.scenario:26s} seed={self.seed} {self.times} {self.database} orders={self.orders} "
            f"faults={self.faults} kills={self.kills} lost={self.lost} doubled={self.doubled} copies={self.copies}"
            f"/{self.explained} late={self.late} median={self.median:.1f} slowest={self.slowest:.1f} "
            f"stop={self.stop:.1f} took={self.took:.0f}" + (f"  {self.why.splitlines()[-1][:200]}" if self.why else "")
        )


@dataclass(frozen=True)
class Wanted:
    """How trials are to run."""

    times: Times
    orders: int
    trials: int
    minutes: float
    folder: Path
    older: str


@contextmanager
def open_trial(loop: Loop, wanted: Wanted, seed: int, postgres: Postgres | None) -> Iterator[Trial]:
    folder = Path(tempfile.mkdtemp(prefix="trial-", dir=wanted.folder))
    address = postgres.new_database() if postgres else ""
    with open_box() as box:
        url = postgres.proxied(address) if postgres else ""
        trial = Trial(loop, box, folder, seed, wanted.orders, wanted.times, url)
        trial.trials, trial.minutes, trial.postgres = wanted.trials, wanted.minutes, postgres
        trial.installation.looks_at, trial.older = address, wanted.older
        trial.say = lambda words: say(f"     {words}")
        try:
            yield trial
        finally:
            trial.close()


def run(loop: Loop, scenario: Scenario, seed: int, wanted: Wanted, postgres: Postgres | None) -> Result:
    """One trial of one scenario."""
    began, why, log = time.monotonic(), "", ""
    with open_trial(loop, wanted, seed, postgres) as trial:
        try:
            scenario.act(trial)
            trial.calm()
            trial.settle()
            trial.stop()
            trial.check_rows()
        except Exception as failed:  # noqa: BLE001 (whatever it was: this trial failed, the next one begins)
            why = str(failed) if isinstance(failed, AssertionError) and str(failed) else traceback.format_exc()
            log = trial.installation.tail(200)
        found, explained = trial.verdict(), trial.explained()
        doubled = len(found.two_lorries) + len(found.changed) + len(found.clash)
        sound = not why and doubled <= 2 * trial.forgotten and not found.late and found.copies <= explained
        sound = sound and len(found.lost) <= trial.refusals
        verdict = "VOID" if not trial.faults and not scenario.harmless else "PASS" if sound else "FAIL"
        if verdict == "FAIL":
            why = why or f"{found.two_lorries} {found.changed} {found.clash} {found.lost}"[:500]
            shutil.copytree(trial.root, wanted.folder / f"failed-{scenario.name}-{seed}", dirs_exist_ok=True)
        times = sorted(found.times) or [0.0]
        return Result(
            scenario=scenario.name,
            rows=scenario.rows,
            seed=seed,
            times=wanted.times,
            database="postgresql" if postgres else "sqlite",
            verdict=verdict,
            orders=len(trial.sent),
            faults=len(trial.faults),
            kills=trial.kills,
            copies=found.copies,
            explained=explained,
            lost=len(found.lost),
            doubled=doubled,
            late=found.late,
            median=times[len(times) // 2],
            slowest=times[-1],
            stop=max(trial.stops, default=0.0),
            took=time.monotonic() - began,
            why=why,
            log=log,
        )


def missing(scenario: Scenario, *, postgres: bool, older: str) -> str:
    """Which need of a scenario is not met here; "" when it can run."""
    for need in scenario.needs:
        if need == "root":
            met = os.geteuid() == 0
        elif need == "postgresql":
            met = postgres
        elif need == "older":
            met = bool(older)
        else:
            met = shutil.which(need) is not None
        if not met:
            return need
    return ""


def table(results: Iterable[Result]) -> str:
    """The results as a Markdown table, one line for each scenario, database and kind of times."""
    lines = [
        "| rows | scenario | database | times | trials | orders | faults | lost | doubled | copies (explained) | "
        "slowest | verdict |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.scenario, result.database, result.times), []).append(result)
    for (name, database, times), of in sorted(groups.items(), key=lambda item: (item[1][0].rows, item[0])):
        verdicts = " ".join(sorted({each.verdict for each in of}))
        orders, faults, lost, doubled, copies, explained = (
            sum(getattr(each, what) for each in of)
            for what in ("orders", "faults", "lost", "doubled", "copies", "explained")
        )
        rows = ", ".join(map(str, of[0].rows))
        lines.append(
            f"| {rows} | `{name}` | {database} | {times} | {len(of)} | {orders} | {faults} | {lost} | "
            f"{doubled} | {copies} ({explained}) | {max(each.slowest for each in of):.0f} s | {verdicts} |"
        )
    return "\n".join(lines) + "\n"


def chosen(only: str, rows: str, *, long: bool, postgres: bool, older: str) -> list[Scenario]:
    """The scenarios that were asked for and can run; those that cannot are named."""
    numbers = {int(row) for row in rows.split(",") if row}
    found = []
    for scenario in SCENARIOS.values():
        asked = re.fullmatch(only, scenario.name) if only else not numbers or numbers & set(scenario.rows)
        if not asked or (scenario.long and not long) or (postgres and not POSTGRES_ROWS & set(scenario.rows)):
            continue
        if lack := missing(scenario, postgres=postgres, older=older):
            say(f"not run: {scenario.name} needs {lack}")
            continue
        found.append(scenario)
    return found


def seeds(words: str) -> range:
    first, _, last = words.partition("-")
    return range(int(first), int(last or first) + 1)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1", help="one seed, or a span: 2-5")
    parser.add_argument("--short", action="store_true", help="lease and pauses of seconds, not those shipped")
    parser.add_argument("--rows", default="", help="only scenarios of these rows, parted by commas")
    parser.add_argument("--only", default="", help="only scenarios whose name matches this pattern")
    parser.add_argument("--orders", type=int, default=40)
    parser.add_argument("--trials", type=int, default=0, help="how often each point strikes in a trial")
    parser.add_argument("--minutes", type=float, default=0.0, help="of the soak")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, behind a proxy")
    parser.add_argument("--long", action="store_true", help="the scenarios too that take ten minutes and more")
    parser.add_argument("--older", default="", help="checkout of an older version, with a schema of its own")
    parser.add_argument("--out", type=Path, default=Path("campaign"), help="results go to FILE.jsonl and FILE.md")
    asked = parser.parse_args(arguments)
    results: list[Result] = []
    with ExitStack() as stack:
        loop = Loop()
        stack.callback(loop.close)
        postgres = stack.enter_context(open_postgres()) if asked.postgres else None
        if postgres:
            loop.run(postgres.proxy.start())
        folder = Path(tempfile.mkdtemp(prefix="campaign-"))  # what failed stays there
        times: Times = "short" if asked.short else "shipping"
        wanted = Wanted(times, asked.orders, asked.trials, asked.minutes, folder, asked.older)
        for scenario in chosen(asked.only, asked.rows, long=asked.long, postgres=asked.postgres, older=asked.older):
            for seed in seeds(asked.seeds):
                results.append(run(loop, scenario, seed, wanted, postgres))
                say(results[-1].line())
                with asked.out.with_suffix(".jsonl").open("a", encoding="utf-8") as kept:
                    kept.write(json.dumps(asdict(results[-1]), ensure_ascii=False) + "\n")
    asked.out.with_suffix(".md").write_text(table(results), encoding="utf-8")
    return int(not results or any(result.verdict != "PASS" for result in results))


if __name__ == "__main__":
    sys.exit(main())
