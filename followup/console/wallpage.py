"""The wall board: a page for a big screen, fetched anew every five seconds."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from followup import wallboard
from followup.console.charts import bar_chart, dot_chart
from followup.console.desk import SignedIn, Visit
from followup.console.words import knows
from followup.pickupstate import PickupState
from followup.wallboard import Workload

router = APIRouter()
PARTS = ((PickupState.NORMAL, "barwell"), (PickupState.AT_RISK, "barsoon"), (PickupState.LATE, "barlate"))


@router.get("/wall")
def wall(visit: SignedIn) -> Response:
    console = visit.console
    zone = console.settings.zone_info
    with console.database.read() as session:
        work = console.workloads.get("", visit.now, lambda: wallboard.workload(session, visit.now))
        found = wallboard.board(session, visit.now, zone)
    values: dict[str, Any] = {
        "board": found,
        "work": work,
        "dots": dot_chart(found.promise.points, zone),
        "pickups": bar_chart(_pickup_rows(visit, work)),
        "kinds": bar_chart(_kind_rows(visit, work)),
        "health": console.health() if console.health else {},
    }
    return console.page(visit, "wall_board.html" if visit.partial() else "wall.html", **values)


def _pickup_rows(visit: Visit, work: Workload) -> list[tuple[str, list[tuple[str, int]]]]:
    return [
        (
            visit.word(f"zone_{zone}") if knows(f"zone_{zone}") else zone,
            [(part, states[state]) for state, part in PARTS],
        )
        for zone, states in sorted(work.pickups.items(), reverse=True)
    ]


def _kind_rows(visit: Visit, work: Workload) -> list[tuple[str, list[tuple[str, int]]]]:
    return [
        (
            visit.word(f"kind_{kind}") if knows(f"kind_{kind}") else kind,
            [("barlate", late), ("baropen", count - late)],
        )
        for kind, count, late in work.by_kind[:8]
    ]
