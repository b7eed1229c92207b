"""What an agent can say of a task, and what follows from it: one readable table (SPEC 7)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from followup.agenda import TaskKind


class Effect(StrEnum):
    """What an outcome does to its task."""

    CLOSE = "close"
    PUT_OFF = "put_off"  # stays open; comes back at the time that was said
    PART = "part"  # stays open until every outcome of its kind that is a part has been said
    RETRY = "retry"  # stays open; comes back after a pause, and goes to the supervisor when that happens too often


@dataclass(frozen=True)
class OutcomeRule:
    """One row: `asks` are the details that must be given, `offers` those that may be."""

    code: str
    effect: Effect
    asks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ("note",)
    pause: timedelta = timedelta(0)


UNREACHABLE = OutcomeRule("unreachable", Effect.RETRY, pause=timedelta(minutes=10))
TRIES = 3  # unreachable so often: the task goes to the supervisor

# The checklist of a signing (SPEC 9): each is "yes" or not said. The first says that somebody went through it.
SIGNING_CHECKS = ("document", "proxy", "consignee_document", "stamp", "change_letter")
HAPPENED = ("picked_up", "arrived", "signed", "station_informed", "on_its_way")  # their time lies behind

PICKUP = (
    OutcomeRule("picked_up", Effect.CLOSE, offers=("time", "driver", "phone", "vehicle", "note")),
    OutcomeRule("not_yet", Effect.PUT_OFF, asks=("time",)),
    OutcomeRule("problem", Effect.CLOSE, asks=("note",)),
    UNREACHABLE,
)

OUTCOMES: dict[TaskKind, tuple[OutcomeRule, ...]] = {
    TaskKind.CONFIRM_WITH_CUSTOMER: (
        OutcomeRule("confirmed", Effect.CLOSE),
        OutcomeRule("changed", Effect.CLOSE, asks=("changes",)),
        OutcomeRule("cancelled", Effect.CLOSE),
        UNREACHABLE,
    ),
    TaskKind.COMPLETE_ORDER: (
        OutcomeRule("completed", Effect.CLOSE, asks=("changes",)),
        OutcomeRule("cancelled", Effect.CLOSE),
        UNREACHABLE,
    ),
    TaskKind.OFFER_ALTERNATIVE: (
        OutcomeRule("accepted", Effect.CLOSE, asks=("note",)),
        OutcomeRule("declined", Effect.CLOSE),
        UNREACHABLE,
    ),
    TaskKind.VERIFY_PICKUP: PICKUP,
    TaskKind.PICKUP_OVERDUE: PICKUP,
    TaskKind.PHONE_DISPATCHER: (
        OutcomeRule("told", Effect.CLOSE),
        OutcomeRule("other_dispatcher", Effect.CLOSE, asks=("note",)),
        OutcomeRule("unreachable", Effect.RETRY, pause=timedelta(minutes=2)),
    ),
    TaskKind.HANDLE_EXCEPTION: (
        OutcomeRule("customer_told", Effect.PUT_OFF, asks=("time",), offers=("letter", "note")),
        OutcomeRule("closed", Effect.CLOSE, asks=("note",), offers=("cause", "unit", "remedy", "compensation")),
    ),
    TaskKind.CONFIRM_CHANGE: (
        OutcomeRule("changed", Effect.CLOSE, asks=("changes",)),
        OutcomeRule("cancelled", Effect.CLOSE),
        OutcomeRule("unchanged", Effect.CLOSE),  # nobody of the customer asked for it, or he takes it back
        OutcomeRule("settled", Effect.CLOSE, asks=("note",)),  # otherwise: goods stopped on the way, sent on, …
        UNREACHABLE,
    ),
    TaskKind.HANDLE_COMPLAINT: (
        # apologised; the next word is promised for then
        OutcomeRule("answered", Effect.PUT_OFF, asks=("time",), offers=("letter", "note")),
        OutcomeRule(
            "closed", Effect.CLOSE, asks=("note",), offers=("cause", "unit", "remedy", "compensation", "satisfied")
        ),
        UNREACHABLE,
    ),
    TaskKind.REVIEW_MAIL: (
        OutcomeRule("filed", Effect.CLOSE, asks=("order",)),
        OutcomeRule("linked", Effect.CLOSE, asks=("order",)),
        OutcomeRule("ignored", Effect.CLOSE),
    ),
    TaskKind.FIX_ADDRESS: (OutcomeRule("corrected", Effect.CLOSE, asks=("note",), offers=("address",)), UNREACHABLE),
    TaskKind.ARRANGE_DELIVERY: (
        OutcomeRule("window_agreed", Effect.CLOSE, asks=("time",), offers=("until", "note")),
        OutcomeRule("refused", Effect.CLOSE, asks=("note",)),
        UNREACHABLE,
    ),
    TaskKind.COORDINATE_DESTINATION: (
        OutcomeRule("station_informed", Effect.PART, offers=("time", "station", "note")),  # time: it departed
        OutcomeRule("consignee_informed", Effect.PART, offers=("note",)),
        UNREACHABLE,
    ),
    TaskKind.CHECK_ARRIVAL: (
        OutcomeRule("arrived", Effect.CLOSE, offers=("time", "pieces", "batches", "station", "note")),
        OutcomeRule("delayed", Effect.PUT_OFF, asks=("time",), offers=("note",)),
        OutcomeRule("exception", Effect.CLOSE, asks=("note",), offers=("exception",)),
        UNREACHABLE,
    ),
    TaskKind.CHECK_SIGNED: (
        OutcomeRule("signed", Effect.CLOSE, asks=("signer",), offers=("time", "condition", *SIGNING_CHECKS, "note")),
        OutcomeRule("not_yet_signed", Effect.PUT_OFF, asks=("time",)),
        OutcomeRule("exception", Effect.CLOSE, asks=("note",), offers=("exception",)),
        UNREACHABLE,
    ),
    TaskKind.CHASE_RECEIPT: (
        OutcomeRule("returned", Effect.CLOSE, offers=("copies", "note")),
        OutcomeRule("defective", Effect.PUT_OFF, asks=("note", "time")),
        OutcomeRule("promised", Effect.PUT_OFF, asks=("time",)),
        OutcomeRule("lost", Effect.CLOSE, asks=("note",)),
        UNREACHABLE,
    ),
    TaskKind.SATISFACTION_CALL: (
        OutcomeRule("scored", Effect.CLOSE, asks=("score",), offers=("note",)),
        OutcomeRule("declined", Effect.CLOSE),
        UNREACHABLE,
    ),
    TaskKind.CUSTOMER_VISIT: (
        OutcomeRule("visited", Effect.CLOSE, asks=("note",)),
        OutcomeRule("moved", Effect.PUT_OFF, asks=("time",)),
    ),
    TaskKind.WATCH_TRANSFER: (
        OutcomeRule("on_its_way", Effect.CLOSE, offers=("time", "station", "note")),
        OutcomeRule("delayed", Effect.CLOSE, asks=("time",), offers=("note",)),
        OutcomeRule("exception", Effect.CLOSE, asks=("note",), offers=("exception",)),
        UNREACHABLE,
    ),
    TaskKind.HAND_RECEIPT: (
        OutcomeRule("handed", Effect.CLOSE, offers=("copies", "to", "note")),
        OutcomeRule("defective", Effect.CLOSE, asks=("note", "time")),
        OutcomeRule("lost", Effect.CLOSE, asks=("note",)),
    ),
    TaskKind.MEND_FAULT: (OutcomeRule("mended", Effect.CLOSE, asks=("note",)),),
}


def rule_of(kind: TaskKind, code: str) -> OutcomeRule:
    """The rule for an outcome. Raises KeyError naming the outcomes that this kind knows."""
    for rule in OUTCOMES[kind]:
        if rule.code == code:
            return rule
    known = ", ".join(rule.code for rule in OUTCOMES[kind])
    raise KeyError(f"{kind} has no outcome {code!r}; it has: {known}")


def parts_of(kind: TaskKind) -> frozenset[str]:
    """The outcomes that must all have been said before a task of this kind is done."""
    return frozenset(rule.code for rule in OUTCOMES[kind] if rule.effect is Effect.PART)
