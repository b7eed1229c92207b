"""The whole of reading: octets -> Message -> kind -> orders, with the evidence. Pure: no clock, no database,
no network.

Hostile mail yields a message with marks and no order; what raises is a defect of this program, and the reader pool sets
the mail aside.
"""

import json
from typing import Any

from config.phrases import phrase
from intake import kind as kinds
from intake.folding import fold
from intake.form import read_changes, read_orders
from intake.kind import Judgement, Signs
from intake.lines import Line, lines_of
from intake.merging import stated, value_of, with_values
from intake.message import Block, Kind, Message, ReadingRules, Understanding
from intake.orderform import Problem, ProblemCode, ReadOrder
from intake.reading import read

TOO_HOSTILE = frozenset(("too_large", "too_deep", "too_many_parts"))


def understand(octets: bytes, rules: ReadingRules) -> Understanding:
    """What a mail is and holds."""
    message = read(octets)
    own = _lines(message, "own")
    subject = fold(message.subject)
    words = "\n".join(line.folded for line in own)[:100_000]
    decided = kinds.of_headers(message, subject, words)
    if decided:
        return Understanding(message=message, kind=decided.kind, topic=decided.topic, evidence=(decided.evidence,))
    if TOO_HOSTILE & set(message.marks):
        return Understanding(message=message, kind=Kind.OTHER, evidence=(f"marks: {', '.join(message.marks)}",))
    orders, forwarded = _orders(message, own, rules)
    changes = None if orders and not kinds.is_reply(message) and not forwarded else read_changes(own, rules)
    signs = Signs(message, rules, subject, words, orders, forwarded, changes)
    return _understood(message, kinds.of_content(signs), signs, rules)


def _understood(message: Message, judged: Judgement, signs: Signs, rules: ReadingRules) -> Understanding:
    orders: tuple[ReadOrder, ...] = ()
    if judged.kind is Kind.ORDER:
        orders = tuple(signs.orders)
        if not signs.forwarded:
            orders, asked = _against_other_part(message, orders, rules)
            if asked:
                message = message.model_copy(update={"marks": (*message.marks, "parts_disagree")})
    elif judged.kind is Kind.AMENDMENT:
        orders = (_newly_stated(signs),)
    return Understanding(
        message=message, kind=judged.kind, topic=judged.topic, evidence=(judged.evidence,), orders=orders
    )


def _newly_stated(signs: Signs) -> ReadOrder:
    """Of an answer that is a whole form, the form; else the changes. Either way without what it leaves out."""
    if signs.orders and not signs.forwarded and (signs.changes is None or kinds.is_whole_form(signs.orders[0])):
        order = signs.orders[0]
        return order.model_copy(
            update={"problems": tuple(p for p in order.problems if p.code is not ProblemCode.MISSING)}
        )
    assert signs.changes is not None
    return signs.changes


def _lines(message: Message, role: str) -> list[Line]:
    return lines_of(block for block in message.blocks if block.role == role)


def _orders(message: Message, own: list[Line], rules: ReadingRules) -> tuple[tuple[ReadOrder, ...], bool]:
    """The orders of the mail's own words; else of its attachments; else of the first forwarded part that holds any."""
    orders = read_orders(own, rules)
    papers = [block for block in message.blocks if block.role == "attachment"]
    if papers and not any(len(order.origins) >= 5 for order in orders):
        found = tuple(order for block in papers for order in _of_paper(block, own, rules))
        if found:
            return found[:20], False
    if orders:
        return orders, False
    for block in message.blocks:
        if block.role == "forwarded":
            orders = read_orders(lines_of([block]), rules)
            if orders:
                return orders, True
    return (), False


def _of_paper(block: Block, own: list[Line], rules: ReadingRules) -> tuple[ReadOrder, ...]:
    return read_orders(lines_of([block]), rules, signed=False)


