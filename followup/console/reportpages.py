"""The reports on screen (SPEC 8): period and filters, figures with their definitions, charts, tables, files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from config.zone import Zone
from followup import shiftnotes
from followup.console.desk import Form, Guarded, Refused, SignedIn, Visit, to
from followup.people import Role
from followup.reports import agents, shift, speaking
from followup.reports.catalogue import KINDS, REPORTS, Kind
from followup.reports.drawing import drawings
from followup.reports.files import csv_of
from followup.reports.paper import NoFont, pdf_of
from followup.reports.period import WORDS, UnknownPeriod, period_of
from followup.reports.report import FILTERS, Filters, Report
from followup.reports.speaking import Speaker
from followup.reports.workbook import xlsx_of

router = APIRouter()
RANGE = "range"
CONTENT = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class Asked:
    """What a visitor wants to see."""

    kind: Kind
    period: str  # a word of WORDS, or RANGE
    first: str
    last: str
    filters: Filters

    @property
    def written(self) -> str:
        """The period as period_of reads it."""
        return f"{self.first}..{self.last}" if self.period == RANGE else self.period

    @property
    def query(self) -> str:
        """The same question as the end of an address."""
        named = {"period": self.period, "from": self.first, "to": self.last, **vars(self.filters)}
        return urlencode({key: value for key, value in named.items() if value})


def kinds_for(visit: Visit) -> list[Kind]:
    """The reports that a visitor may see: a supervisor all, an agent his own scorecard and the shift."""
    return [kind for kind in KINDS if kind.for_agents or visit.who.may(Role.SUPERVISOR)]


def asked_by(visit: Visit, name: str) -> Asked:
    """Raises Refused for a report that there is not, or that is not the visitor's."""
    kind = REPORTS.get(name)
    if kind is None:
        raise Refused(404, "error_404")
    if kind not in kinds_for(visit):
        raise Refused(403, "refused_role")
    given = visit.request.query_params
    chosen = {key: given.get(key, "").strip()[:60] for key in kind.filters}
    if kind.name == agents.NAME and not visit.who.may(Role.SUPERVISOR):
        chosen["agent"] = visit.who.name
    first, last = given.get("from", "").strip()[:10], given.get("to", "").strip()[:10]
    period = given.get("period", "")[:30] or (RANGE if first and last else kind.period)
    if first and last and given.get("shown", "") not in ("", f"{first}..{last}"):
        period = RANGE  # the visitor has changed the days, and not the word beside them
    if period != RANGE:
        first = last = ""
    return Asked(kind, period, first, last, Filters(**chosen))


def reckoned(visit: Visit, asked: Asked) -> tuple[Report, Speaker]:
    """Raises UnknownPeriod."""
    company = visit.console.company_source()
    period = period_of(asked.written, visit.now, company.timezone)
    with visit.console.database.read() as session:
        speaker = speaking.speaker(session, company, visit.language)
        return asked.kind.figures(session, company, period, asked.filters), speaker


@router.get("/reports")
def reports_page(visit: SignedIn) -> Response:
    speaker = Speaker(visit.language, visit.console.settings.zone_info)
    return visit.console.page(visit, "reports.html", kinds=kinds_for(visit), speaker=speaker)


@router.get("/reports/{name}")
def report_page(name: str, visit: SignedIn) -> Response:
    return show_report(visit, asked_by(visit, name))


def show_report(visit: Visit, asked: Asked, status: int = 200, trouble: str = "") -> Response:
    """The page; a period that nobody understands is said, and today's standard one is shown."""
    try:
        report, speaker = reckoned(visit, asked)
    except UnknownPeriod:
        standard = Asked(asked.kind, asked.kind.period, "", "", asked.filters)
        return show_report(visit, standard, 422, visit.word("period_unknown"))
    with visit.console.database.read() as session:
        customers = speaking.customers(session) if "customer" in asked.kind.filters else {}
    values: dict[str, Any] = {
        "report": report,
        "asked": asked,
        "speaker": speaker,
        "kinds": kinds_for(visit),
        "periods": tuple(WORDS),
        "choices": _choices(visit, asked, speaker, customers),
        "pictures": {drawing.table: drawing for drawing in drawings(report, speaker)},
        "trouble": trouble,
        "takes_notes": asked.kind.name == shift.NAME,
    }
    return visit.console.page(visit, "report.html", status, **values)


def _choices(
    visit: Visit, asked: Asked, speaker: Speaker, customers: dict[str, str]
) -> list[tuple[str, str, dict[str, str]]]:
    """For each filter: its name, what is chosen, and value -> text of what there is."""
    zones = {zone.value: visit.word(f"zone_{zone}") for zone in (Zone.URBAN, Zone.SUBURBAN)}
    there = {
        "company": visit.console.companies,
        "zone": zones,
        "dispatcher": speaker.dispatchers,
        "customer": customers,
        "agent": speaker.agents,
    }
    shown = [name for name in FILTERS if name in asked.kind.filters and there[name]]
    if not visit.who.may(Role.SUPERVISOR):
        shown = [name for name in shown if name != "agent"]
    return [(name, getattr(asked.filters, name), there[name]) for name in shown]


@router.get("/reports/{name}/file")
def report_file(name: str, visit: SignedIn, form: str = "xlsx") -> Response:
    """The same report as a workbook, PDF or CSV."""
    asked = asked_by(visit, name)
    if form not in CONTENT:
        raise Refused(404, "error_404")
    try:
        report, speaker = reckoned(visit, asked)
        house = visit.console.company_source().name
        makers: dict[str, Callable[[], bytes]] = {
            "xlsx": lambda: xlsx_of(report, speaker),
            "pdf": lambda: pdf_of(report, speaker, house),
            "csv": lambda: csv_of(report, speaker),
        }
        octets = makers[form]()
    except UnknownPeriod as unknown:
        raise Refused(422, "period_unknown") from unknown
    except NoFont as missing:
        raise Refused(503, "report_no_font") from missing
    headers = {"content-disposition": f'attachment; filename="{name}-{report.period.key}.{form}"'}
    return Response(octets, media_type=CONTENT[form], headers=headers)


@router.post("/reports/shift/notes")
def leave_note(visit: Guarded, form: Form) -> Response:
    """A word for the next shift."""
    with visit.console.database.write() as session:
        kept = shiftnotes.leave(session, visit.who.name, str(form.get("words") or ""), visit.now)
    if not kept:
        asked = Asked(REPORTS[shift.NAME], REPORTS[shift.NAME].period, "", "", Filters())
        return show_report(visit, asked, 422, visit.word("note_empty"))
    return to("/reports/shift")
