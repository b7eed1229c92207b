"""An earlier order and what an answer adds: the form anew, its problems weighed anew."""

from typing import Any

from intake.orderform import OrderForm, Problem, ProblemCode, ReadOrder
from intake.required import missing

_FIELD_OF = {"cargo.weight": "cargo.weight_kg", "cargo.volume": "cargo.volume_m3"}
_FIELDS = (
    "shipper.name",
    "shipper.phone",
    "shipper.company",
    "cargo.description",
    "cargo.pieces",
    "cargo.packaging",
    "cargo.volume_m3",
    "cargo.weight_kg",
    "cargo.piece_cm",
    "cargo.piece_kg",
    "pickup_address",
    "destination",
    "consignee.name",
    "consignee.phone",
    "consignee.company",
    "consignee.address",
    "consignee.email",
    "payment",
    "remarks",
    "declared_value",
    "pickup_request",
    "receipt_copies",
    "services",
)


def value_of(form: OrderForm, name: str) -> Any:
    """The value of a dotted field of the form."""
    value: Any = form
    for part in name.split("."):
        value = getattr(value, part)
    return value


def with_values(form: OrderForm, values: dict[str, Any]) -> OrderForm:
    """The form with these dotted fields set."""
    top: dict[str, Any] = {}
    for name, value in values.items():
        head, _, rest = name.partition(".")
        if rest:
            part = top.get(head) or getattr(form, head)
            top[head] = part.model_copy(update={rest: value})
        else:
            top[head] = value
    return form.model_copy(update=top)


def stated(form: OrderForm) -> dict[str, Any]:
    """The dotted fields that the form gives."""
    found = {name: value_of(form, name) for name in _FIELDS}
    return {name: value for name, value in found.items() if value is not None and value != ()}


def merge(order: ReadOrder, changes: ReadOrder) -> ReadOrder:
    """The order with the changes in it. A phone of nobody's goes where exactly one phone is asked for."""
    changes = _placed(order, changes)
    new = stated(changes.form)
    if "cargo.weight_kg" in new or "cargo.pieces" in new or "cargo.volume_m3" in new:
        new = (
            {"cargo.piece_kg": None, "cargo.piece_cm": None} | new
            if order.form.cargo.piece_kg or order.form.cargo.piece_cm
            else new
        )
    if (
        "consignee.address" in new
        and "destination" not in new
        and order.form.destination is None
        and changes.form.destination
    ):
        new["destination"] = changes.form.destination
    form = with_values(order.form, new)
    again = {problem.field for problem in changes.problems}
    old = [
        p
        for p in order.problems
        if p.code is not ProblemCode.MISSING and p.field not in again and _FIELD_OF.get(p.field, p.field) not in new
    ]
    doubtful = [p for p in changes.problems if p.code is not ProblemCode.MISSING]
    for problem in doubtful:  # the change itself is in doubt: the old value no longer stands
        name = _FIELD_OF.get(problem.field, problem.field)
        if name in _FIELDS and name not in new:
            form = with_values(form, {name: None})
    problems: list[Problem] = [*old, *doubtful]
    problems += missing(form, {problem.field for problem in problems})
    return ReadOrder(form=form, problems=tuple(problems), origins={**order.origins, **changes.origins})


def _placed(order: ReadOrder, changes: ReadOrder) -> ReadOrder:
    """An answer that is nothing but a phone number: it is the one that was asked for, if one was."""
    loose = [p for p in changes.problems if p.phrase == "phone_whose_is_it"]
    if not loose:
        return changes
    asked = [p.field for p in order.problems if p.field.endswith(".phone")]
    rest = tuple(p for p in changes.problems if p.phrase != "phone_whose_is_it")
    if len(set(asked)) != 1:
        return changes
    origins = {name: origin for name, origin in changes.origins.items() if name != "phone"}
    if "phone" in changes.origins:
        origins[asked[0]] = changes.origins["phone"]
    return ReadOrder(form=with_values(changes.form, {asked[0]: loose[0].words}), problems=rest, origins=origins)
