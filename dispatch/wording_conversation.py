"""Letters of a conversation: enquiry, complaint, change, quote; reminder and hand-over to dispatchers (SPEC 5, 9).

Rules, pure, beside dispatch.wording; the sentences stand in config/phrases.toml and templates/.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from config.phrases import phrase
from config.quote import Quote
from dispatch import figures, particulars, stationery, wording
from dispatch.draft import Draft, Purpose
from dispatch.letterhead import House, OnDuty, words
from dispatch.plaintext import one_line
from dispatch.shipper_letters import LONGEST_SUBJECT
from intake.record import OrderRecord


def enquiry(order: OrderRecord, said: dict[str, Any], house: House, now: datetime) -> Draft:
    """Where the order stands, what comes next, and when; `said` are the details of the answered enquiry."""
    values = {key: _value(value, house, now) for key, value in said["values"].items()}
    filled = {"number": order.number, **values}
    state = phrase(f"enquiry_{said['state']}", house.language, **filled)
    next_step = phrase(f"enquiry_next_{said['next']}", house.language, **filled)
    return wording.answer(order, "enquiry_answer", {"state": state, "next": next_step}, house)


def _value(value: str, house: House, now: datetime) -> str:
    """Moments as people write them, everything else as it is."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is None:
        return value
    local = moment.astimezone(house.timezone)
    return figures.moment(local, now.astimezone(house.timezone).date(), words(house.language))


def change_received(order: OrderRecord, asked: str, too_late: bool, house: House) -> Draft:
    """What was asked for is not done by itself: a person will call. `asked`: amendment, cancellation or consent."""
    code = f"{asked}_too_late" if too_late else f"{asked}_to_be_confirmed"
    return wording.answer(order, code, {"phone": house.phone}, house)


def complaint(order: OrderRecord | None, recipient: str, subject: str, house: House) -> Draft:
    """Received, with an apology, and by when somebody answers (SPEC 9)."""
    if order is not None:
        return wording.answer(order, "complaint_answer", {"phone": house.phone}, house)
    return plain(recipient, subject, [phrase("complaint_answer", house.language, phone=house.phone)], house)


def what_went_wrong(order: OrderRecord, said: dict[str, Any], house: House, now: datetime) -> Draft:
    """An exception, told at the first moment: its kind, the agent's words, when the next word comes (SPEC 9)."""
    values = {
        "kind": phrase(f"exception_{said['kind']}", house.language),
        "words": _within(str(said["words"])),
        "next": _next_word(said.get("promised"), house, now),
        "phone": house.phone,
    }
    return wording.notice(order, "notice_exception", values, house)


def complaint_answered(order: OrderRecord | None, said: dict[str, Any], house: House, now: datetime) -> Draft:
    """The first answer to a complaint: an apology, the agent's words, when the next word comes (SPEC 9)."""
    words_said, next_word = _within(str(said["words"])), _next_word(said.get("promised"), house, now)
    values = {"words": words_said, "next": next_word, "phone": house.phone}
    recipient = str(said["recipient"])
    if order is not None:
        return replace(wording.answer(order, "complaint_told", values, house), recipient=recipient)
    values = {key: one_line(value) for key, value in values.items()}
    return plain(recipient, house.name, [phrase("complaint_told", house.language, **values)], house)


def _within(words_said: str) -> str:
    """An agent's words as a part of a sentence, which brings its own full stop."""
    return words_said.strip().rstrip("。.")


def _next_word(promised: str | None, house: House, now: datetime) -> str:
    if not promised:
        return phrase("next_word_soon", house.language)
    return phrase("next_word_by", house.language, at=_value(promised, house, now))


def quote(recipient: str, subject: str, quoted: Quote, way: str, house: House) -> Draft:
    """A price without an order: each charge, the lane, and that it binds nobody until ordered (SPEC 8)."""
    tongue = words(house.language)
    content = {
        "way": one_line(way),
        "charges": particulars.charge_lines(quoted, tongue),
        "lane": particulars.lane(quoted, tongue),
        "form": particulars.empty_form(tongue),
    }
    asked = tongue.subject("ask_to_write", subject=one_line(subject)[:LONGEST_SUBJECT])
    return stationery.draft(Purpose.ANSWER, "quote", recipient, asked, tongue, house, content)


def plain(recipient: str, subject: str, sentences: list[str], house: House) -> Draft:
    """A letter about no order: some sentences."""
    tongue = words(house.language)
    asked = tongue.subject("ask_to_write", subject=one_line(subject)[:LONGEST_SUBJECT])
    return stationery.draft(Purpose.ANSWER, "plain", recipient, asked, tongue, house, {"sentences": sentences})


def reminder(order: OrderRecord, dispatcher: OnDuty, deputy: str, house: House, token: str) -> Draft:
    """To the dispatcher who was silent: his deputy has the work order too, by name."""
    return _to_dispatcher("work_order_silent", Purpose.NOTICE, order, dispatcher, deputy, house, token)


def handed_over(order: OrderRecord, dispatcher: OnDuty, other: str, house: House, token: str) -> Draft:
    """To the dispatcher whose work order another has now: do not pick up."""
    return _to_dispatcher("work_order_handed_over", Purpose.STOP_ORDER, order, dispatcher, other, house, token)


def _to_dispatcher(
    code: str, purpose: Purpose, order: OrderRecord, dispatcher: OnDuty, other: str, house: House, token: str
) -> Draft:
    tongue = words(dispatcher.language if house.language == "zh" else house.language)
    sentence = phrase(code, tongue.language, number=order.number, other=one_line(other))
    subject = f"[WO {order.number}] {phrase(f'{code}_brief', tongue.language, other=one_line(other))} #{token}"
    content = {"number": order.number, "sentence": sentence, "dispatcher": dispatcher, "token": token}
    return stationery.draft(purpose, "dispatcher_notice", dispatcher.email, subject, tongue, house, content)


def to(letter: Draft, recipient: str, message_id: str) -> Draft:
    """The letter to the one who asked, as an answer to his mail."""
    return replace(letter, recipient=recipient, in_reply_to=message_id, references=())
