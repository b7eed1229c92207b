"""Rule: an order as read + what the company is -> the verdict, as a readable table of checks (SPEC 4).

Each check looks at one thing and gives what it holds against the order; the outcome is the gravest of all. A check
whose input is missing is not made and does not stand in the verdict: what is missing is said once, by "complete".
"""

from collections.abc import Callable
from datetime import datetime

from config.cargo import Excess, Judgement
from config.company import Company
from config.place import Ambiguous, Place
from config.tariff import NoLane, money
from config.zone import Zone
from intake.case import Case, Objection, asked, by_consent, incomplete, rejected
from intake.customers import CustomerTerms
from intake.orderform import OrderForm, Payment, ProblemCode, ReadOrder
from intake.verdict import Check, Outcome, Verdict
from intake.whereabouts import DOUBTFUL

Answer = list[Objection] | None  # None: the check could not be made


# -- the checks, one after the other --


REQUIRED: tuple[tuple[str, Callable[[OrderForm], object]], ...] = (
    ("shipper.name", lambda form: form.shipper.name),
    ("shipper.phone", lambda form: form.shipper.phone),
    ("cargo.pieces", lambda form: form.cargo.pieces),
    ("cargo.weight", lambda form: form.cargo.weight_kg or form.cargo.volume_m3),
    ("pickup_address", lambda form: form.pickup_address),
    ("destination", lambda form: form.destination),
    ("consignee.name", lambda form: form.consignee.name),
    ("consignee.phone", lambda form: form.consignee.phone),
    ("payment", lambda form: form.payment),
)
MEASURES = frozenset(("cargo.weight", "cargo.volume"))


def complete(case: Case) -> Answer:
    """SPEC 4.1: every required field, well-formed. What is missing is sent back, what has two meanings is asked."""
    found = []
    for problem in case.read.problems:
        make = asked if problem.code is ProblemCode.AMBIGUOUS else incomplete
        found.append(make(problem.phrase, problem.field, words=problem.words, field=problem.field))
    told = {problem.field for problem in case.read.problems}
    for field, value in REQUIRED:
        known = told & MEASURES if field in MEASURES else told & {field}
        if not value(case.form) and not known:
            found.append(incomplete("field_missing", field, words="", field=field))
    return found


def sender(case: Case) -> Answer:
    """A blocked customer is spoken with; an unknown sender is confirmed where the company wants it."""
    if case.customer is not None and case.customer.blocked:
        return [rejected("customer_blocked", name=case.customer.name)]
    if not case.sender_known and case.company.policy.unknown_senders == "confirm":
        return [asked("sender_unknown")]
    return []


GOODS = {
    Judgement.PROHIBITED: (rejected, "cargo_prohibited"),
    Judgement.RESTRICTED: (asked, "cargo_restricted"),
    Judgement.ASKED: (asked, "cargo_asked"),
}
MEASURE_FIELDS = {
    "piece_cm": "cargo.volume",
    "piece_kg": "cargo.weight",
    "shipment_kg": "cargo.weight",
    "shipment_m3": "cargo.volume",
    "pieces": "cargo.pieces",
    "declared_value": "declared_value",
}


def cargo(case: Case) -> Answer:
    """SPEC 4.2: prohibited goods are refused; restricted, too large and too heavy ones go to an agent."""
    form, rules = case.form, case.company.cargo
    found = []
    for finding in rules.findings(form.cargo.description, form.cargo.packaging, form.remarks):
        make, code = GOODS[finding.judgement]
        kind = f"（{finding.danger_class}）" if finding.danger_class else ""
        values = {"goods": finding.goods + kind, "words": finding.words, "row": finding.row}
        found.append(make(code, "cargo.description", **values))
    for excess in rules.excesses(
        pieces=form.cargo.pieces,
        weight_kg=form.cargo.weight_kg,
        volume_m3=form.cargo.volume_m3,
        piece_cm=form.cargo.piece_cm,
        piece_kg=form.cargo.piece_kg,
        declared_value=form.declared_value,
    ):
        found.append(_beyond(excess))
    return found


def _beyond(excess: Excess) -> Objection:
    values = {"value": excess.value, "limit": excess.limit, "row": excess.row}
    field = MEASURE_FIELDS[excess.measure]
    if excess.judgement is Judgement.PROHIBITED:
        return rejected(f"{excess.measure}_refused", field, **values)
    return asked(f"{excess.measure}_above_limit", field, **values)


def density(case: Case) -> Answer:
    """SPEC 4.1: weight and volume that cannot belong to the same goods (5 t in 0.1 m³) are asked about."""
    load = case.form.cargo
    if load.weight_kg is None or load.volume_m3 is None:
        return None
    excess = case.company.cargo.density(load.weight_kg, load.volume_m3)
    if excess is None:
        return []
    values = {"value": excess.value, "limit": excess.limit, "row": excess.row}
    return [asked("density_unlikely", "cargo.weight", **values)]


