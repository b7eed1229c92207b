"""What is printed at the desk: waybill and work order of an order, the exception report, the cover list of receipts."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from dispatch.draft import Paper
from dispatch.letterhead import House, words
from dispatch.scribe import Desk
from followup import attachments, cases, complaints, penaltybook, receipts
from followup.console.callpage import deadline_of
from followup.console.desk import Refused, SignedIn, Visit
from followup.console.words import knows
from intake import register
from intake.record import OrderRecord

router = APIRouter()
ORDER_PAPERS = ("waybill", "work_order")


def house_of(visit: Visit, company: str = "") -> House:
    """The company of that key as letters and papers know it."""
    return Desk(visit.console.company_source(), b"", visit.console.settings.letters).of(company).house


def font() -> Path:
    """The font that papers are printed with. Raises Refused where this machine has none."""
    from dispatch.papers import chinese_font  # loads fpdf and fontTools: only where something is printed

    found = chinese_font()
    if found is None:
        raise Refused(503, "no_font")
    return found


def sent(paper: Paper, name: str) -> Response:
    """To be saved under a name of ASCII and opened outside the browser."""
    headers = {"content-disposition": f'attachment; filename="{name}.pdf"', "content-security-policy": "sandbox"}
    return Response(paper.octets, media_type=paper.content_type, headers=headers)


def _order(visit: Visit, number: str) -> OrderRecord:
    with visit.console.database.read() as session:
        order = register.by_number(session, number)
    if order is None:
        raise Refused(404, "order_unknown")
    return order


@router.get("/orders/{number}/papers/{paper}")
def order_paper(number: str, paper: str, visit: SignedIn) -> Response:
    if paper not in ORDER_PAPERS:
        raise Refused(404, "error_404")
    order = _order(visit, number)
    house = house_of(visit, order.company)
    tongue = words(visit.language)
    if paper == "waybill":
        from dispatch.waybill import waybill

        return sent(waybill(order, house, tongue, font(), visit.now), f"waybill-{order.number}")
    from dispatch.papers import work_order_paper
    from dispatch.worksheet import work_sheet

    deadline = deadline_of(visit, order)
    dispatcher = visit.console.company_source().of(order.company).dispatchers.get(order.verdict.dispatcher or "")
    if deadline is None or dispatcher is None:
        raise Refused(409, "no_work_order")
    sheet = work_sheet(order, deadline, dispatcher, house, tongue)
    made = work_order_paper(sheet, house, tongue, font(), visit.now)
    return sent(made, f"work-order-{order.number}-r{order.revision}")


@router.get("/cases/{case_id}/report")
def case_paper(case_id: int, visit: SignedIn) -> Response:
    from dispatch.casereport import CaseReport, case_report

    with visit.console.database.read() as session:
        case = cases.case(session, case_id)
        if case is None:
            raise Refused(404, "case_unknown")
        order = register.records(session, [case.order_id])[case.order_id]
        complained = complaints.complaints_about(session, case_id)
        decided = [each for each in penaltybook.penalties_of(session, order.id) if each.exception_id == case_id]
        papers = [each.name for each in attachments.of_case(session, case_id)]
    key = f"stage_{case.stage}"
    report = CaseReport(
        id=case.id,
        kind=case.kind,
        stage=visit.word(key) if knows(key) else case.stage,
        opened_at=case.opened_at,
        owner=case.owner,
        words=case.words,
        compared=case.compared,
        told_at=case.told_at,
        beyond_control=case.beyond_control,
        cause=case.cause,
        unit=case.unit,
        remedy=case.remedy,
        compensation=case.compensation,
        complaints=[f"#{each.id} {visit.plain.when(each.opened_at)} {each.words}" for each in complained],
        penalties=[(each.unit, each.amount) for each in decided if each.decision == penaltybook.CONFIRMED],
        closed_at=case.closed_at,
        papers=papers,
    )
    made = case_report(report, order, house_of(visit, order.company), words(visit.language), font(), visit.now)
    return sent(made, f"exception-{order.number}-{case.id}")


@router.get("/receipts/cover")
def cover_paper(visit: SignedIn) -> Response:
    """The receipts that are with us, as a list to hand over with them."""
    from dispatch.coverlist import CoverRow, cover_list

    with visit.console.database.read() as session:
        with_us = [row for row in receipts.outstanding(session) if row.receipt.state in receipts.WITH_US]
        rows = [
            CoverRow(row.number, row.receipt.region, row.shipment.signed_by, row.receipt.signed_at, row.receipt.counted)
            for row in with_us
        ]
    made = cover_list(rows, house_of(visit), words(visit.language), font(), visit.now)
    return sent(made, f"receipts-{visit.now.astimezone(visit.console.settings.zone_info):%Y%m%d}")
