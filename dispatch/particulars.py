"""The particulars of an order as labelled lines, in the order of the form: what every letter shows of it.

Pure. What a shipper wrote is passed through `sound`: nothing in it can end a line of a header or turn the direction of
reading. Escaping for HTML is the templates' task.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from config.quote import Quote
from dispatch import figures
from dispatch.letterhead import Words
from dispatch.plaintext import one_line, sound
from intake.orderform import Cargo, OrderForm
from intake.record import OrderRecord
from intake.required import REQUIRED

PICKUP = ("shipper.name", "shipper.company", "shipper.phone", "pickup_address", "pickup_request")
GOODS = (
    "cargo.description",
    "cargo.pieces",
    "cargo.packaging",
    "cargo.weight",
    "cargo.volume",
    "cargo.piece_cm",
    "cargo.piece_kg",
    "declared_value",
)
DELIVERY = ("destination", "consignee.name", "consignee.company", "consignee.phone", "consignee.address")
TOLD = ("consignee.email",)  # of no use to a driver
AGREED = ("payment", "receipt_copies", "services", "remarks")
FIELDS = PICKUP + GOODS + DELIVERY + TOLD + AGREED

# The lines of the prescribed form (SPEC 1), each of which may be answered alone.
FORM = (
    "shipper.name",
    "shipper.company",
    "shipper.phone",
    "cargo.description",
    "cargo.pieces",
    "cargo.packaging",
    "cargo.weight",
    "cargo.volume",
    "declared_value",
    "pickup_address",
    "pickup_request",
    "destination",
    "consignee.name",
    "consignee.company",
    "consignee.phone",
    "consignee.address",
    "payment",
    "receipt_copies",
    "services",
    "remarks",
)
PHONES = ("shipper.phone", "consignee.phone")


class Line(NamedTuple):
    """One labelled line. `was` is the old value where a revision changed it (None: unchanged)."""

    label: str
    value: str
    was: str | None = None
    tel: str = ""  # the value as a number to dial, where it is one
    note: str = ""  # how the value came about


@dataclass(frozen=True, slots=True)
class FormLine:
    """One line of the form to be sent back; `asked`: it is to be filled in, or corrected where a value stands."""

    label: str
    value: str
    asked: bool


def shown(form: OrderForm, words: Words) -> dict[str, str]:
    """Dotted field -> its value as people write it, for every field that the form gives, in the form's order."""
    written: dict[str, str | None] = {
        "shipper.name": form.shipper.name,
        "shipper.company": form.shipper.company,
        "shipper.phone": form.shipper.phone,
        "pickup_address": form.pickup_address,
        "pickup_request": form.pickup_request,
        "destination": form.destination,
        "consignee.name": form.consignee.name,
        "consignee.company": form.consignee.company,
        "consignee.phone": form.consignee.phone,
        "consignee.address": form.consignee.address,
        "consignee.email": form.consignee.email,
    }
    values = {field: one_line(value) for field, value in written.items() if value}
    values |= _cargo(form.cargo, words)
    if form.declared_value is not None:
        values["declared_value"] = figures.money(form.declared_value, words)
    if form.payment:
        values["payment"] = words.payments[form.payment]
    if form.receipt_copies is not None:
        values["receipt_copies"] = words.unit("copies" if form.receipt_copies else "no_copies", form.receipt_copies)
    if form.services:
        values["services"] = words.comma.join(
            words.services.get(code) or charge_name(code, words) for code in form.services
        )
    if form.remarks:
        values["remarks"] = sound(form.remarks).strip()
    return {field: values[field] for field in FIELDS if field in values}


def _cargo(cargo: Cargo, words: Words) -> dict[str, str]:
    values = {}
    if cargo.description:
        values["cargo.description"] = one_line(cargo.description)
    if cargo.pieces is not None:
        values["cargo.pieces"] = words.unit("pieces", cargo.pieces)
    if cargo.packaging:
        values["cargo.packaging"] = one_line(cargo.packaging)
    if cargo.weight_kg is not None:
        values["cargo.weight"] = figures.weight(cargo.weight_kg, words)
    if cargo.volume_m3 is not None:
        values["cargo.volume"] = figures.volume(cargo.volume_m3, words)
    if cargo.piece_cm:
        values["cargo.piece_cm"] = words.unit("centimetres", " × ".join(map(figures.number, cargo.piece_cm)))
    if cargo.piece_kg is not None:
        values["cargo.piece_kg"] = figures.weight(cargo.piece_kg, words)
    return values


