"""By which words an order is found, and which words a question holds. Pure.

Chinese has no spaces: a text is kept as its pairs of neighbouring characters, so that any run of two or more finds it.
A phone number is kept backwards, so that its last digits are the beginning of a word; so the same number is found with
or without country code, area code, blanks and dashes.
"""

import re
import unicodedata
from dataclasses import dataclass

from intake.orderform import OrderForm

PHONE = "#"  # begins the word of a phone number
SHORTEST_PHONE = 4  # digits of a number that are enough to look for
MOST_OF_ADDRESS = 14  # pairs kept of one address: its end tells places apart, its beginning names half the country
RUN = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9]+")
DIGITS = re.compile(r"\d+")
NUMBER = re.compile(r"\d{4,8}-?\d{0,9}")
DIVISION_ENDS = "省市区县"


@dataclass(frozen=True)
class Question:
    """What somebody looks for: a number's beginning, a phone's end, words that must all be there."""

    number: str = ""
    phone: str = ""
    words: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.number or self.phone or self.words)


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def phone_word(number: str) -> str:
    """The word of a phone number; "" where there are too few digits."""
    digits = "".join(DIGITS.findall(unicodedata.normalize("NFKC", number)))
    return PHONE + digits[::-1][:15] if len(digits) >= SHORTEST_PHONE else ""


def pairs(text: str) -> list[str]:
    """Pairs of neighbouring Chinese characters, and Latin words whole, in their sequence."""
    found = []
    for run in RUN.findall(fold(text)):
        if run[0] < "\u4e00":
            found.append(run)
        else:
            found += [run[start : start + 2] for start in range(max(1, len(run) - 1))]
    return found


def address_words(address: str) -> list[str]:
    """The pairs of an address without the divisions that stand before the street."""
    folded = fold(address)
    head = max((folded.rfind(sign, 0, 14) for sign in DIVISION_ENDS), default=-1)
    return pairs(folded[head + 1 :])[:MOST_OF_ADDRESS]


def words_of(form: OrderForm, shipper_address: str = "") -> set[str]:
    """All words by which this order is found."""
    words: set[str] = set()
    for name in (form.shipper.name, form.shipper.company, form.consignee.name, form.consignee.company):
        words.update(pairs(name or ""))
    for address in (form.pickup_address, form.consignee.address):
        words.update(address_words(address or ""))
    words.update(pairs(form.destination or "")[:2])
    words.update(pairs(form.cargo.description or "")[:4])
    words.update(phone_word(phone) for phone in (form.shipper.phone, form.consignee.phone) if phone)
    if shipper_address:
        words.add(shipper_address.casefold())
    return {word[:80] for word in words if word}


def question_of(text: str) -> Question:
    """What is looked for, from what somebody typed."""
    folded = fold(text).strip()[:100]
    if "@" in folded and " " not in folded:
        return Question(words=(folded,))
    digits = "".join(DIGITS.findall(folded))
    if digits and not set(folded) - set("0123456789 -+()转"):
        number = folded if NUMBER.fullmatch(folded) else ""
        bare = digits.removeprefix("86") if folded.startswith("+") else digits
        return Question(number=number, phone=phone_word(bare))
    return Question(words=tuple(dict.fromkeys(pairs(folded)))[:12])