def pickup_area(case: Case) -> Answer:
    """SPEC 4.3: the pickup address is one place, in a zone that is served, and a dispatcher's."""
    where = case.where
    if not case.form.pickup_address:
        return None
    words = {"words": case.form.pickup_address}
    if where.area is None:
        if isinstance(where.pickup_read, Ambiguous):
            return [asked("pickup_ambiguous", "pickup_address", **words, places=_paths(where.pickup_read))]
        if where.pickup_read is None:
            return [incomplete("pickup_not_located", "pickup_address", **words)]
        if where.too_coarse:
            return [incomplete("pickup_too_vague", "pickup_address", **words, place=where.pickup_read.path)]
        return [rejected("outside_area", "pickup_address", **words, place=where.pickup_read.path)]
    place = where.pickup_read.path if isinstance(where.pickup_read, Place) else where.area.match
    if where.area.zone is Zone.OUTSIDE:
        return [rejected("outside_area", "pickup_address", **words, place=place)]
    if where.area.dispatcher is None:
        return [asked("no_dispatcher", "pickup_address", **words, place=place)]
    if where.pickup is None and isinstance(where.pickup_read, Ambiguous):
        return [asked("pickup_ambiguous", "pickup_address", **words, places=_paths(where.pickup_read))]
    if isinstance(where.pickup_read, Place) and where.pickup_read.confidence < DOUBTFUL:
        return [asked("pickup_doubtful", "pickup_address", **words, place=place)]
    return []


def _paths(ambiguous: Ambiguous) -> str:
    return "; ".join(place.path for place in ambiguous.paths[:6])


def destination(case: Case) -> Answer:
    """SPEC 4.4: the destination is one city, and the consignee's address lies there."""
    where = case.where
    if not case.form.destination:
        return None
    words = {"words": case.form.destination}
    if isinstance(where.destination_read, Ambiguous):
        return [asked("destination_ambiguous", "destination", **words, places=_paths(where.destination_read))]
    if where.destination_read is None:
        return [incomplete("destination_not_located", "destination", **words)]
    if where.contradictory:
        address = case.form.consignee.address or ""
        return [asked("destination_contradiction", "destination", **words, address=address)]
    if where.destination is None:
        there = where.destination_read
        if not case.company.tariff.lanes.reaches(there.province):
            origin = where.pickup.path if where.pickup else case.company.home_city
            return [rejected("no_lane", "destination", origin=origin, destination=there.path)]
        return [incomplete("destination_too_vague", "destination", **words, place=there.path)]
    return []


def lane(case: Case) -> Answer:
    """SPEC 4.4, 4.5: a lane leads there, and it has a price."""
    pickup, there = case.where.pickup, case.where.destination
    if pickup is None or there is None or not case.where.is_served:
        return None
    way = case.company.tariff.lanes.find(pickup, there)
    values = {"origin": pickup.path, "destination": there.path}
    if way is None:
        return [rejected("no_lane", "destination", **values)]
    if isinstance(case.priced, NoLane):
        return [asked(case.priced.code, "destination", **values)]
    return []


def payment(case: Case) -> Answer:
    """SPEC 4.6: monthly payment only with an account; an agent may open one, the customer's word does not."""
    if case.form.payment is None:
        return None
    if case.form.payment is Payment.MONTHLY and not (case.customer and case.customer.account):
        return [asked("monthly_without_account", "payment")]
    return []


def services(case: Case) -> Answer:
    """SPEC 4.5: a service that was asked for has a price; otherwise it would be promised for nothing."""
    offered = case.company.tariff.surcharges.offers
    return [asked("service_without_price", "services", service=s) for s in case.form.services if not offered(s)]


def consent(case: Case) -> Answer:
    """SPEC 4: surcharges above the consent limit need the customer's agreement."""
    if case.quote is None:
        return None
    limit, surcharges = case.company.policy.consent_limit, case.quote.surcharges
    if surcharges <= limit:
        return []
    return [asked("surcharge_above_limit", amount=str(surcharges), limit=str(money(limit)))]


CHECKS: tuple[tuple[str, Callable[[Case], Answer]], ...] = (
    ("complete", complete),
    ("sender", sender),
    ("cargo", cargo),
    ("density", density),
    ("pickup_area", pickup_area),
    ("destination", destination),
    ("lane", lane),
    ("services", services),
    ("payment", payment),
    ("consent", consent),
)
GRAVITY = (Outcome.ACCEPTED, Outcome.AWAITING_CONFIRMATION, Outcome.INCOMPLETE, Outcome.REJECTED)


def judge(
    read: ReadOrder,
    company: Company,
    *,
    at: datetime,
    customer: CustomerTerms | None,
    sender_known: bool = True,
    confirmed: bool = False,
) -> Verdict:
    """The verdict on an order as read, by the company's rules (SPEC 4).

    at: the order time (aware), which decides the price's day; confirmed: the customer, or an agent for him, has
    agreed to what needs only his consent (surcharges, restricted cargo, unusual figures, an unknown sender).
    """
    case = Case(read, company, at, customer, sender_known)
    outcome = Outcome.ACCEPTED
    checks = []
    for code, check in CHECKS:
        answer = check(case)
        if answer is None:
            continue
        standing = [objection for objection in answer if not (confirmed and by_consent(objection.reason))]
        outcome = max([outcome, *(objection.outcome for objection in standing)], key=GRAVITY.index)
        reasons = tuple(objection.reason for objection in standing)
        checks.append(Check(code=code, passed=not standing, reasons=reasons))
    where = case.where
    return Verdict(
        outcome=outcome,
        checks=tuple(checks),
        zone=where.area.zone if where.area else Zone.OUTSIDE,
        pickup_place=where.pickup.path if where.pickup else "",
        pickup_city=(where.pickup.city or "") if where.pickup else "",
        destination_city=(where.destination.city or "") if where.destination else "",
        dispatcher=where.area.dispatcher if where.area else None,
        quote=case.quote,
        rules_version=company.version,
    )
