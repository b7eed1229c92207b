"""Letters to those who drive and those who watch: work order, stop order, alert (SPEC 5).

Pure. A work order holds everything that is needed at the ramp, and says how to answer it; its token proves that an
answer answers this revision (RELIABILITY §7).
"""

from typing import Any
from urllib.parse import quote

from config.phrases import catalogue, phrase
from dispatch import figures, particulars, stationery
from dispatch.draft import Draft, Purpose
from dispatch.letterhead import Deadline, House, OnDuty, Words, words
from dispatch.particulars import AGREED, DELIVERY, GOODS, PICKUP, Line, Particulars
from dispatch.plaintext import one_line
from dispatch.shipper_letters import first_of, read_lines, reason_texts, written_on
from intake.record import OrderRecord

# Payment is told by the instruction how much to collect, in words, not as a bare line.
AGREED_BUT_PAYMENT = tuple(field for field in AGREED if field != "payment")


def work_order(
    record: OrderRecord,
    deadline: Deadline,
    dispatcher: OnDuty,
    house: House,
    deputy_note: str = "",
    token: str = "",
) -> Draft:
    """Everything in SPEC 5. `deputy_note`: name of the dispatcher whom it could not reach, when it goes to his deputy;
    changes are marked old → new when the record has a previous form."""
    tongue = _tongue(dispatcher, house)
    today, by = written_on(record, house), deadline.by.astimezone(house.timezone)
    sections = _sections(record, tongue)
    content: dict[str, Any] = {
        "number": record.number,
        "revision": record.revision,
        "pick_up_by": figures.moment(by, today, tongue),
        "why": phrase(deadline.phrase, tongue.language, **deadline.values),
        "zone": tongue.zones[record.verdict.zone],
        "lane": particulars.lane(record.verdict.quote, tongue),
        "ordered_at": figures.moment(record.ordered_at.astimezone(house.timezone), today, tongue),
        "collect": particulars.to_collect(record, tongue),
        "charges": particulars.charge_lines(record.verdict.quote, tongue),
        "receipt_wanted": record.form.receipt_copies,
        "warnings": reason_texts(record.verdict.reasons, tongue),
        "changes": [line for section in sections.values() for line in section if line.was is not None],
        "dispatcher": dispatcher,
        "deputy_note": one_line(deputy_note),
        "token": token,
        **sections,
    }
    values = {
        "pick_up_by": figures.brief_moment(by, today, tongue),
        "zone": tongue.zones[record.verdict.zone],
        "pickup": particulars.pickup_place(record),
        "destination": one_line(record.form.destination or "")[:20],
        "cargo": particulars.brief_cargo(record.form.cargo, tongue),
    }
    subject = _subject("work_order", record, tongue, token, values)
    content["replies"] = _replies(subject, house, tongue)
    return stationery.draft(Purpose.WORK_ORDER, "work_order", dispatcher.email, subject, tongue, house, content)


def stop_order(record: OrderRecord, dispatcher: OnDuty, house: House, token: str = "") -> Draft:
    """The order was cancelled after its work order went out: do not pick up."""
    tongue = _tongue(dispatcher, house)
    subject = _subject("stop_order", record, tongue, token, {})
    content = {
        "number": record.number,
        "dispatcher": dispatcher,
        "read": read_lines(record.model_copy(update={"previous": None}), tongue),
        "token": token,
    }
    return stationery.draft(Purpose.STOP_ORDER, "stop_order", dispatcher.email, subject, tongue, house, content)


def alert(record: OrderRecord, code: str, values: dict[str, str], house: House) -> Draft:
    """To the supervisor: a promise is about to break or has broken, in the words of `code` (letter_late, …).

    The subject takes the words of `code` + "_brief" where there are such."""
    tongue = words(house.language)
    filled = {"number": record.number, **{key: one_line(value) or tongue.nothing for key, value in values.items()}}
    sentence, brief = phrase(code, tongue.language, **filled), f"{code}_brief"
    what = phrase(brief, tongue.language, **filled) if brief in catalogue() else first_of([sentence])
    content = {
        "number": record.number,
        "sentence": sentence,
        "what": what,
        "read": read_lines(record, tongue),
    }
    subject = tongue.subject("alert", number=record.number, what=what)
    return stationery.draft(Purpose.ALERT, "alert", house.supervisor, subject, tongue, house, content)


def _tongue(dispatcher: OnDuty, house: House) -> Words:
    """A Chinese company may have dispatchers who read English; a company that writes English does so to all."""
    return words(dispatcher.language if house.language == "zh" else house.language)


def _sections(record: OrderRecord, tongue: Words) -> dict[str, list[Line]]:
    order = Particulars(record, tongue)
    return {
        "pickup": order.lines(PICKUP),
        "goods": order.lines(GOODS),
        "delivery": order.lines(DELIVERY),
        "agreed": order.lines(AGREED_BUT_PAYMENT),
        "paid": [line for line in order.lines(("payment",)) if line.was is not None],
    }


def _subject(kind: str, record: OrderRecord, tongue: Words, token: str, values: dict[str, str]) -> str:
    changed = record.revision > 1
    return tongue.subject(
        f"{kind}_changed" if changed else kind,
        number=record.number,
        revision=str(record.revision),
        token=f"#{token}" if token else "",
        **values,
    )


def _replies(subject: str, house: House, tongue: Words) -> list[dict[str, Any]]:
    """Links that open an answer ready to be sent; subject and token say which work order it is about."""
    target = f"mailto:{quote(house.address, safe='@')}?subject={quote('Re: ' + subject, safe='')}&body="
    return [{"word": word, "link": target + quote(word, safe="")} for word in tongue.answers.values()]
