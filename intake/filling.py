"""The entries of one order to its form, with problems and the origin of every value (SPEC 1 and 4.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from intake.cargo import read_cargo
from intake.cities import city_of, cut_destination
from intake.entries import LOOSE, Entry, join, quantities_line
from intake.labels import payments
from intake.lines import Span
from intake.message import ReadingRules
from intake.orderform import Consignee, OrderForm, Origin, Problem, ProblemCode, ReadOrder, Shipper
from intake.party import ADDRESS, nothing, read_party
from intake.paywords import read_payment
from intake.phones import area_code_of, area_codes, first_phone
from intake.required import missing, place_in_form
from intake.units import quantities
from intake.wishes import read_wishes

_EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}")
_PARTY_OF = {"pickup_address": "shipper", "consignee.address": "consignee"}
_SEND_TO = re.compile(r"^(?:请)?(?:发|到|去|送|运|寄)(?:往|到|至)?\s?([\u4e00-\u9fff]{2,5})$")
_PERSON, _PHONE_WORD = re.compile(r"[\u4e00-\u9fff]{2,4}"), re.compile("手机|电话|座机|固话|备用")
_PERSON_BEHIND = re.compile(r"[\s,;、(（](?:联系人|找)?[:\s]?([\u4e00-\u9fff]{2,4})$")
_TRAILED = ("destination", ".name", ".party", ".phone", "_address", "consignee.address", ".person", "any.address")
LONGEST = 300  # characters of an address or a remark that are kept


@dataclass
class _Order:
    """What is gathered for one order before it becomes a form."""

    rules: ReadingRules
    values: dict[str, list[Span]] = field(
        default_factory=dict
    )  # name, company, address and the like, in order of the mail
    phones: dict[str, list[Span]] = field(default_factory=dict)  # "shipper" | "consignee"
    general: dict[str, int] = field(default_factory=dict)  # phones under a general label
    problems: list[Problem] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    cargo: list[Entry] = field(default_factory=list)
    goods: list[list[Entry]] = field(default_factory=list)
    payment: list[Entry] = field(default_factory=list)
    remarks: list[Span] = field(default_factory=list)
    loose: list[Span] = field(default_factory=list)
    wishes: list[Entry] = field(default_factory=list)
    emptied: set[str] = field(default_factory=set)


def fill(entries: Sequence[Entry], rules: ReadingRules, *, whole: bool = True) -> ReadOrder | None:
    """The form of one order; None where the entries are none. `whole`: what is required and missing is a problem."""
    order = _Order(rules)
    party = "shipper"
    goods: list[Entry] | None = None
    for entry in entries:
        if entry.field in ("goods", "row_end"):
            goods = [] if entry.field == "goods" else None
            if goods is not None:
                order.goods.append(goods)
        elif goods is not None:
            goods.append(entry)
        else:
            party = _party(entry, party)
            _sort(order, entry, party)
    if whole and not _is_form(order):
        return None
    return _formed(order, whole)


def _party(entry: Entry, before: str) -> str:
    head = entry.field.split(".")[0]
    return head if head in ("shipper", "consignee") else _PARTY_OF.get(entry.field, before)


def _is_form(order: _Order) -> bool:
    """At least three different things that a form holds, one of them of a party or an address."""
    groups = {name.split(".")[0] for name in order.values}
    told = len(order.values) + len(order.phones) + bool(order.cargo or order.goods) + bool(order.payment)
    return told >= 3 and bool(groups & {"shipper", "consignee", "pickup_address", "destination"})


def _sort(order: _Order, entry: Entry, party: str) -> None:
    """Puts an entry where it belongs."""
    if entry.spans and entry.field.endswith(_TRAILED):
        entry.spans = [_without_trail(order, span) for span in entry.spans]
    name = entry.field
    if name.startswith("any."):
        if name == "any.phone":
            order.general[party] = order.general.get(party, 0) + (not entry.empty)
        name = _own_field(name, party)
    if name == LOOSE:
        order.loose += entry.spans
    elif name == "skip" or (entry.empty and not name.startswith("cargo")):
        order.emptied.add(name)
    elif name.endswith((".name", ".party", ".block")):
        _take_party(order, entry, name)
    elif name.endswith(".phone"):
        _take_phone(order, entry, party if entry.field.startswith("any.") else name.split(".")[0])
    elif name.startswith("cargo"):
        order.cargo.append(entry)
    elif name == "payment":
        order.payment.append(entry)
    elif name == "remarks":
        order.remarks += [span.strip() for span in entry.spans if span.text.strip()]
    elif name in ("declared_value", "pickup_request", "receipt", "services"):
        order.wishes.append(entry)
    else:
        _take_text(order, entry, name)


def _without_trail(order: _Order, span: Span) -> Span:
    """Without what of the cargo or the payment stands behind a value on the same line: 温州 8件1.2方 到付."""
    while (cut := _last_stop(span.folded)) > 0:
        tail = span.sub(cut + 1, len(span.folded)).strip()
        text = tail.folded
        if not text or not (text in payments() or _only_amounts(text)):
            break
        order.loose.append(tail)
        span = span.sub(0, cut)
    return span


def _last_stop(text: str) -> int:
    return max(text.rstrip().rfind(" "), text.rfind(","), text.rfind("、"))


def _only_amounts(text: str) -> bool:
    """Whether a text is quantities and nothing else."""
    return text[-1:] > "9" and sum(q.end - q.start for q in quantities(text)) == len(text)


def _own_field(name: str, party: str) -> str:
    if name == "any.address":
        return "consignee.address" if party == "consignee" else "pickup_address"
    return {
        "any.phone": f"{party}.phone",
        "any.person": f"{party}.person",
        "any.company": f"{party}.company",
        "any.block": f"{party}.block",
    }[name]


def _take_party(order: _Order, entry: Entry, name: str) -> None:
    head = name.split(".")[0]
    for span in entry.spans:
        if nothing(span.text):
            continue
        read = read_party(span)
        if read.name:
            _keep(order, f"{head}.name", read.name)
        if read.company:
            _keep(
                order,
                f"{head}.company" if not name.endswith(".name") or read.name else f"{head}.named_company",
                read.company,
            )
        if read.address and (head == "consignee" or name.endswith(".block")):
            _keep(order, "consignee.address" if head == "consignee" else "pickup_address", read.address)
        if read.phone:
            order.phones.setdefault(head, []).append(read.phone)


def _take_phone(order: _Order, entry: Entry, head: str) -> None:
    if nothing(entry.text):
        return
    spans = [span.strip(" \t") for span in entry.spans]
    span, found = next(
        ((span, found) for span in spans if (found := first_phone(span.folded, "021"))), (spans[0], None)
    )
    order.phones.setdefault(head, []).append(span)
    if found:  # 电话: 张三 13800138000
        before = span.sub(0, found.start).strip(" \t,;.、。·:|-/(（")
        if _PERSON.fullmatch(before.folded) and not _PHONE_WORD.search(before.folded):
            _keep(order, f"{head}.person", before)


def _keep(order: _Order, name: str, span: Span) -> None:
    order.values.setdefault(name, []).append(span)


def _take_text(order: _Order, entry: Entry, name: str) -> None:
    if nothing(entry.text):
        return
    if name.endswith(".person"):
        read = read_party(entry.spans[0])
        if read.name:
            _keep(order, name, read.name)
        if read.phone:
            order.phones.setdefault(name.split(".")[0], []).append(read.phone)
        return
    spans = [span for span in entry.spans if span.strip().text]
    if name in ("pickup_address", "consignee.address"):
        spans = _without_contact(order, spans, _PARTY_OF[name])
    for n, span in enumerate(spans):
        key = name if n == 0 else f"{name}+"
        if n == 0 and name in order.values and name not in ("destination", "pickup_address"):
            return  # the first counts
        _keep(order, key, span.strip(" \t,;、。|"))


def _without_contact(order: _Order, spans: list[Span], head: str) -> list[Span]:
    """An address without the phone and the name that people write behind it."""
    clean = []
    for span in spans:
        phone = first_phone(span.folded)
        if phone and phone.number:
            order.phones.setdefault(f"{head}?", []).append(span.sub(phone.start, phone.end))
            left = span.sub(0, phone.start).strip(" \t,;、。|(（:-")
            person = _PERSON_BEHIND.search(left.text)
            if person and not ADDRESS.search(person.group(1)):
                _keep(order, f"{head}.person", left.sub(person.start(1), person.end(1)))
                left = left.sub(0, person.start()).strip(" \t,;、。|(（:-")
            span = left if left.text else span.sub(phone.end, len(span.text)).strip(" \t,;、。|)）")
        if span.text:
            clean.append(span)
    return clean


def _formed(order: _Order, whole: bool) -> ReadOrder:
    payment, payment_problem = read_payment(order.payment, order.loose, order.remarks, order.rules, order.origins)
    loose_cargo = [span for span in order.loose if quantities_line(span.folded)]
    cargo = read_cargo(order.cargo, loose_cargo, order.remarks, order.goods)
    order.origins |= cargo.origins
    pickup, address = _address(order, "pickup_address"), _address(order, "consignee.address")
    destination = _destination(order, address)
    if destination and address is None and ADDRESS.search(destination) and len(destination) > 8:
        address = destination
        order.origins["consignee.address"] = order.origins["destination"]
    shipper = _named(order, "shipper")
    consignee = _named(order, "consignee")
    shipper_phone = _phone(order, "shipper", area_code_of(pickup or "") or order.rules.area_code)
    consignee_phone = _phone(order, "consignee", area_code_of(address or "") or area_code_of(destination or ""))
    remarks = _remarks(order)
    wishes = read_wishes(order.wishes, [*order.remarks, *order.loose], order.origins)
    form = OrderForm(
        shipper=Shipper(name=shipper[0], phone=shipper_phone, company=shipper[1]),
        cargo=cargo.cargo,
        pickup_address=pickup,
        destination=destination,
        consignee=Consignee(
            name=consignee[0],
            phone=consignee_phone,
            company=consignee[1],
            address=address,
            email=_email(order, "consignee.email"),
        ),
        payment=payment,
        remarks=remarks,
        **wishes,
    )
    problems = [*order.problems, *cargo.problems, *([payment_problem] if payment_problem else [])]
    if whole:
        problems += missing(form, {problem.field for problem in problems})
    return ReadOrder(form=form, problems=tuple(sorted(problems, key=place_in_form)), origins=order.origins)


def _first(order: _Order, *names: str) -> tuple[str, Span] | None:
    for name in names:
        for span in order.values.get(name, []):
            if not nothing(span.text):
                return name, span
    return None


def _named(order: _Order, head: str) -> tuple[str | None, str | None]:
    """(name, company). A company under 发货人 is the name, unless a person is named beside it."""
    person = _first(order, f"{head}.name") or _first(order, f"{head}.person")
    company = _first(order, f"{head}.company", f"{head}.named_company")
    names = list(dict.fromkeys(span.text for span in order.values.get(f"{head}.name", [])))
    if len(names) > 1:
        words = " / ".join(names)[:200]
        order.problems.append(
            Problem(field=f"{head}.name", code=ProblemCode.AMBIGUOUS, phrase="two_values", words=words)
        )
        order.origins[f"{head}.name"] = order.values[f"{head}.name"][0].origin()
        return None, company[1].text if company else None
    if person is None and company is not None:
        order.origins[f"{head}.name"] = company[1].origin()
        order.origins[f"{head}.company"] = company[1].origin()
        return company[1].text, company[1].text
    if person:
        order.origins[f"{head}.name"] = person[1].origin()
    if company:
        order.origins[f"{head}.company"] = company[1].origin()
    return person[1].text if person else None, company[1].text if company else None


def _address(order: _Order, name: str) -> str | None:
    spans = order.values.get(name, [])
    if not spans:
        return None
    told = list(dict.fromkeys(re.sub(r"\W", "", span.folded) for span in spans))
    if len(told) > 1 and not any(all(one in longest for one in told) for longest in told):
        words = " / ".join(span.text for span in spans)[:200]
        field_name = name if name == "pickup_address" else "destination"
        order.problems.append(Problem(field=field_name, code=ProblemCode.AMBIGUOUS, phrase="two_values", words=words))
        order.origins[name] = spans[0].origin()
        return None
    longest = max(spans, key=lambda span: len(span.text))
    order.origins[name] = longest.origin()
    return join([longest.text, *(span.text for span in order.values.get(f"{name}+", []))])[:LONGEST]


def _destination(order: _Order, address: str | None) -> str | None:
    spans = order.values.get("destination", [])
    cut = [cut_destination(span) for span in spans]
    told = {re.sub(r"[市省\W]", "", span.folded) for span in cut}
    if len(told) > 1:
        words = " / ".join(span.text for span in cut)[:200]
        order.problems.append(
            Problem(field="destination", code=ProblemCode.AMBIGUOUS, phrase="two_values", words=words)
        )
        order.origins["destination"] = cut[0].origin()
        return None
    if cut:
        order.origins["destination"] = cut[0].origin()
        return join([cut[0].text, *(span.text for span in order.values.get("destination+", []))])[:LONGEST]
    for span in order.loose:
        match = _SEND_TO.match(span.folded.strip(" ,。."))
        if match and match.group(1).removesuffix("市") in area_codes():
            order.origins["destination"] = span.origin()
            return match.group(1)
    city = city_of(address or "")
    if city and "consignee.address" in order.origins:
        order.origins["destination"] = order.origins["consignee.address"]
    return city


def _phone(order: _Order, head: str, area_code: str) -> str | None:
    spans = order.phones.get(head, []) or order.phones.get(f"{head}?", [])
    other = "consignee" if head == "shipper" else "shipper"
    if order.general.get(head, 0) > 1 and not order.phones.get(other) and len({span.folded for span in spans}) > 1:
        words = " / ".join(span.text for span in spans)[:200]
        order.problems.append(
            Problem(field=f"{head}.phone", code=ProblemCode.AMBIGUOUS, phrase="phone_whose", words=words)
        )
        return None
    if not spans:
        return None
    bad: Span | None = None
    for span in spans:
        found = first_phone(span.folded, area_code)
        if found and found.number:
            order.origins[f"{head}.phone"] = span.sub(found.start, found.end).origin()
            return found.number
        bad = bad or span
    if bad is not None:
        order.origins[f"{head}.phone"] = bad.origin()
        order.problems.append(
            Problem(
                field=f"{head}.phone", code=ProblemCode.INVALID, phrase="phone_invalid", words=bad.text.strip()[:200]
            )
        )
    return None


def _email(order: _Order, name: str) -> str | None:
    """A mail address; what is none is asked for nobody: it is a comfort, not a part of the carriage."""
    found = _first(order, name)
    match = _EMAIL.search(found[1].folded) if found else None
    if found is None or match is None:
        return None
    order.origins[name] = found[1].sub(match.start(), match.end()).origin()
    return match.group(0)


def _remarks(order: _Order) -> str | None:
    if not order.remarks:
        return None
    order.origins["remarks"] = order.remarks[0].origin()
    text = join([span.text.strip() for span in order.remarks])[:2000]
    return None if nothing(text) else text