def _against_other_part(
    message: Message, orders: tuple[ReadOrder, ...], rules: ReadingRules
) -> tuple[tuple[ReadOrder, ...], bool]:
    """Text and HTML of one mail that say different things: the fields in which they differ are asked."""
    others = [block for block in message.blocks if block.role == "alternative"]
    if not others:
        return orders, False
    second = read_orders(lines_of(others), rules)
    if len(second) != len(orders):
        return orders, False  # the poorer part lost its table; the better one was read
    asked = tuple(_asked(one, two) for one, two in zip(orders, second, strict=True))
    return asked, asked != orders


_DOUBTED = {
    "shipper.name": "shipper.name", "shipper.phone": "shipper.phone", "cargo.pieces": "cargo.pieces",
    "cargo.weight_kg": "cargo.weight",
    "cargo.volume_m3": "cargo.volume", "pickup_address": "pickup_address", "destination": "destination",
    "consignee.name": "consignee.name",
    "consignee.phone": "consignee.phone", "payment": "payment",
}  # fmt: skip


def _asked(one: ReadOrder, two: ReadOrder) -> ReadOrder:
    problems = list(one.problems)
    emptied: dict[str, Any] = {}
    for name, field in _DOUBTED.items():
        first, second = value_of(one.form, name), value_of(two.form, name)
        if first is None or second is None or _alike(first, second):
            continue
        words = f"{first} / {second}"[:200]
        problems.append(Problem(field=field, code=ProblemCode.AMBIGUOUS, phrase="parts_disagree", words=words))
        emptied[name] = None
    if not emptied:
        return one
    return one.model_copy(update={"form": with_values(one.form, emptied), "problems": tuple(problems)})


def _alike(first: Any, second: Any) -> bool:
    if isinstance(first, str) and isinstance(second, str):
        return "".join(fold(first).split()) == "".join(fold(second).split())
    return bool(first == second)


def as_json(read: Understanding, language: str = "zh", *, explain: bool = False) -> dict[str, Any]:
    """What `consign parse` prints: kind, orders, problems; with `explain` also the evidence and each value's origin."""
    said: dict[str, Any] = {"kind": read.kind.value}
    if read.topic:
        said["topic"] = "inquiry" if read.topic == "quote_request" else read.topic
    said["orders"] = [_order_json(order) for order in read.orders]
    said["problems"] = [
        _problem_json(n, problem, language) for n, order in enumerate(read.orders) for problem in order.problems
    ]
    if explain:
        said["evidence"] = list(read.evidence)
        said["marks"] = list(read.message.marks)
        said["origins"] = [
            {name: origin.model_dump() for name, origin in order.origins.items()} for order in read.orders
        ]
    return said


def _order_json(order: ReadOrder) -> dict[str, Any]:
    form = order.form
    cargo = form.cargo
    said: dict[str, Any] = {
        "shipper": {"name": form.shipper.name, "phone": form.shipper.phone, "company": form.shipper.company},
        "cargo": {
            "description": cargo.description,
            "pieces": cargo.pieces,
            "packaging": cargo.packaging,
            "volume_m3": _number(cargo.volume_m3),
            "weight_kg": _number(cargo.weight_kg),
        },
        "pickup_address": form.pickup_address,
        "destination": form.destination,
        "consignee": {"name": form.consignee.name, "phone": form.consignee.phone, "address": form.consignee.address},
        "payment": form.payment.value if form.payment else None,
        "remarks": form.remarks,
    }
    given = stated(form)
    for name in ("declared_value", "pickup_request", "receipt_copies", "services"):
        if name in given:
            said[name] = json.loads(json.dumps(given[name], default=str))
    return said


def _number(value: Any) -> str | None:
    """Decimals as plain digits in a string: exact, whatever reads the JSON."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _problem_json(place: int, problem: Problem, language: str) -> dict[str, Any]:
    message = phrase(problem.phrase, language, words=problem.words, field=problem.field)
    return {"order": place, "field": problem.field, "code": problem.code.value, "message": message}
