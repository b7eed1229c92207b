"""The printed exception report (异常报告): what happened, why, how it ended, for all sides to sign (SPEC 9).

In: the case as values and a font file. Out: a Paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from config.phrases import phrase
from dispatch import figures
from dispatch.draft import Paper
from dispatch.letterhead import House, Words
from dispatch.papers import GREY, Sheet
from dispatch.particulars import DELIVERY, GOODS, PICKUP, Line, Particulars
from dispatch.plaintext import sound
from intake.record import OrderRecord


@dataclass(frozen=True)
class CaseReport:
    """A case as it is printed; moments are aware, "" and None are left out."""

    id: int
    kind: str  # code of the sentence exception_…
    stage: str
    opened_at: datetime
    owner: str
    words: str
    compared: str
    told_at: datetime | None
    beyond_control: bool
    cause: str
    unit: str
    remedy: str
    compensation: Decimal | None
    complaints: Sequence[str]
    penalties: Sequence[tuple[str, Decimal]]  # who, how much: those that a person confirmed
    closed_at: datetime | None
    papers: Sequence[str]


def case_report(case: CaseReport, order: OrderRecord, house: House, tongue: Words, font: Path, at: datetime) -> Paper:
    """The report as PDF. Raises OSError for an unreadable font."""
    said = {key: template.template for key, template in tongue.waybill.items()}
    kind = phrase(f"exception_{case.kind}", tongue.language)
    title = tongue.waybill["case_title"].substitute(kind=kind)
    pdf = Sheet(font, f"{house.name}  {title} {order.number}", tongue)
    pdf.set_title(f"{title} {order.number}")
    pdf.set_creation_date(at)
    pdf.add_page()
    pdf.codes(order.number)
    pdf.paragraph(house.name, 10, GREY)
    pdf.paragraph(title, 18)
    pdf.paragraph(f"{order.number} #{case.id}", 13)
    pdf.set_y(max(pdf.get_y(), 32))

    def moment(when: datetime | None) -> str:
        return f"{when.astimezone(house.timezone):%Y-%m-%d %H:%M}" if when else ""

    def lines(*pairs: tuple[str, str]) -> list[Line]:
        return [Line(said[f"case_{key}"], sound(value)) for key, value in pairs if value]

    parts = Particulars(order, tongue)
    pdf.section(said["case_order"], parts.lines((*PICKUP[:3], *GOODS, *DELIVERY)))
    what = lines(
        ("kind", kind), ("stage", case.stage), ("opened", moment(case.opened_at)), ("owner", case.owner),
        ("words", case.words), ("compared", case.compared), ("told", moment(case.told_at)),
    )  # fmt: skip
    pdf.section(said["case_what"], what)
    beyond = said["case_yes"] if case.beyond_control else ""
    pdf.section(said["case_why"], lines(("cause", case.cause), ("unit", case.unit), ("beyond", beyond)))
    paid = figures.money(case.compensation, tongue) if case.compensation is not None else ""
    penalties = "\n".join(f"{unit}  {figures.money(amount, tongue)}" for unit, amount in case.penalties)
    end = lines(
        ("remedy", case.remedy), ("compensation", paid), ("complaint", "\n".join(case.complaints)),
        ("penalty", penalties), ("closed", moment(case.closed_at)), ("papers", "\n".join(case.papers)),
    )  # fmt: skip
    pdf.section(said["case_end"], end)
    pdf.ln(8)
    pdf.paragraph(said["case_signs"])
    name = tongue.waybill["case_file"].substitute(number=order.number, case=case.id)
    return Paper(name, "application/pdf", bytes(pdf.output()))
