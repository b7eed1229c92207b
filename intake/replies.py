"""What a dispatcher answers to a work order, in his own words (SPEC 5): 已收到, 已提货 14:20 司机王师傅, 未提货 16点到.

In: the lines that he wrote himself (never quoted text) and the moment he wrote them. Out: a DispatchReply. What can be
read in two ways, or not at all, is UNCLEAR: a person reads it, nothing changes. Pure; every expression is linear.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime

from intake.moments import moment_after, moment_before
from intake.orderform import Value
from intake.replywords import (
    ACKNOWLEDGED,
    ARRIVED,
    CANNOT,
    DELAYED,
    EXPECTED,
    LANDLINE,
    MASTER,
    MOBILE,
    NAMED,
    NAMED_ENGLISH,
    NOT_NAMES,
    NOT_YET,
    PARTLY,
    PICKED_UP,
    PLATE,
    PROBLEM,
    QUESTION,
    SIGNED,
    SIGNER,
    SUPPOSED,
    SURNAMES,
    UNSIGNED,
    WRONG_ADDRESS,
)

LONGEST_WORDS = 500  # of the reply, kept with the order


class Said(StrEnum):
    """What the dispatcher says."""

    ACKNOWLEDGED = "acknowledged"  # he has the work order
    PICKED_UP = "picked_up"
    NOT_YET = "not_yet"  # with the time at which he expects it, where he names one
    CANNOT = "cannot"  # he has no lorry, or no driver
    WRONG_ADDRESS = "wrong_address"
    ARRIVED = "arrived"  # the goods are at the station of their destination
    SIGNED = "signed"  # … and the consignee has them
    PROBLEM = "problem"  # goods not ready, nobody there, refused, damaged …
    UNCLEAR = "unclear"


class DispatchReply(Value):
    """A dispatcher's answer as read."""

    said: Said
    signer: str = ""  # SIGNED: by whom, where he names somebody
    at: AwareDatetime | None = None  # PICKED_UP, ARRIVED, SIGNED: when; NOT_YET and ACKNOWLEDGED: when it is expected
    driver: str = ""
    phone: str = ""  # of the driver
    vehicle: str = ""  # number plate
    words: str = ""  # as written


def own_words(lines: Iterable[str]) -> str:
    """The lines as one folded text, line by line, full-width forms made plain."""
    return "\n".join(filter(None, (" ".join(unicodedata.normalize("NFKC", line).split()) for line in lines)))


def read_reply(lines: Iterable[str], at: datetime) -> DispatchReply:
    """What a dispatcher says in his own `lines`, written `at` (aware, in the zone of his clock times)."""
    text = own_words(lines)[:4000]
    said = _said(text)
    moment = _moment(text, said, at)
    expected = moment and EXPECTED.search(text) and not ARRIVED.search(text)
    if said is Said.UNCLEAR and expected and not _doubtful(text):
        said = Said.NOT_YET  # "16点到" alone
    driver, phone, vehicle = _who(text)
    return DispatchReply(
        said=said,
        at=moment,
        driver=driver,
        phone=phone,
        vehicle=vehicle,
        signer=_signer(text) if said is Said.SIGNED else "",
        words=text[:LONGEST_WORDS],
    )


def speaks_of_delay(words: str) -> bool:
    """Whether a time that is named after the pickup is meant as a promise of the arrival."""
    return bool(DELAYED.search(words))


def _doubtful(text: str) -> bool:
    return bool(QUESTION.search(text) or SUPPOSED.search(text))


def _said(text: str) -> Said:
    """One meaning, or UNCLEAR: 已提货 beside 未提货, a part of the goods, a question, a supposition."""
    if _doubtful(text):
        return Said.UNCLEAR
    not_yet = NOT_YET.search(text)
    picked = _without(PICKED_UP, NOT_YET, text)
    further = _further(text)
    if further:
        return Said.UNCLEAR if picked or not_yet or PARTLY.search(text) or _troubled(text) else further
    if picked:
        return Said.UNCLEAR if not_yet or PARTLY.search(text) or _troubled(text) else Said.PICKED_UP
    if WRONG_ADDRESS.search(text):
        return Said.WRONG_ADDRESS
    if CANNOT.search(text):
        return Said.CANNOT
    if not_yet:
        troubled = PROBLEM.search(text) and not moment_after(text, _ANY_TIME)
        return Said.PROBLEM if troubled else Said.NOT_YET
    if PROBLEM.search(text):
        return Said.PROBLEM
    return Said.ACKNOWLEDGED if ACKNOWLEDGED.search(text) else Said.UNCLEAR


def _further(text: str) -> Said | None:
    """What is said of goods after their pickup; a time at which it is expected is no arrival."""
    if _without(SIGNED, UNSIGNED, text):
        return Said.UNCLEAR if UNSIGNED.search(text) else Said.SIGNED
    if _without(ARRIVED, PICKED_UP, text) and _without(ARRIVED, NOT_YET, text) and not EXPECTED.search(text):
        return Said.ARRIVED
    return None


def _signer(text: str) -> str:
    named = SIGNER.search(text)
    return next(filter(None, named.groups()), "") if named else ""


_ANY_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 (only asked whether a time is named)


def _troubled(text: str) -> bool:
    return bool(WRONG_ADDRESS.search(text) or CANNOT.search(text) or PROBLEM.search(text))


def _without(wanted: re.Pattern[str], other: re.Pattern[str], text: str) -> bool:
    """Whether `wanted` is said anywhere outside of what `other` says: 没提走了 holds 提走了, yet does not say it."""
    taken = [match.span() for match in other.finditer(text)]
    return any(
        not any(start < match.end() and match.start() < end for start, end in taken) for match in wanted.finditer(text)
    )


def _moment(text: str, said: Said, at: datetime) -> datetime | None:
    clean = MOBILE.sub(" ", text)
    if said in (Said.PICKED_UP, Said.ARRIVED, Said.SIGNED):
        return moment_before(clean, at)
    return moment_after(clean, at)


def _who(text: str) -> tuple[str, str, str]:
    """Driver, his phone and the plate; a phone counts only beside a driver: signatures hold phones too."""
    plate = PLATE.search(text.upper())
    vehicle = plate[1].replace(" ", "") + plate[2] if plate else ""
    for line in text.split("\n"):
        driver = _driver(line)
        number = MOBILE.search(line) or LANDLINE.search(line)
        if driver or (number and ("司机" in line or "师傅" in line or "driver" in line.lower())):
            phone = re.sub(r"[ -]", "", number[1]) if number and number.re is MOBILE else number[1] if number else ""
            return driver, phone, vehicle
    return "", "", vehicle


def _driver(line: str) -> str:
    named = NAMED.search(line)
    if named and named[1][0] in SURNAMES and named[1][:2] not in NOT_NAMES:
        name = named[1]
        return name[: name.index("师傅") + 2] if "师傅" in name else name[:3]
    master = MASTER.search(line)
    if master and master[1] in SURNAMES:
        return master[1] + "师傅"
    english = NAMED_ENGLISH.search(line)
    return english[1] if english else ""