def charge_name(code: str, words: Words) -> str:
    """A charge by its name; one that only the company's own tariff knows by its code there."""
    return words.charges.get(code, one_line(code))


class Particulars:
    """The values of an order beside those of the revision before; where they differ the old one is marked (SPEC 5)."""

    def __init__(self, record: OrderRecord, words: Words) -> None:
        self._words, self._now = words, shown(record.form, words)
        self._before = self._now if record.previous is None else shown(record.previous, words)

    def lines(self, fields: Iterable[str]) -> list[Line]:
        """The given fields as lines; one that neither revision gives is left out."""
        now, before, words = self._now, self._before, self._words
        return [
            _line(field, now.get(field, words.nothing), _was(before.get(field), now.get(field), words), words)
            for field in fields
            if field in now or field in before
        ]


def _was(before: str | None, now: str | None, words: Words) -> str | None:
    return None if before == now else before or words.nothing_before


def _line(field: str, value: str, was: str | None, words: Words) -> Line:
    tel = "".join(char for char in value if char in "+0123456789") if field in PHONES else ""
    return Line(words.label(field), value, was, tel)


def charge_lines(quote: Quote | None, words: Words) -> list[Line]:
    """Each charge with how it was computed, and the total."""
    if quote is None:
        return []
    items = [
        Line(charge_name(charge.code, words), figures.money(charge.amount, words), note=one_line(charge.basis))
        for charge in quote.charges
    ]
    return [*items, Line(words.total, figures.money(quote.total, words))]


def to_collect(record: OrderRecord, words: Words) -> str:
    """How the freight is paid and how much to collect from whom, for the dispatcher (SPEC 5)."""
    return _paid(record, words, "instructions")


def to_pay(record: OrderRecord, words: Words) -> str:
    """Who pays how much and when, for the shipper."""
    return _paid(record, words, "pays")


def _paid(record: OrderRecord, words: Words, table: str) -> str:
    form, quote = record.form, record.verdict.quote
    if form.payment is None:
        return words.nothing
    sentences = words.instructions if table == "instructions" else words.pays
    return sentences[form.payment].fill(
        {
            "total": figures.money(quote.total, words) if quote else words.instructions["unpriced"].text,
            "shipper": one_line(form.shipper.name or ""),
            "shipper_phone": one_line(form.shipper.phone or ""),
            "consignee": one_line(form.consignee.name or ""),
            "consignee_phone": one_line(form.consignee.phone or ""),
        }
    )


def lane(quote: Quote | None, words: Words) -> str:
    """直达，约 1 天; nothing where no quote was made."""
    if quote is None:
        return ""
    transfers = words.unit("transfers", quote.transfers) if quote.transfers else words.unit("direct")
    return transfers + words.comma + words.unit("days", quote.days)


def form_to_fill(form: OrderForm, emptied: Collection[str], doubted: Collection[str], words: Words) -> list[FormLine]:
    """The prescribed form with what was read. The lines of `emptied` and `doubted` fields are marked; of a doubted one
    what was read stays, of an emptied one nothing does (SPEC 4, incomplete)."""
    values = {field: value for field, value in shown(form, words).items() if field not in emptied}
    return [
        FormLine(words.label(field), values.get(field, "").replace("\n", " "), field in emptied or field in doubted)
        for field in FORM
        if field in values or field in emptied or field in doubted
    ]


def empty_form(words: Words) -> list[FormLine]:
    """The form with its required lines only, for a mail of which nothing could be read."""
    return [FormLine(words.label(field), "", True) for field in REQUIRED]


def brief_cargo(cargo: Cargo, words: Words) -> str:
    """10 件 500 公斤 2 立方米: for a subject line."""
    values = _cargo(cargo, words)
    return " ".join(values[key] for key in ("cargo.pieces", "cargo.weight", "cargo.volume") if key in values)


def pickup_place(record: OrderRecord) -> str:
    """District and town of the pickup, 闵行区莘庄镇; the start of the address where the place is not known."""
    parts = [part for part in record.verdict.pickup_place.split("/") if part]
    if len(parts) >= 3:
        return "".join(parts[2:])
    return record.verdict.pickup_city or one_line(record.form.pickup_address or "")[:20]
