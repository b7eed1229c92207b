"""The way after the pickup, from the lorry to the receipt: what is said, what is written, which call follows."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from followup import actions, casebook, lastword
from followup.actions import NotUnderstood, Word
from followup.agenda import TaskKind, task
from followup.cases import ExceptionKind
from followup.customervisits import MonthlyVisits
from followup.escalation import escalate
from followup.journey import unaccounted
from followup.outcomes import OUTCOMES, Effect, OutcomeRule
from followup.receipts import ReceiptRefused, ReceiptState, Told, outstanding
from followup.stages import MoveRefused
from followup.tables_cases import ExceptionCase
from followup.tables_journey import Batch, Satisfaction
from intake.timeline import Entry, Happening, record
from tests.journeyworld import JourneyWorld, until

SHANGHAI = ZoneInfo("Asia/Shanghai")
Make = Callable[..., JourneyWorld]


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[JourneyWorld] = []

    def open_one(kind: TaskKind | None = None, **form: Any) -> JourneyWorld:
        world = until(kind, tmp_path) if kind else JourneyWorld(tmp_path, **form)
        made.append(world)
        return world

    yield open_one
    for world in made:
        world.close()


def cases_of(world: JourneyWorld) -> list[str]:
    with world.desk.database.read() as session:
        return [case.kind for case in session.query(ExceptionCase).order_by(ExceptionCase.id)]


def forgotten(world: JourneyWorld) -> list[int]:
    with world.desk.database.read() as session:
        return unaccounted(session, world.now + timedelta(minutes=1))


# -- every outcome of every kind that belongs to the way (SPEC 7), and what must be so after it

SOON = timedelta(days=1)
SAID: dict[tuple[TaskKind, str], dict[str, Any]] = {
    (TaskKind.ARRANGE_DELIVERY, "window_agreed"): {"time": SOON, "until": "18:00"},
    (TaskKind.ARRANGE_DELIVERY, "refused"): {"note": "客户说没有订过"},
    (TaskKind.COORDINATE_DESTINATION, "station_informed"): {"station": "杭州东站"},
    (TaskKind.CHECK_ARRIVAL, "arrived"): {"station": "杭州东站", "pieces": "10"},
    (TaskKind.CHECK_ARRIVAL, "delayed"): {"time": SOON, "note": "高速封路"},
    (TaskKind.CHECK_ARRIVAL, "exception"): {"note": "少了两件", "exception": "shortage"},
    (TaskKind.CHECK_SIGNED, "signed"): {"signer": "李晓明", "document": "yes", "condition": "完好"},
    (TaskKind.CHECK_SIGNED, "not_yet_signed"): {"time": SOON},
    (TaskKind.CHECK_SIGNED, "exception"): {"note": "外箱破损", "exception": "damage"},
    (TaskKind.CHASE_RECEIPT, "returned"): {"copies": "2"},
    (TaskKind.CHASE_RECEIPT, "defective"): {"note": "没盖章", "time": SOON},
    (TaskKind.CHASE_RECEIPT, "promised"): {"time": SOON},
    (TaskKind.CHASE_RECEIPT, "lost"): {"note": "快递丢了"},
    (TaskKind.SATISFACTION_CALL, "scored"): {"score": "5", "note": "很快"},
    (TaskKind.WATCH_TRANSFER, "delayed"): {"time": SOON},
    (TaskKind.WATCH_TRANSFER, "exception"): {"note": "受潮", "exception": "damage"},
    (TaskKind.HAND_RECEIPT, "handed"): {"to": "客户", "copies": "2"},
    (TaskKind.HAND_RECEIPT, "defective"): {"note": "日期没签", "time": SOON},
    (TaskKind.HAND_RECEIPT, "lost"): {"note": "找不到了"},
}
AFTER: dict[tuple[TaskKind, str], tuple[str, str]] = {  # the stage, and an event that must stand in the timeline
    (TaskKind.ARRANGE_DELIVERY, "window_agreed"): ("picked_up", "delivery_arranged"),
    (TaskKind.ARRANGE_DELIVERY, "refused"): ("refused", "delivery_refused"),
    (TaskKind.ARRANGE_DELIVERY, "unreachable"): ("picked_up", "task_attempted"),
    (TaskKind.COORDINATE_DESTINATION, "station_informed"): ("picked_up", "station_informed"),
    (TaskKind.COORDINATE_DESTINATION, "consignee_informed"): ("picked_up", "consignee_informed"),
    (TaskKind.COORDINATE_DESTINATION, "unreachable"): ("picked_up", "task_attempted"),
    (TaskKind.CHECK_ARRIVAL, "arrived"): ("arrived", "arrived"),
    (TaskKind.CHECK_ARRIVAL, "delayed"): ("picked_up", "arrival_delayed"),
    (TaskKind.CHECK_ARRIVAL, "exception"): ("picked_up", "exception_opened"),
    (TaskKind.CHECK_ARRIVAL, "unreachable"): ("picked_up", "task_attempted"),
    (TaskKind.CHECK_SIGNED, "signed"): ("closed", "signed"),
    (TaskKind.CHECK_SIGNED, "not_yet_signed"): ("arrived", "task_attempted"),
    (TaskKind.CHECK_SIGNED, "exception"): ("arrived", "exception_opened"),
    (TaskKind.CHECK_SIGNED, "unreachable"): ("arrived", "task_attempted"),
    (TaskKind.CHASE_RECEIPT, "returned"): ("signed", "receipt_received"),
    (TaskKind.CHASE_RECEIPT, "defective"): ("signed", "receipt_defective"),
    (TaskKind.CHASE_RECEIPT, "promised"): ("signed", "task_attempted"),
    (TaskKind.CHASE_RECEIPT, "lost"): ("signed", "receipt_lost"),
    (TaskKind.CHASE_RECEIPT, "unreachable"): ("signed", "task_attempted"),
    (TaskKind.SATISFACTION_CALL, "scored"): ("closed", "satisfaction_given"),
    (TaskKind.SATISFACTION_CALL, "declined"): ("closed", "task_closed"),
    (TaskKind.SATISFACTION_CALL, "unreachable"): ("closed", "task_attempted"),
    (TaskKind.WATCH_TRANSFER, "on_its_way"): ("in_transit", "departed"),
    (TaskKind.WATCH_TRANSFER, "delayed"): ("picked_up", "arrival_delayed"),
    (TaskKind.WATCH_TRANSFER, "exception"): ("picked_up", "exception_opened"),
    (TaskKind.WATCH_TRANSFER, "unreachable"): ("picked_up", "task_attempted"),
    (TaskKind.HAND_RECEIPT, "handed"): ("closed", "receipt_handed"),
    (TaskKind.HAND_RECEIPT, "defective"): ("signed", "receipt_defective"),
    (TaskKind.HAND_RECEIPT, "lost"): ("signed", "receipt_lost"),
    (TaskKind.VERIFY_PICKUP, "picked_up"): ("picked_up", "picked_up"),
    (TaskKind.VERIFY_PICKUP, "not_yet"): ("dispatched", "not_yet_picked_up"),
    (TaskKind.VERIFY_PICKUP, "problem"): ("dispatched", "exception_opened"),
    (TaskKind.VERIFY_PICKUP, "unreachable"): ("dispatched", "task_attempted"),
}
SAID |= {
    (TaskKind.VERIFY_PICKUP, "not_yet"): {"time": SOON},
    (TaskKind.VERIFY_PICKUP, "problem"): {"note": "厂里没人"},
}
# Kinds that come from elsewhere than the way: what follows from them is tested in their own files.
ELSEWHERE = (
    TaskKind.CONFIRM_WITH_CUSTOMER,
    TaskKind.COMPLETE_ORDER,
    TaskKind.OFFER_ALTERNATIVE,
    TaskKind.PICKUP_OVERDUE,
    TaskKind.PHONE_DISPATCHER,
    TaskKind.HANDLE_EXCEPTION,
    TaskKind.REVIEW_MAIL,
    TaskKind.FIX_ADDRESS,
    TaskKind.CONFIRM_CHANGE,
    TaskKind.HANDLE_COMPLAINT,
    TaskKind.MEND_FAULT,
    TaskKind.CUSTOMER_VISIT,
)
PAIRS = [(kind, rule) for kind in ELSEWHERE for rule in OUTCOMES[kind]]


def test_no_outcome_is_forgotten() -> None:
    walked = {(kind, rule.code) for kind, rules in OUTCOMES.items() if kind not in ELSEWHERE for rule in rules}
    assert set(AFTER) == walked
    assert {kind for kind, _ in AFTER} | set(ELSEWHERE) == set(TaskKind)


@pytest.mark.parametrize(("kind", "rule"), PAIRS, ids=[f"{kind}-{rule.code}" for kind, rule in PAIRS])
def test_each_outcome_of_every_other_kind(make: Make, kind: TaskKind, rule: OutcomeRule) -> None:
    """It does to its task what its effect says, is kept as an attempt, and leaves no shipment without a task."""
    world = make()
    new = task(kind, world.now, "task_exception", about=world.number, order=world.order, round_=99)
    with world.desk.database.write() as session:
        casebook.open_tasks(world.desk.database, session, [new], world.now)
    known = {"time": world.now + timedelta(days=1), "changes": {"cargo.pieces": "12"}, "order": world.number}
    world.say(kind, rule.code, **{name: known.get(name, "说明") for name in rule.asks})
    (found,) = [one for one in [*world.tasks(), *world.tasks("closed")] if one.key == new.key]
    assert found.attempts == 1
    assert (found.state == "closed") is (rule.effect is Effect.CLOSE)
    if rule.effect is Effect.PUT_OFF:
        assert found.due_at == known["time"]
    if rule.effect is Effect.RETRY:
        assert found.due_at == world.now + rule.pause
    assert forgotten(world) == []


@pytest.mark.parametrize(("kind", "code"), sorted(AFTER))
def test_each_outcome_of_the_way(make: Make, kind: TaskKind, code: str) -> None:
    """Said, it moves the shipment to its stage, stands in the timeline, and leaves no shipment without a task."""
    world = make(kind)
    details = {
        name: world.now + value if isinstance(value, timedelta) else value
        for name, value in SAID.get((kind, code), {}).items()
    }
    task = world.task(kind)
    world.say(kind, code, **details)
    stage, event = AFTER[kind, code]
    assert world.shipment.stage == stage
    assert world.events(event)
    again = next(one for one in [*world.tasks(), *world.tasks("closed")] if one.id == task.id)
    effect = next(rule.effect for rule in OUTCOMES[kind] if rule.code == code)
    assert (again.state == "closed") is (effect is Effect.CLOSE)
    assert forgotten(world) == []


@pytest.mark.parametrize(("kind", "code"), sorted(pair for pair in AFTER if SAID.get(pair)))
def test_what_an_outcome_asks_for_must_be_said(make: Make, kind: TaskKind, code: str) -> None:
    rule = next(rule for rule in OUTCOMES[kind] if rule.code == code)
    if rule.asks:
        world = make(kind)
        with pytest.raises(NotUnderstood):
            world.say(kind, code)
        assert world.task(kind).attempts == 0


# -- to the station


def test_both_ends_must_be_told_before_the_coordination_is_done(make: Make) -> None:
    world = make(TaskKind.COORDINATE_DESTINATION)
    world.say("coordinate_destination", "consignee_informed")
    assert world.task("coordinate_destination").attempts == 1
    world.say("coordinate_destination", "consignee_informed")  # said twice is not both
    assert world.task("coordinate_destination").attempts == 2
    world.say("coordinate_destination", "station_informed", station="杭州东站", time=world.now)
    assert "coordinate_destination" in world.kinds("closed")
    assert world.shipment.stage == "in_transit"
    assert world.events("station_informed") == [{"station": "杭州东站"}]


def test_what_the_lane_promised_is_kept_and_the_customer_is_told_of_each_new_promise(make: Make) -> None:
    world = make()
    world.pick_up()  # 24th, 12:00
    first = world.shipment
    assert (first.destination, first.transfers, first.arrive_by) == ("杭州市", 0, local("25T18:00"))
    world.desk.clock.now = local("25T10:02")
    world.say("check_arrival", "delayed", time=local("27T16:00"), note="高速封路")
    call = world.task("check_arrival")
    assert (call.due_at, call.attempts) == (local("27T10:00"), 1)
    world.desk.clock.now = local("27T10:05")
    world.say("check_arrival", "delayed", time=local("28T09:00"))
    assert world.task("check_arrival").due_at == local("28T10:00")
    told = world.events("arrival_delayed")
    before = [datetime.fromisoformat(one["before"]) for one in told]
    assert before == [local("25T18:00"), local("27T16:00")]
    world.desk.clock.now = local("28T10:01")
    world.say("check_arrival", "arrived", time=local("28T08:00"), station="杭州东站")
    (arrived,) = world.events("arrived")
    assert arrived["in_time"] is False  # against what the lane promised first
    assert datetime.fromisoformat(arrived["promised"]) == local("28T09:00")
    assert world.shipment.arrive_by == local("25T18:00")
    call = world.task("check_signed")
    assert (call.call_from, call.due_at) == (local("29T10:00"), local("29T18:00"))


def test_a_promise_that_has_passed_is_none(make: Make) -> None:
    world = make(TaskKind.CHECK_ARRIVAL)
    with pytest.raises(MoveRefused, match="已经过去"):
        world.say("check_arrival", "delayed", time=world.now - timedelta(minutes=1))
    assert world.shipment.promised_at == world.shipment.arrive_by
    assert world.events("arrival_delayed") == []


def test_goods_in_two_batches_count_from_the_last(make: Make) -> None:
    world = make(receipt_copies=1)
    world.pick_up()
    world.wait(days=1)
    first = world.now
    world.say("check_arrival", "arrived", pieces="6", station="杭州东站")  # of ten
    assert world.shipment.stage == "picked_up"
    assert [one["place"] for one in world.events("batch_arrived")] == [1]
    rest = world.task("check_arrival")
    assert (rest.due_at, rest.why) == (local("26T10:00"), "task_arrival_rest")
    with pytest.raises(MoveRefused, match="还有 1 批"):
        world.sign()
    world.wait(days=2)
    world.say("check_arrival", "arrived", pieces="4")
    shipment = world.shipment
    assert (shipment.stage, shipment.batches, shipment.arrived_at) == ("arrived", 2, first + timedelta(days=2))
    with world.desk.database.read() as session:
        assert [(one.place, one.pieces) for one in session.query(Batch).order_by(Batch.place)] == [(1, 6), (2, 4)]
    world.wait(days=1)
    world.sign()
    receipt = world.receipt
    assert receipt is not None
    assert receipt.due_at == first + timedelta(days=12)  # ten days from the last batch
    assert receipt.responsible == "杭州东站"


def test_said_batches_count_even_where_the_pieces_do_not(make: Make) -> None:
    world = make()
    world.pick_up()
    world.wait(days=1)
    world.arrive(batches=3)
    world.arrive()
    assert world.shipment.stage == "picked_up"
    world.arrive()
    assert (world.shipment.stage, world.shipment.batches) == ("arrived", 3)
    with pytest.raises(MoveRefused):
        world.arrive()


def test_in_the_same_city_the_signing_is_asked_about_after_the_agreed_window(make: Make) -> None:
    world = make(destination="上海", receipt_copies=1)
    world.pick_up()
    assert world.kinds() == ["arrange_delivery"]
    world.say("arrange_delivery", "window_agreed", time=local("24T16:00"), until="18:00")
    (window,) = world.events("delivery_arranged")
    assert datetime.fromisoformat(window["until"]) == local("24T18:00")
    assert world.task("check_signed").call_from == local("25T10:00")
    world.desk.clock.now = local("25T10:10")
    world.say("check_signed", "signed", signer="李晓明", document="yes", time=local("24T17:00"))
    receipt = world.receipt
    assert receipt is not None
    assert receipt.due_at == local("24T17:00") + timedelta(days=10)  # no station: the signing is the arrival


def test_urgent_goods_are_watched_and_their_delay_is_told(make: Make) -> None:
    world = make(TaskKind.WATCH_TRANSFER)
    promised = world.now + timedelta(days=9)
    world.say("watch_transfer", "delayed", time=promised)
    assert world.shipment.promised_at == promised
    assert world.task("check_arrival").due_at.astimezone(SHANGHAI).hour == 10


# -- signing


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"signer": "李小明", "document": "yes"}, "signing_other_name"),
        ({"signer": "李晓明"}, "signing_no_document"),
        ({"signer": "张三", "proxy": "yes", "document": "yes"}, "signing_no_consignee_document"),
    ],
)
def test_a_signing_that_fails_its_checklist_is_an_exception_and_no_signing(
    make: Make, details: dict[str, str], code: str
) -> None:
    world = make(receipt_copies=1)
    world.pick_up()
    world.wait(days=1)
    world.arrive()
    world.say("check_signed", "signed", **details)
    assert (world.shipment.stage, world.shipment.signed_at, world.receipt) == ("arrived", None, None)
    (failed,) = world.events("signing_failed")
    assert failed["faults"] == [code]
    assert world.events("signed") == []
    assert cases_of(world) == [ExceptionKind.SIGNING]
    assert forgotten(world) == []
    world.say("handle_exception", "closed", note="收货人补签", cause="到站疏忽", unit="杭州站", remedy="补签")
    assert "check_signed" in world.kinds()  # asked again: it is not signed for yet


def test_a_signing_that_is_only_told_is_a_call_for_the_checklist(make: Make) -> None:
    world = make(receipt_copies=1)
    world.pick_up()
    world.wait(days=1)
    world.arrive()
    world.sign(document=None)
    assert (world.shipment.stage, world.receipt) == ("arrived", None)
    call = world.task("check_signed")
    assert call.why == "task_signing_told"
    assert "李晓明" in call.why_values["note"]
    assert call.due_at == world.now + timedelta(hours=2)


def test_lost_goods_that_are_found_arrive_after_all(make: Make) -> None:
    world = make()
    world.pick_up()
    world.wait(days=1)
    world.move("lost", world.now, "整票找不到")
    assert (world.shipment.stage, cases_of(world)) == ("lost", [ExceptionKind.LOSS])
    world.wait(hours=5)
    world.arrive()
    assert world.shipment.stage == "arrived"


def test_an_end_closes_with_its_exception(make: Make) -> None:
    world = make(destination="上海")
    world.pick_up()
    world.say("arrange_delivery", "refused", note="不要了")
    assert world.shipment.closed_at is None
    world.move("returned", world.now)
    assert (world.shipment.stage, world.shipment.closed_at) == ("returned", None)
    world.say("handle_exception", "closed", note="已退回", cause="客户取消", unit="客户", remedy="退回")
    shipment = world.shipment
    assert (shipment.closed_at, shipment.closed_why) == (world.now, "returned")
    assert world.events("shipment_closed") == [{"why": "returned"}]
    with pytest.raises(MoveRefused, match="已经结束"):
        world.arrive()


def test_a_pickup_problem_that_is_cleared_up_is_verified_again(make: Make) -> None:
    world = make(TaskKind.VERIFY_PICKUP)
    world.say("verify_pickup", "problem", note="没人")
    assert world.kinds() == ["handle_exception"]
    world.say("handle_exception", "closed", note="联系上了", cause="", unit="", remedy="")
    assert world.task("verify_pickup").due_at == world.now + timedelta(hours=1)


# -- the receipt


def test_the_receipt_chain_dates_and_names_each_step(make: Make) -> None:
    world = make(TaskKind.CHASE_RECEIPT)
    steps = {}
    for step, actor in (("sent", "file:hz"), ("received", "agent:li"), ("checked", "agent:chen")):
        world.wait(days=1)
        world.move("receipt", ReceiptState(step), Told(world.now, copies=2), actor=actor)
        steps[step] = (world.now, actor.partition(":")[2])
    assert world.kinds() == ["hand_receipt", "satisfaction_call"]
    world.wait(hours=1)
    world.move("receipt", ReceiptState.HANDED, Told(world.now, copies=2, to="结算"))
    receipt = world.receipt
    assert receipt is not None
    assert (receipt.sent_at, receipt.sent_by) == steps["sent"]
    assert (receipt.received_at, receipt.received_by) == steps["received"]
    assert (receipt.checked_at, receipt.checked_by) == steps["checked"]
    assert (receipt.handed_at, receipt.handed_to, receipt.counted) == (world.now, "结算", 2)
    shipment = world.shipment
    assert (shipment.stage, shipment.receipt_state, shipment.closed_why) == ("closed", "handed", "done")
    assert world.kinds() == ["satisfaction_call"]


def test_too_few_copies_are_not_handed_over(make: Make) -> None:
    world = make(TaskKind.CHASE_RECEIPT)
    world.say("chase_receipt", "returned", copies="1")
    with pytest.raises(ReceiptRefused) as refused:
        world.say("hand_receipt", "handed", copies="1", to="客户")
    assert refused.value.code == "receipt_copies_short"
    assert "hand_receipt" in world.kinds()  # all or nothing: the call is still open


def test_a_defective_receipt_goes_back_and_is_chased_with_five_days_more(make: Make) -> None:
    world = make(TaskKind.HAND_RECEIPT)
    before = world.receipt
    assert before is not None
    promised = world.now + timedelta(days=2)
    world.say("hand_receipt", "defective", note="没有盖章", time=promised)
    receipt = world.receipt
    assert receipt is not None
    assert (receipt.state, receipt.defects, receipt.received_at) == ("defective", 1, None)
    assert receipt.due_at == before.due_at + timedelta(days=5)
    call = world.task("chase_receipt")
    assert (call.call_from, call.due_at) == (promised, receipt.due_at)


def test_a_promise_moves_the_call_and_never_the_clock_of_the_receipt(make: Make) -> None:
    world = make(TaskKind.CHASE_RECEIPT)
    due, late = world.task("chase_receipt").due_at, world.now + timedelta(days=60)
    world.say("chase_receipt", "promised", time=late)
    call = world.task("chase_receipt")
    assert (call.call_from, call.due_at) == (late, due)


def test_a_lost_receipt_is_an_exception_and_closes_with_it(make: Make) -> None:
    world = make(TaskKind.CHASE_RECEIPT)
    world.say("chase_receipt", "lost", note="快递丢失")
    assert (world.shipment.closed_at, cases_of(world)) == (None, [ExceptionKind.LOST_RECEIPT])
    world.say("handle_exception", "closed", note="补了证明", cause="快递", unit="快递", remedy="证明")
    assert world.shipment.closed_why == "done"


def test_a_step_that_cannot_follow_is_refused(make: Make) -> None:
    world = make(TaskKind.CHASE_RECEIPT)
    with pytest.raises(ReceiptRefused) as refused:
        world.move("receipt", ReceiptState.CHECKED, Told(world.now))
    assert refused.value.code == "receipt_step_refused"


def test_the_month_end_list_names_what_is_due_and_not_back(make: Make) -> None:
    world = make(TaskKind.CHASE_RECEIPT)
    receipt = world.receipt
    assert receipt is not None
    with world.desk.database.read() as session:
        assert outstanding(session, receipt.due_at) == []  # due at the end itself is not missing yet
        (row,) = outstanding(session, receipt.due_at + timedelta(seconds=1))
        assert (row.number, row.receipt.region, row.receipt.responsible) == (world.number, "杭州市", "杭州站")
        assert row.overdue(receipt.due_at + timedelta(seconds=1))
    world.say("chase_receipt", "returned", copies="2")
    with world.desk.database.read() as session:
        assert outstanding(session, world.now + timedelta(days=99)) == []  # with us: not missing
        assert len(outstanding(session)) == 1  # … and not handed over either


# -- what is behind it all


def test_the_customers_score_is_kept_once(make: Make) -> None:
    world = make(TaskKind.SATISFACTION_CALL)
    with pytest.raises(NotUnderstood):
        world.say("satisfaction_call", "scored", score="11")
    world.say("satisfaction_call", "scored", score="4分", note="可以")
    with world.desk.database.read() as session:
        (row,) = session.query(Satisfaction)
        assert (row.score, row.words, row.way, row.agent) == (4, "可以", "call", "li")


def test_visits_are_opened_once_a_month_and_their_words_kept(make: Make) -> None:
    world = make()
    world.customer(key_customer=True)
    chore = MonthlyVisits()
    for _ in range(3):
        chore.look(world.desk.database, world.desk.company, world.desk.clock)
    MonthlyVisits().look(world.desk.database, world.desk.company, world.desk.clock)  # another daemon
    assert world.kinds().count("customer_visit") == 1
    world.say("customer_visit", "moved", time=world.now + timedelta(days=2))
    world.wait(days=2)
    world.say("customer_visit", "visited", note="下月多发两车")
    assert "customer_visit" not in world.kinds()
    world.wait(days=30)
    chore.look(world.desk.database, world.desk.company, world.desk.clock)
    assert world.kinds().count("customer_visit") == 1


def test_overdue_tasks_go_up_once_a_rung_and_are_told_in_one_letter(make: Make) -> None:
    world = make()
    database, company, clock = world.desk.database, world.desk.company, world.desk.clock
    due = world.task("verify_pickup").due_at
    clock.now = due + timedelta(minutes=15) - timedelta(seconds=1)
    assert escalate(database, company, clock) == 0
    clock.now = due + timedelta(minutes=15)
    assert escalate(database, company, clock) == 1
    assert escalate(database, company, clock) == 0
    task = world.task("verify_pickup")
    assert (task.role, task.rung) == ("supervisor", 1)
    clock.now = due + timedelta(minutes=60)
    assert escalate(database, company, clock) == 1
    assert (world.task("verify_pickup").role, world.task("verify_pickup").rung) == ("manager", 2)
    clock.now = due + timedelta(hours=6)
    assert escalate(database, company, clock) == 0  # nobody is above
    told = world.events("task_escalated")
    assert [(one["role"], one["rung"]) for one in told] == [("supervisor", 1), ("manager", 2)]


def test_nobody_is_told_at_night_and_what_is_in_hand_stays(make: Make) -> None:
    world = make()
    database, company, clock = world.desk.database, world.desk.company, world.desk.clock
    clock.now = local("24T21:00")
    assert escalate(database, company, clock) == 0
    clock.now = local("25T07:59")
    assert escalate(database, company, clock) == 0
    clock.now = local("25T08:00")
    actions.take(database, world.task("verify_pickup").id, "li", clock.now)
    assert escalate(database, company, clock) == 0
    world.wait(minutes=11)  # his lease has run out
    assert escalate(database, company, clock) == 1


def test_a_word_that_cannot_take_effect_is_refused_while_it_is_said(make: Make) -> None:
    """Not ten seconds later, when nobody looks any more."""
    world = make(TaskKind.CHECK_ARRIVAL)
    database, company, task = world.desk.database, world.desk.company, world.task("check_arrival")
    word = Word("li", "arrived", {"time": world.now - timedelta(days=3)})
    with pytest.raises(MoveRefused, match="早于提货"):
        lastword.say(database, task.id, word, world.now, company)
    assert world.task("check_arrival").attempts == 0
    assert world.shipment.stage == "picked_up"
    lastword.say(database, task.id, Word("li", "arrived", {}), world.now, company)
    assert world.shipment.stage == "picked_up"  # nothing has followed yet
    world.wait(seconds=11)
    assert lastword.settle(database, company, world.now) == 1
    assert world.shipment.stage == "arrived"


def test_cancelling_ends_the_shipment(make: Make) -> None:
    from followup import orderdesk

    world = make()
    orderdesk.cancel(world.desk.database, world.number, "li", world.now)
    world.desk.settle()
    shipment = world.shipment
    assert (shipment.stage, shipment.closed_why) == ("cancelled", "cancelled")
    assert forgotten(world) == []


def test_a_corrected_address_takes_the_letters_from_now_on(make: Make) -> None:
    world = make()
    refused = {
        "letter": 1,
        "purpose": "acknowledgement",
        "recipient": "wang@shipper.example",
        "reply": "550 no such user",
    }
    with world.desk.database.write() as session:
        record(session, [Entry(Happening.LETTER_REFUSED, world.now, order_id=world.order.id, details=refused)])
    world.desk.settle()
    assert world.task("fix_address").due_at == world.now + timedelta(minutes=30)
    with pytest.raises(NotUnderstood):
        world.say("fix_address", "corrected", note="客户告知", address="wang at shipper")
    world.say("fix_address", "corrected", note="客户告知", address="Wang.New@shipper.example")
    assert world.order.shipper_address == "wang.new@shipper.example"
    assert world.events("noted") == [{"words": "wang@shipper.example → Wang.New@shipper.example"}]
