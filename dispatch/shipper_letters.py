"""Letters to the shipper: accepted, what to mend, what to agree to, why not, cancelled, and what happened since.

Pure: what goes in is the order as the register keeps it and the house; what comes out is a Draft (SPEC 4, 8, 9).
"""

from datetime import date
from typing import Any

from config.phrases import phrase
from dispatch import figures, particulars, stationery
from dispatch.draft import Draft, Purpose
from dispatch.letterhead import Deadline, House, Words, words
from dispatch.particulars import DELIVERY, FIELDS, Line, Particulars
from dispatch.plaintext import one_line
from intake.orderform import Problem
from intake.record import OrderRecord
from intake.verdict import Reason

GOODS_TOLD = ("cargo.description", "cargo.pieces", "cargo.packaging", "cargo.weight", "cargo.volume")
LONGEST_SUBJECT = 80  # characters of a stranger's subject that we repeat


def acknowledgement(record: OrderRecord, deadline: Deadline, house: House) -> Draft:
    """Accepted: number, what was read, the price item by item, the pickup deadline and why, whom to call."""
    tongue = words(house.language)
    today, by = written_on(record, house), deadline.by.astimezone(house.timezone)
    content = _about(record, house, tongue) | {
        "pick_up_by": figures.moment(by, today, tongue),
        "why": phrase(deadline.phrase, tongue.language, **deadline.values),
        "charges": particulars.charge_lines(record.verdict.quote, tongue),
        "payment": particulars.to_pay(record, tongue),
        "lane": particulars.lane(record.verdict.quote, tongue),
        "changed": record.revision > 1,
    }
    subject = tongue.subject(
        "acknowledgement", number=record.number, pick_up_by=figures.brief_moment(by, today, tongue)
    )
    return _to_shipper(Purpose.ACKNOWLEDGEMENT, subject, tongue, house, content, record)


def incomplete(record: OrderRecord, house: House) -> Draft:
    """Each field to mend with what was read of it, then the form with those lines marked: only they need an answer."""
    tongue = words(house.language)
    emptied = {problem.field for problem in record.problems}
    doubted = {each.field for each in record.verdict.reasons if each.field} - emptied
    asked = [_problem_line(problem, tongue) for problem in record.problems]
    asked += [_doubt_line(each, tongue) for each in record.verdict.reasons if each.field in doubted]
    content = _about(record, house, tongue) | {
        "problems": list(dict.fromkeys(asked)),
        "reasons": reason_texts(tuple(each for each in record.verdict.reasons if not each.field), tongue),
        "form": particulars.form_to_fill(record.form, emptied, doubted, tongue),
    }
    labels = list(dict.fromkeys(line.label for line in asked))
    named = tongue.comma.join(labels[:4]) + (tongue.subject("more") if len(labels) > 4 else "")
    subject = tongue.subject("incomplete", number=record.number, fields=named)
    return _to_shipper(Purpose.INCOMPLETE, subject, tongue, house, content, record)


def confirm(record: OrderRecord, house: House) -> Draft:
    """What must be agreed to first (charges above the limit, restricted goods, …), and that 确认 agrees."""
    tongue = words(house.language)
    reasons = reason_texts(record.verdict.reasons, tongue)
    content = _about(record, house, tongue) | {
        "reasons": reasons,
        "charges": particulars.charge_lines(record.verdict.quote, tongue),
        "payment": particulars.to_pay(record, tongue),
        "lane": particulars.lane(record.verdict.quote, tongue),
    }
    subject = tongue.subject("confirm", number=record.number, what=first_of(reasons))
    return _to_shipper(Purpose.CONFIRM, subject, tongue, house, content, record)


def rejected(record: OrderRecord, house: House) -> Draft:
    """Why the order cannot be taken, and whom to call about another way."""
    tongue = words(house.language)
    reasons = reason_texts(record.verdict.reasons, tongue)
    content = _about(record, house, tongue) | {"reasons": reasons}
    subject = tongue.subject("rejected", number=record.number, what=first_of(reasons))
    return _to_shipper(Purpose.REJECTED, subject, tongue, house, content, record)


def cancelled(record: OrderRecord, house: House) -> Draft:
    """The cancellation was carried out: nothing is picked up, nothing is charged."""
    tongue = words(house.language)
    subject = tongue.subject("cancelled", number=record.number)
    return _to_shipper(Purpose.CANCELLED, subject, tongue, house, _about(record, house, tongue), record)


def notice(record: OrderRecord, code: str, values: dict[str, str], house: House, *, link: str = "") -> Draft:
    """What happened to the shipment, in the words of `code` (notice_picked_up, …) filled from `values`; with `link` the
    shipper is asked for a score there."""
    return _told(Purpose.NOTICE, record, code, values, house, link)


