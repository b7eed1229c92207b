"""The waybill (运单): one sheet that goes with the goods and comes back signed as the receipt (SPEC 9).

In: an order and a font file. Out: a Paper. Its number stands in it as QR code and as Code 39, for whoever scans.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dispatch import particulars
from dispatch.draft import Draft, Paper
from dispatch.letterhead import House, Words, words
from dispatch.papers import GREY, Sheet, chinese_font
from dispatch.particulars import GOODS, Line, Particulars
from intake.record import OrderRecord

FROM = ("shipper.name", "shipper.company", "shipper.phone", "pickup_address")
TO = ("consignee.name", "consignee.company", "consignee.phone", "destination", "consignee.address")
AGREED = ("services", "remarks")
SIGNATURE_MM = 18.0


def waybill(record: OrderRecord, house: House, tongue: Words, font: Path, at: datetime) -> Paper:
    """The waybill as PDF; `at` stands in it as the time it was made. Raises OSError for an unreadable font."""
    said = {key: template.template for key, template in tongue.waybill.items()}
    order = Particulars(record, tongue)
    pdf = Sheet(font, f"{house.name}  {said['title']} {record.number}", tongue)
    pdf.set_title(f"{said['title']} {record.number}")
    pdf.set_creation_date(at)
    pdf.add_page()
    pdf.codes(record.number)
    pdf.paragraph(house.name, 10, GREY)
    pdf.paragraph(said["title"], 18)
    pdf.paragraph(record.number, 14)
    pdf.set_y(max(pdf.get_y(), 32))
    pdf.section(said["from"], order.lines(FROM))
    pdf.section(said["to"], order.lines(TO))
    pdf.section(said["goods"], order.lines(GOODS))
    lane = particulars.lane(record.verdict.quote, tongue)
    way = [Line(said["lane"], lane)] if lane else []
    paid = Line(tongue.label("payment"), particulars.to_collect(record, tongue))
    pdf.section(said["money"], [paid, *particulars.charge_lines(record.verdict.quote, tongue)])
    copies = record.form.receipt_copies
    receipt = tongue.waybill["copies"].substitute(copies=copies) if copies else said["no_receipt"]
    pdf.section(said["agreed"], [*way, Line(said["receipt"], receipt), *order.lines(AGREED)])
    pdf.ln(1.5)
    pdf.paragraph(f"{said['clause']} {house.phone}", 8.5, GREY)
    pdf.signatures([said["shipper_signs"], said["driver_signs"], said["consignee_signs"]], SIGNATURE_MM)
    name = tongue.waybill["file"].substitute(number=record.number)
    return Paper(name, "application/pdf", bytes(pdf.output()))


def with_waybill(letter: Draft, record: OrderRecord, house: House, at: datetime) -> Draft:
    """The letter with the waybill attached; without a Chinese font as it was."""
    font = chinese_font()
    if font is None:
        return letter
    paper = waybill(record, house, words(letter.language), font, at)
    papers: Sequence[Paper] = (*letter.papers, paper)
    return replace(letter, papers=tuple(papers))
