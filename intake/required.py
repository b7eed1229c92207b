"""What SPEC 1 requires of an order, and what a form lacks of it."""

from intake.orderform import OrderForm, Problem, ProblemCode

REQUIRED = (
    "shipper.name",
    "shipper.phone",
    "cargo.pieces",
    "cargo.weight",
    "cargo.volume",
    "pickup_address",
    "destination",
    "consignee.name",
    "consignee.phone",
    "payment",
)


def place_in_form(problem: Problem) -> int:
    return REQUIRED.index(problem.field) if problem.field in REQUIRED else len(REQUIRED)


def missing(form: OrderForm, told: set[str]) -> list[Problem]:
    """What SPEC 1 requires and the form lacks, without the fields that have another problem already."""
    have: dict[str, object] = {
        "shipper.name": form.shipper.name,
        "shipper.phone": form.shipper.phone,
        "cargo.pieces": form.cargo.pieces,
        "pickup_address": form.pickup_address,
        "destination": form.destination,
        "consignee.name": form.consignee.name,
        "consignee.phone": form.consignee.phone,
        "payment": form.payment,
    }
    lacking = [name for name, value in have.items() if value is None and name not in told]
    if form.cargo.weight_kg is None and form.cargo.volume_m3 is None and not told & {"cargo.weight", "cargo.volume"}:
        lacking.append("cargo.weight")
    return [Problem(field=name, code=ProblemCode.MISSING, phrase="field_missing") for name in lacking]