def consignee_notice(record: OrderRecord, notice: str, values: dict[str, str], house: House) -> Draft:
    """The same for the consignee: what is on its way to him, and nothing of price and payment."""
    tongue = words(house.language)
    told = {"number": record.number, "shipper": record.form.shipper.name or "", **values}
    sentence = phrase(f"consignee_{notice}", tongue.language, **_one_line_each(told))
    content = {
        "number": record.number,
        "consignee": one_line(record.form.consignee.name or ""),
        "sentence": sentence,
        "goods": Particulars(record, tongue).lines((*GOODS_TOLD, *DELIVERY)),
    }
    subject = tongue.subject("notice", number=record.number, what=first_of([sentence]))
    recipient = record.form.consignee.email or ""
    return stationery.draft(Purpose.NOTICE, "consignee_notice", recipient, subject, tongue, house, content, record)


def answer(record: OrderRecord, code: str, values: dict[str, str], house: House) -> Draft:
    """The answer to an enquiry or a complaint about an order, in the words of `code` (SPEC 9)."""
    return _told(Purpose.ANSWER, record, code, values, house)


def ask_to_write(recipient: str, subject: str, message_id: str, house: House) -> Draft:
    """A picture alone cannot be read: please write the order into the mail, with the form to fill in (SPEC 2)."""
    tongue = words(house.language)
    asked = tongue.subject("ask_to_write", subject=one_line(subject)[:LONGEST_SUBJECT])
    content = {"form": particulars.empty_form(tongue)}
    letter = stationery.draft(Purpose.ASK_TO_WRITE, "ask_to_write", recipient, asked, tongue, house, content)
    return stationery.answering(letter, message_id)


def _told(
    purpose: Purpose, record: OrderRecord, code: str, values: dict[str, str], house: House, link: str = ""
) -> Draft:
    tongue = words(house.language)
    sentence = phrase(code, tongue.language, **{"number": record.number, **_one_line_each(values)})
    content = _about(record, house, tongue) | {"sentence": sentence, "link": link}
    subject = tongue.subject("notice", number=record.number, what=first_of([sentence]))
    return stationery.draft(purpose, "notice", record.shipper_address, subject, tongue, house, content, record)


def _to_shipper(
    purpose: Purpose, subject: str, tongue: Words, house: House, content: dict[str, Any], record: OrderRecord
) -> Draft:
    return stationery.draft(purpose, purpose.value, record.shipper_address, subject, tongue, house, content, record)


def written_on(record: OrderRecord, house: House) -> date:
    """The day that a letter calls today: the one on which the order became clear, or arrived."""
    return (record.clear_at or record.arrived_at).astimezone(house.timezone).date()


def _about(record: OrderRecord, house: House, tongue: Words) -> dict[str, Any]:
    """What every letter about an order knows."""
    ordered = record.ordered_at.astimezone(house.timezone)
    return {
        "number": record.number,
        "revision": record.revision,
        "shipper": one_line(record.form.shipper.name or ""),
        "read": read_lines(record, tongue),
        "ordered_at": figures.moment(ordered, written_on(record, house), tongue),
        "ordered_at_note": phrase(f"order_time_{record.ordered_at_note}", tongue.language)
        if record.ordered_at_note
        else "",
    }


def read_lines(record: OrderRecord, tongue: Words) -> list[Line]:
    """Everything that was read of an order, a line each."""
    return Particulars(record, tongue).lines(FIELDS)


def _problem_line(problem: Problem, tongue: Words) -> Line:
    label, words_read = tongue.label(problem.field), one_line(problem.words)
    return Line(label, phrase(problem.phrase, tongue.language, field=label, words=words_read), note=words_read)


def _doubt_line(reason: Reason, tongue: Words) -> Line:
    read = one_line(reason.values.get("words", ""))
    return Line(tongue.label(reason.field or ""), _reason_text(reason, tongue), note=read)


def reason_texts(reasons: tuple[Reason, ...], tongue: Words) -> list[str]:
    """Each reason in words, once."""
    return list(dict.fromkeys(_reason_text(reason, tongue) for reason in reasons))


def _reason_text(reason: Reason, tongue: Words) -> str:
    values = _one_line_each(reason.values)
    if reason.field:
        values["field"] = tongue.label(reason.field)
    return phrase(reason.code, tongue.language, **values)


def _one_line_each(values: dict[str, str]) -> dict[str, str]:
    return {key: one_line(value) for key, value in values.items()}


def first_of(sentences: list[str]) -> str:
    """The first sentence, short enough for a subject line."""
    first = sentences[0] if sentences else ""
    return first if len(first) <= LONGEST_SUBJECT else first[: LONGEST_SUBJECT - 1] + "…"
