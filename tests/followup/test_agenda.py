"""Which tasks follow, and when they are due (SPEC 7)."""

from datetime import UTC, datetime, timedelta

import pytest

from followup import agenda
from followup.agenda import Contact, TaskKind
from followup.outcomes import OUTCOMES, Effect, rule_of
from intake.record import OrderRecord, OrderState
from intake.verdict import Outcome
from tests.builders import NOON, form, verdict

DISPATCHER = Contact("周调度", "13800000001")


def order(outcome: Outcome = Outcome.ACCEPTED, **changes: object) -> OrderRecord:
    values: dict[str, object] = {
        "id": 1,
        "number": "20261124-0001",
        "revision": 1,
        "state": OrderState(outcome.value),
        "channel": "mail",
        "form": form(),
        "verdict": verdict(outcome),
        "ordered_at": NOON,
        "arrived_at": NOON,
    }
    return OrderRecord.model_validate(values | changes)


@pytest.mark.parametrize(
    "sent_at",
    [
        NOON,
        datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC),  # midnight in Shanghai
        datetime(2026, 11, 30, 15, 30, 0, tzinfo=UTC),  # over the end of a month
        datetime(2026, 12, 31, 15, 30, 0, 1, tzinfo=UTC),  # over the end of a year
        datetime(2028, 2, 28, 15, 30, 0, tzinfo=UTC),  # into a leap day
    ],
)
def test_the_verification_is_due_one_hour_after_the_sending_to_the_second(sent_at: datetime) -> None:
    task = agenda.verify_pickup(order(), sent_at, NOON, DISPATCHER)
    assert task.due_at == sent_at + timedelta(hours=1)
    assert task.call_from == sent_at + timedelta(minutes=50)
    assert (task.whom, task.phone, task.role) == ("周调度", "13800000001", "agent")


def test_an_overdue_pickup_goes_to_the_supervisor_at_once() -> None:
    task = agenda.pickup_overdue(order(), NOON, NOON, DISPATCHER)
    assert (task.due_at, task.call_from, task.role, task.priority) == (NOON, NOON, "supervisor", 1)


@pytest.mark.parametrize(
    ("outcome", "kind", "minutes"),
    [
        (Outcome.AWAITING_CONFIRMATION, TaskKind.CONFIRM_WITH_CUSTOMER, 15),
        (Outcome.INCOMPLETE, TaskKind.COMPLETE_ORDER, 30),
        (Outcome.REJECTED, TaskKind.OFFER_ALTERNATIVE, 30),
    ],
)
def test_what_is_not_accepted_becomes_a_call_to_the_shipper(outcome: Outcome, kind: TaskKind, minutes: int) -> None:
    (task,) = agenda.after_decision(order(outcome), NOON, timedelta(minutes=30))
    assert (task.kind, task.due_at) == (kind, NOON + timedelta(minutes=minutes))
    assert (task.whom, task.phone) == ("王建国", "13800138001")


def test_an_accepted_order_needs_nobody_until_its_work_order_is_sent() -> None:
    assert agenda.after_decision(order(), NOON, timedelta(minutes=30)) == []


def test_each_judgement_has_its_own_task_and_no_second_one() -> None:
    def key(**changes: object) -> str:
        return agenda.after_decision(order(Outcome.INCOMPLETE, **changes), NOON, timedelta(minutes=30))[0].key

    assert key() == key()
    assert len({key(), key(round=2), key(revision=2)}) == 3


def test_every_kind_has_a_clock_and_a_way_to_end() -> None:
    for kind in TaskKind:
        assert kind in agenda.DUE
        assert any(rule.effect in (Effect.CLOSE, Effect.PART) for rule in OUTCOMES[kind]), kind


def test_an_outcome_that_a_kind_does_not_know_names_those_it_does() -> None:
    with pytest.raises(KeyError, match="picked_up"):
        rule_of(TaskKind.VERIFY_PICKUP, "confirmed")
