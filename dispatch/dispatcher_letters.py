"""Letters to those who drive and those who watch: work order, stop order, alert (SPEC 5).

Pure. A work order holds everything that is needed at the ramp, and says how to answer it; its token proves that an
answer answers this revision (RELIABILITY §7).
"""

from functools import cache
from urllib.parse import quote

from config.phrases import catalogue, phrase
from dispatch import particulars, stationery
from dispatch.draft import Draft, Purpose
from dispatch.letterhead import Deadline, House, OnDuty, Words, words
from dispatch.plaintext import one_line
from dispatch.shipper_letters import first_of, read_lines
from dispatch.worksheet import work_sheet
from intake.record import OrderRecord


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
    tongue = tongue_of(dispatcher, house)
    sheet = work_sheet(record, deadline, dispatcher, house, tongue, deputy_note, token)
    values = {
        "pick_up_by": sheet.brief_pick_up_by,
        "zone": sheet.zone,
        "pickup": particulars.pickup_place(record),
        "destination": one_line(record.form.destination or "")[:20],
        "cargo": particulars.brief_cargo(record.form.cargo, tongue),
    }
    subject = _subject("work_order", record, tongue, token, values)
    content = vars(sheet) | {"changes": sheet.changes, "replies": _replies(subject, house, tongue)}
    return stationery.draft(Purpose.WORK_ORDER, "work_order", dispatcher.email, subject, tongue, house, content)


def stop_order(record: OrderRecord, dispatcher: OnDuty, house: House, token: str = "") -> Draft:
    """The order was cancelled after its work order went out: do not pick up."""
    tongue = tongue_of(dispatcher, house)
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


def tongue_of(dispatcher: OnDuty, house: House) -> Words:
    """A Chinese company may have dispatchers who read English; a company that writes English does so to all."""
    return words(dispatcher.language if house.language == "zh" else house.language)


def _subject(kind: str, record: OrderRecord, tongue: Words, token: str, values: dict[str, str]) -> str:
    changed = record.revision > 1
    return tongue.subject(
        f"{kind}_changed" if changed else kind,
        number=record.number,
        revision=str(record.revision),
        token=f"#{token}" if token else "",
        **values,
    )


def _replies(subject: str, house: House, tongue: Words) -> list[tuple[str, str]]:
    """Words and links that open an answer ready to be sent; subject and token say which work order it is about."""
    target = f"mailto:{quote(house.address, safe='@')}?subject={quote('Re: ' + subject, safe='')}&body="
    return [(word, target + quoted) for word, quoted in _answers(tongue.language)]


@cache
def _answers(language: str) -> list[tuple[str, str]]:
    """What a dispatcher may answer, as it reads and as it stands in a link."""
    return [(word, quote(word, safe="")) for word in words(language).answers.values()]
