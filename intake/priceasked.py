"""A quote asked for by mail (报价): from where, to where, what. Priced when all three are there (SPEC 8). Pure.

The fields are read as in an order; a mail that writes the way in a sentence (从上海闵行发到杭州) is read for
its two places, and each must be one place of the division data. Anything less goes to a person.
"""

import re
from datetime import datetime
from decimal import Decimal

from config.company import Company
from config.place import Place
from config.quote import Quote
from intake.customers import CustomerTerms
from intake.form import read_changes
from intake.judge import judge
from intake.lines import lines_of
from intake.message import Message
from intake.orderform import OrderForm, ReadOrder
from intake.verdict import Outcome
from intake.whereabouts import whereabouts

_WEIGHT = re.compile(r"(?<![\d.])(\d{1,6}(?:\.\d{1,3})?) ?(kgs?|tons?|t)\b", re.IGNORECASE)
_VOLUME = re.compile(r"(?<![\d.])(\d{1,4}(?:\.\d{1,3})?) ?(?:cbm|m3|m³)(?![a-z\d])", re.IGNORECASE)
LONGEST = 2000  # characters that are looked through for a way
_TO = r"(?:发货?|运|寄|送)?(?:到|至|往|去|发往|→|->|—>)"
_WAYS = (
    re.compile(rf"(?:从|由|自)\s?([一-鿿A-Za-z0-9]{{2,30}}?){_TO}\s?([一-鿿]{{2,12}})"),
    re.compile(rf"([一-鿿]{{2,20}}?)\s?{_TO}\s?([一-鿿]{{2,12}})"),
    re.compile(r"([一-鿿]{2,8})\s?发\s?([一-鿿]{2,12})"),
    re.compile(r"\bfrom ([A-Za-z][A-Za-z ,]{1,60}?) to ([A-Za-z][A-Za-z]{1,30})", re.IGNORECASE),
)


def asked_price(
    message: Message, company: Company, at: datetime, customer: CustomerTerms | None
) -> tuple[Quote, str] | None:
    """The quote and the way it is for, in words; None where from, to or cargo is missing, or has no price."""
    own = [block for block in message.blocks if block.role == "own"]
    text = "\n".join([message.subject, *(line for block in own for line in block.lines)])[:LONGEST]
    form = _with_measures(read_changes(lines_of(own)).form, text)
    if form.cargo.weight_kg is None and form.cargo.volume_m3 is None:
        return None
    form = _with_way(form, text, company)
    if not form.pickup_address or not form.destination:
        return None
    verdict = judge(ReadOrder(form=form), company, at=at, customer=customer)
    if verdict.outcome is Outcome.REJECTED:
        return None
    quote = verdict.quote or _between_cities(form, company, at, customer)
    return (quote, f"{form.pickup_address} → {form.destination}") if quote else None


def _between_cities(form: OrderForm, company: Company, at: datetime, customer: CustomerTerms | None) -> Quote | None:
    """The freight from city to city, where the pickup names no district and so has no surcharge yet."""
    where = whereabouts(form, company)
    if not where.too_coarse or where.pickup is None or where.destination is None:
        return None
    priced = company.tariff.quote(
        where.pickup,
        where.destination,
        pieces=form.cargo.pieces,
        weight_kg=form.cargo.weight_kg,
        volume_m3=form.cargo.volume_m3,
        services=form.services,
        customer=customer,
        on=at.astimezone(company.timezone).date(),
    )
    return priced if isinstance(priced, Quote) else None


def _with_measures(form: OrderForm, text: str) -> OrderForm:
    """The form with weight and volume in free words (500 kg, 2 cbm), where nothing of the kind was read in it."""
    if form.cargo.weight_kg is not None or form.cargo.volume_m3 is not None:
        return form
    weight, volume = _WEIGHT.search(text), _VOLUME.search(text)
    measures = {
        "weight_kg": Decimal(weight[1]) * (1000 if weight[2].lower() in ("t", "ton", "tons") else 1)
        if weight
        else None,
        "volume_m3": Decimal(volume[1]) if volume else None,
    }
    return form.model_copy(update={"cargo": form.cargo.model_copy(update=measures)})


def _with_way(form: OrderForm, text: str, company: Company) -> OrderForm:
    """The form with the two places of a way in free words, where it does not name them itself."""
    if form.pickup_address and form.destination:
        return form
    for pattern in _WAYS:
        for way in pattern.finditer(text):
            start, end = way[1].strip(), _longest_city(way[2], company)
            if end and isinstance(company.divisions.locate(start, home=company.home_city), Place):
                places = {"pickup_address": form.pickup_address or start, "destination": form.destination or end}
                return form.model_copy(update=places)
    return form


def _longest_city(words: str, company: Company) -> str:
    """The longest beginning of the words that is one place: 杭州 of 杭州一吨多少钱; "" where none is."""
    for end in range(len(words), 1, -1):
        if isinstance(company.divisions.city(words[:end]), Place):
            return words[:end].strip()
    return ""
