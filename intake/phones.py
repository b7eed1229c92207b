"""Telephone numbers in Chinese mails: mobiles as 11 digits, landlines as area-number, extensions after a hyphen.

Rules of SPEC 1: of several numbers the first; a landline without area code gets that of its city; what is no number of
any numbering plan is said to be invalid and not repaired.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

# a run of digits with the separators that people put into one number; brackets only round an area code
_RUN = re.compile(r"(?<![\d.a-z])[+(]{0,2}\d(?:[ ()\-.\u00b7]{0,2}\d){5,24}(?![\d])")
_EXTENSION = re.compile(r"\s{0,2}(?:转|分机号?|ext\.?|x|#|-)\s{0,2}:?\s{0,2}(\d{1,6})(?!\d)")
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"(?:\+?86|0086)?0?((?:10|2[0-57-9])(?=\d{8})|[3-9]\d{2}(?=\d{7,8}))([2-9]\d{6,7})")
_SERVICE = re.compile(r"([48]00\d{7}|95\d{3,6}|9[56]\d{3})")
_NO_DIGIT = re.compile(r"[^\d+]")
_LEAD = re.compile(r"^[^省]{2,3}省|^[^区]{2,5}自治区")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as read: `number` is None when it is no valid one; `start` and `end` are its place in the text."""

    number: str | None
    start: int
    end: int


@cache
def area_codes() -> dict[str, str]:
    """City name without 市 -> area code, from data/area_codes.txt."""
    text = resources.files("intake").joinpath("data/area_codes.txt").read_text(encoding="utf-8")
    rows = (row.split() for row in text.splitlines() if row and not row.startswith("#"))
    return {city: row[0] for row in rows for city in row[1:]}


def area_code_of(place: str) -> str:
    """The area code of the city that a place or address begins with; "" when it is not known."""
    codes = area_codes()
    text = _LEAD.sub("", place.strip()[:40])
    for size in (2, 3, 4, 5):
        if text[:size] in codes:
            return codes[text[:size]]
    return ""


def first_phone(text: str, area_code: str = "") -> Phone | None:
    """The first telephone number of a folded text, or what was meant as one; None when there is no run of digits."""
    for match in _RUN.finditer(text):
        phone = _read(text, match, area_code)
        if phone is not None:
            return phone
    return None


def _read(text: str, match: re.Match[str], area_code: str) -> Phone | None:
    digits = _NO_DIGIT.sub("", match.group())
    digits = digits.replace("860", "86", 1) if digits.startswith(("+860", "860")) else digits
    whole = _extended(text, match.end(), _valid(digits, area_code))
    if whole:
        return Phone(whole[0], match.start(), whole[1])
    return _part(text, match, area_code) or Phone(None, match.start(), match.end())


def _part(text: str, match: re.Match[str], area_code: str) -> Phone | None:
    """Two numbers with only a blank between, or a number with its extension after a hyphen: the first counts."""
    run = match.group()
    for cut in reversed([m.start() for m in re.finditer(r"[ \-.(]", run)]):
        number = _valid(_NO_DIGIT.sub("", run[:cut]), area_code)
        if number:
            found = _extended(text, match.start() + cut, number)
            return Phone(found[0], match.start(), found[1]) if found else None
    return None


def _extended(text: str, end: int, number: str | None) -> tuple[str, int] | None:
    if number is None:
        return None
    extension = _EXTENSION.match(text, end)
    if extension and not (number[0] == "1" and len(number) == 11):
        return f"{number}-{extension.group(1)}", extension.end()
    return number, end


def _valid(digits: str, area_code: str) -> str | None:
    if mobile := _MOBILE.fullmatch(digits):
        return mobile.group(1)
    if landline := _LANDLINE.fullmatch(digits):
        plain = digits.startswith("0") or digits.startswith(("+86", "86", "0086"))
        if plain:
            return f"0{landline.group(1)}-{landline.group(2)}"
    if _SERVICE.fullmatch(digits):
        return digits
    if area_code and digits[:1] in tuple("2345678") and len(digits) == (8 if len(area_code) == 3 else 7):
        return f"{area_code}-{digits}"
    if area_code and len(area_code) == 4 and len(digits) == 8 and digits[:1] in tuple("2345678"):
        return f"{area_code}-{digits}"
    return _foreign(digits) if digits.startswith(("+", "00")) else None


def _foreign(digits: str) -> str | None:
    """A number of another country, in international form; asked of the phonenumbers library."""
    import phonenumbers  # only here: its tables are large and such numbers are rare

    international = digits if digits.startswith("+") else "+" + digits[2:]
    try:
        number = phonenumbers.parse(international, None)
    except phonenumbers.NumberParseException:
        return None
    return international if phonenumbers.is_valid_number(number) else None
