"""Conversations by plain mail, in Chinese: mended, agreed to, changed, cancelled, asked about, reported."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from config.dispatchers import Dispatchers
from intake import customerbook
from intake.customers import CustomerTerms
from intake.mailbook import MailState
from intake.record import OrderState
from tests.route.talk import ORDER, SHIPPER, Talk, of, purposes

DISPATCHER = "dispatch-sh-west@consign.example"
NO_PHONE = ORDER.replace("联系方式：13900139002\n", "")
FAR = ORDER.replace("上海市静安区南京西路1266号", "江苏省昆山市玉山镇前进中路100号")  # pickup surcharge 80


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}:00+08:00")


# -- 1 mended by answering


def test_a_missing_line_is_mended_by_answering_with_that_line_alone(talk: Talk) -> None:
    letter = of(talk.write(NO_PHONE), "incomplete")
    assert talk.kinds() == ["complete_order"]
    talk.wait(minutes=20)
    letters = talk.answer(letter, "收货人电话：13900139002")
    assert purposes(letters) == ["acknowledgement", "work_order"]
    order = talk.order
    assert (order.state, order.revision, order.round) == (OrderState.ACCEPTED, 1, 2)
    assert order.form.consignee.phone == "13900139002"
    assert order.form.shipper.name == "王建国"
    assert order.ordered_at == local("24T09:19").replace(second=40)
    assert order.clear_at == local("24T09:20")
    assert talk.kinds() == ["verify_pickup"]


def test_the_whole_form_again_mends_as_well_and_makes_no_second_order(talk: Talk) -> None:
    letter = of(talk.write(NO_PHONE), "incomplete")
    letters = talk.answer(letter, ORDER)
    assert purposes(letters) == ["acknowledgement", "work_order"]
    assert talk.order.state is OrderState.ACCEPTED


@pytest.mark.parametrize(
    "answer", ["13900139002", "收货人电话13900139002", "电话是 139-0013-9002，谢谢", "★ 收货人电话：13900139002"]
)
def test_people_answer_without_the_form(talk: Talk, answer: str) -> None:
    letter = of(talk.write(NO_PHONE), "incomplete")
    assert purposes(talk.answer(letter, answer)) == ["acknowledgement", "work_order"]
    assert talk.order.form.consignee.phone == "13900139002"


def test_several_rounds(talk: Talk) -> None:
    letter = of(talk.write(NO_PHONE.replace("付费方式：到付\n", "")), "incomplete")
    letter = of(talk.answer(letter, "付费方式：到付"), "incomplete")
    assert talk.order.round == 2
    assert purposes(talk.answer(letter, "收货人电话：139 0013 9002")) == ["acknowledgement", "work_order"]
    assert (talk.order.state, talk.order.round) == (OrderState.ACCEPTED, 3)


def test_an_answer_without_references_is_found_by_token_number_or_subject(talk: Talk) -> None:
    letter = of(talk.write(NO_PHONE), "incomplete")
    talk.answer(letter, "收货人电话：13900139002", references=False)
    assert talk.order.state is OrderState.ACCEPTED


# -- 2 consent


def test_a_surcharge_above_the_limit_is_agreed_to_by_mail(talk: Talk) -> None:
    letter = of(talk.write(FAR), "confirm")
    assert "80" in letter.text
    assert talk.kinds() == ["confirm_with_customer"]
    talk.wait(minutes=90)
    letters = talk.answer(letter, "确认")
    assert purposes(letters) == ["acknowledgement", "work_order"]
    assert talk.order.state is OrderState.ACCEPTED
    assert talk.order.clear_at == talk.now  # the three minutes start at the confirmation
    assert talk.kinds() == ["verify_pickup"]


@pytest.mark.parametrize("words", ["太贵了，能便宜点吗", "不同意", "同意，但是明天再提"])
def test_anything_but_a_yes_goes_to_an_agent(talk: Talk, words: str) -> None:
    letter = of(talk.write(FAR), "confirm")
    assert talk.answer(letter, words) == []
    assert talk.order.state is OrderState.AWAITING_CONFIRMATION
    assert "review_mail" in talk.kinds()


def test_attack_9_a_yes_inside_the_quotation_is_none(talk: Talk) -> None:
    letter = of(talk.write(FAR), "confirm")
    assert "确认" in letter.text
    assert talk.answer(letter, "价格太高了") == []
    assert talk.order.state is OrderState.AWAITING_CONFIRMATION


def test_a_yes_from_somebody_else_changes_nothing(talk: Talk) -> None:
    letter = of(talk.write(FAR), "confirm")
    talk.answer(letter, "确认", sender="evil@other.example")
    assert talk.order.state is OrderState.AWAITING_CONFIRMATION


# -- 3 amendment and cancellation


def test_a_change_after_the_dispatch_is_a_new_revision_with_the_changes_marked(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    talk.wait(minutes=30)
    letters = talk.answer(acknowledgement, "不好意思，数量改为12件，其它不变。")
    work_order = of(letters, "work_order")
    assert work_order.subject.startswith(f"[WO {talk.order.number} r2]")
    assert "10" in work_order.text
    assert "→" in work_order.text
    assert talk.order.form.cargo.pieces == 12
    assert (talk.order.revision, talk.order.round) == (2, 1)
    assert talk.order.ordered_at > local("24T09:25")  # the deadline is reckoned from the final mail
    assert talk.kinds() == ["verify_pickup"]


def test_the_whole_form_again_with_the_word_that_it_changes_is_a_new_revision(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    letters = talk.answer(acknowledgement, "数量写错了，以此为准：\n" + ORDER.replace("10件", "8件"))
    assert of(letters, "work_order").subject.startswith(f"[WO {talk.order.number} r2]")
    assert talk.order.form.cargo.pieces == 8


def test_the_whole_form_again_without_a_word_is_asked(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    letters = talk.answer(acknowledgement, ORDER.replace("10件", "8件"))
    assert talk.orders()[0].number in of(letters, "confirm").text


def test_who_orders_again_by_answering_an_old_letter_gets_a_new_order(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    other = ORDER.replace("李晓明", "赵六").replace("13900139002", "13600136000").replace("杭州", "宁波")
    assert purposes(talk.answer(acknowledgement, other)) == ["acknowledgement", "work_order"]
    talk.wait(days=2)
    assert purposes(talk.answer(acknowledgement, ORDER.replace("10件", "8件"))) == ["acknowledgement", "work_order"]
    assert [order.state for order in talk.orders()] == [OrderState.ACCEPTED] * 3


def test_a_change_that_moves_the_pickup_stops_the_dispatcher_who_had_it(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    letters = talk.answer(acknowledgement, "提货地址改为：上海市徐汇区漕溪北路88号")
    assert of(letters, "work_order").recipient == "dispatch-sh-south@consign.example"
    assert of(letters, "stop_order").recipient == DISPATCHER
    assert "不要提货" in of(letters, "stop_order").text


def test_a_change_before_the_dispatch_is_judged_anew(talk: Talk) -> None:
    letter = of(talk.write(FAR), "confirm")
    letters = talk.answer(letter, "提货地址改为：上海市静安区南京西路1266号")
    assert purposes(letters) == ["acknowledgement", "work_order"]
    assert (talk.order.revision, talk.order.round) == (1, 2)


def test_what_was_agreed_to_once_is_not_asked_again(talk: Talk) -> None:
    letter = of(talk.write(FAR), "confirm")
    acknowledgement = of(talk.answer(letter, "同意"), "acknowledgement")
    talk.answer(acknowledgement, "收货人电话改为：13900139009")
    assert talk.order.state is OrderState.ACCEPTED
    assert talk.order.form.consignee.phone == "13900139009"


def test_a_cancellation_stops_the_dispatcher_and_is_confirmed(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    letters = talk.answer(acknowledgement, "这单取消，不发了")
    assert purposes(letters) == ["cancelled", "stop_order"]
    assert of(letters, "stop_order").recipient == DISPATCHER
    assert talk.order.state is OrderState.CANCELLED
    talk.answer(of(letters, "stop_order"), "收到")
    assert talk.kinds() == []
    assert talk.shipment.closed_at is not None


def test_after_the_pickup_a_change_or_cancellation_is_a_call(talk: Talk) -> None:
    letters = talk.write(ORDER)
    talk.wait(minutes=30)
    talk.answer(of(letters, "work_order"), "已提货")
    for words in ("这单取消，不发了", "数量改为12件"):
        talk.answer(of(letters, "acknowledgement"), words)
    assert talk.order.state is OrderState.ACCEPTED
    assert talk.order.form.cargo.pieces == 10
    assert talk.kinds().count("confirm_change") == 2


def test_attack_9_an_unproven_change_or_cancellation_changes_nothing(talk: Talk) -> None:
    talk.write(ORDER)
    number = talk.order.number
    for sender in (SHIPPER, "evil@other.example"):
        letters = talk.write(f"订单号 {number} 请取消，不发了。", subject=f"取消订单 {number}", sender=sender)
        assert {letter.recipient for letter in letters} <= {SHIPPER}
    talk.write(f"订单 {number} 提货地址改为上海市徐汇区漕溪北路88号", subject="改地址", sender="evil@other.example")
    assert talk.order.state is OrderState.ACCEPTED
    assert talk.order.revision == 1
    assert talk.kinds().count("confirm_change") == 3
    assert {task.phone for task in talk.tasks() if task.kind == "confirm_change"} == {"13800138001"}


# -- 4 threads


def test_an_ambiguous_mail_goes_to_a_person_with_the_candidates(talk: Talk) -> None:
    talk.write(ORDER, subject="发货一")
    talk.write(ORDER.replace("杭州", "宁波"), subject="发货二")
    talk.write("订单取消，不发了", subject="取消")
    assert [order.state for order in talk.orders()] == [OrderState.ACCEPTED] * 2
    task = talk.task("review_mail")
    assert all(order.number in task.why_values["candidates"] for order in talk.orders())


def test_an_answer_to_one_order_that_names_another_goes_to_a_person(talk: Talk) -> None:
    first = of(talk.write(ORDER), "acknowledgement")
    talk.write(ORDER.replace("杭州", "宁波"))
    other = talk.orders()[1].number
    talk.answer(first, f"订单 {other} 取消，不发了")
    assert [order.state for order in talk.orders()] == [OrderState.ACCEPTED] * 2
    assert other in talk.task("review_mail").why_values["candidates"]


# -- 5 dispatchers


def test_a_dispatcher_acknowledges_and_reports_the_pickup(talk: Talk) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    talk.wait(minutes=5)
    talk.answer(work_order, "已收到")
    assert talk.shipment.acknowledged_at == talk.now
    assert talk.kinds() == ["verify_pickup"]
    talk.wait(minutes=40)
    talk.answer(work_order, "已提货 9:40 司机 王师傅 13900001234 沪A12345")
    shipment = talk.shipment
    assert shipment.picked_up_at == local("24T09:40")
    assert (shipment.driver, shipment.driver_phone, shipment.vehicle) == ("王师傅", "13900001234", "沪A12345")
    assert sorted(talk.kinds()) == ["check_arrival", "coordinate_destination"]  # what follows from the pickup
    assert talk.kinds("closed") == ["verify_pickup"]


def test_not_yet_moves_the_call_to_the_promised_time(talk: Talk) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    talk.wait(minutes=30)
    talk.answer(work_order, "未提货，司机堵车，11点到")
    call = talk.task("verify_pickup")
    assert call.due_at == local("24T11:00")
    assert call.attempts == 1
    assert talk.shipment.expected_at == local("24T11:00")


def test_a_time_after_the_deadline_is_a_matter_for_a_person_now(talk: Talk) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    talk.answer(work_order, "未提货，18点到")
    assert talk.kinds() == ["handle_exception", "verify_pickup"]
    assert talk.task("verify_pickup").due_at == local("24T10:00")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("无法安排，今天没车", "phone_dispatcher"),
        ("地址不对，找不到", "confirm_change"),
        ("发货人说货没备好", "handle_exception"),
        ("这个货要两个人搬吗？", "review_mail"),
    ],
)
def test_a_problem_opens_a_task(talk: Talk, words: str, kind: str) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    talk.answer(work_order, words)
    assert talk.kinds() == sorted([kind, "verify_pickup"])


def test_english_and_a_client_without_references(talk: Talk) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    talk.wait(minutes=30)
    talk.answer(work_order, "Picked up at 9:20 am", references=False)
    assert talk.shipment.picked_up_at == local("24T09:20")


def test_attack_10_a_forged_pickup_leaves_the_call_open(talk: Talk) -> None:
    work_order = of(talk.write(ORDER), "work_order")
    number = talk.order.number
    talk.write("已提货", sender=DISPATCHER, subject=f"回复: [WO {number}]")  # address, no token
    talk.answer(work_order, "已提货", sender="evil@other.example")  # token, other address
    talk.write("已提货", sender="evil@other.example", subject=f"回复: [WO {number}] #aaaaaaaaaa")
    assert talk.shipment.picked_up_at is None
    assert talk.kinds() == ["review_mail", "review_mail", "review_mail", "verify_pickup"]


def test_a_shippers_token_makes_no_dispatcher(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    talk.answer(acknowledgement, "已提货", sender=DISPATCHER)
    assert talk.shipment.picked_up_at is None
    assert "review_mail" in talk.kinds()


def test_a_silent_dispatcher_gets_a_reminder_and_his_deputy_the_work_order(talk: Talk) -> None:
    talk.write(ORDER)
    talk.wait(minutes=14)
    assert talk.chase() == []
    talk.wait(minutes=1)
    letters = talk.chase()
    assert {(letter.purpose, letter.recipient) for letter in letters} == {
        ("work_order", "dispatch-sh-north@consign.example"),
        ("notice", DISPATCHER),
    }
    assert "周志远" in of(letters, "work_order").text
    assert "顾海燕" in of(letters, "notice").text
    talk.wait(minutes=30)
    assert talk.chase() == []
    talk.answer(of(letters, "work_order"), "已收到")
    assert talk.shipment.acknowledged_at == talk.now
    assert talk.kinds() == ["verify_pickup"]


def test_who_has_acknowledged_is_not_chased(talk: Talk) -> None:
    talk.answer(of(talk.write(ORDER), "work_order"), "收到，马上安排")
    talk.wait(minutes=20)
    assert talk.chase() == []


def test_a_silent_dispatcher_without_deputy_is_phoned(talk: Talk) -> None:
    alone = [replace(dispatcher, deputy=None) for dispatcher in talk.company.dispatchers]
    talk.company = replace(talk.company, dispatchers=Dispatchers(alone, talk.company.timezone))
    talk.write(ORDER)
    talk.wait(minutes=15)
    assert talk.chase() == []
    task = talk.task("phone_dispatcher")
    assert (task.why, task.whom, task.phone) == ("task_dispatcher_silent", "周志远", "13900000101")


def test_a_new_revision_is_acknowledged_anew(talk: Talk) -> None:
    letters = talk.write(ORDER)
    talk.answer(of(letters, "work_order"), "已收到")
    talk.wait(minutes=30)
    talk.answer(of(letters, "acknowledgement"), "数量改为12件")
    assert talk.shipment.acknowledged_at is None
    assert talk.chase() == []
    talk.answer(of(letters, "work_order"), "收到")  # of the first revision, too late
    assert talk.shipment.acknowledged_at is None
    talk.wait(minutes=15)
    assert purposes(talk.chase()) == ["notice", "work_order"]


def test_a_cancelled_order_is_chased_by_nobody(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    talk.answer(acknowledgement, "这单取消，不发了")
    talk.wait(hours=8)
    assert talk.chase() == []


def test_a_stop_order_that_nobody_acknowledges_becomes_a_call(talk: Talk) -> None:
    """SPEC 5: a stop order is chased like a work order; there is no deputy for it, so a person phones."""
    letters = talk.write(ORDER)
    talk.answer(of(letters, "acknowledgement"), "取消，不发了")
    call = talk.task("phone_dispatcher")
    assert (call.why, call.phone) == ("task_stop_order_silent", "13900000101")
    assert call.call_from == call.due_at == talk.now + timedelta(minutes=15)


def test_a_former_dispatcher_who_acknowledges_the_stop_is_not_called(talk: Talk) -> None:
    letters = talk.write(ORDER)
    moved = talk.answer(of(letters, "acknowledgement"), "提货地址改为：上海市徐汇区漕溪北路88号")
    assert talk.kinds() == ["phone_dispatcher", "verify_pickup"]
    talk.answer(of(moved, "work_order"), "已收到")
    assert talk.kinds() == ["phone_dispatcher", "verify_pickup"], "the word of the new one is not that of the former"
    talk.answer(of(moved, "stop_order"), "已收到")
    assert talk.kinds() == ["verify_pickup"]


def test_picked_up_although_it_was_stopped(talk: Talk) -> None:
    letters = talk.write(ORDER)
    stop = of(talk.answer(of(letters, "acknowledgement"), "取消，不发了"), "stop_order")
    talk.answer(stop, "收到")
    assert talk.kinds() == []
    talk.answer(of(letters, "work_order"), "已提货")
    assert talk.kinds() == ["phone_dispatcher"]


def test_a_dispatcher_who_was_stopped_acknowledges_nothing_of_the_other(talk: Talk) -> None:
    letters = talk.write(ORDER)
    moved = talk.answer(of(letters, "acknowledgement"), "提货地址改为：上海市徐汇区漕溪北路88号")
    talk.answer(of(moved, "stop_order"), "已收到")
    assert talk.shipment.acknowledged_at is None
    talk.answer(of(letters, "work_order"), "已提货")
    assert talk.shipment.picked_up_at is None
    assert talk.kinds() == ["phone_dispatcher", "verify_pickup"]
    talk.answer(of(moved, "work_order"), "已收到")
    assert talk.shipment.acknowledged_at == talk.now


def test_a_pickup_by_an_older_revision_is_looked_into(talk: Talk) -> None:
    letters = talk.write(ORDER)
    talk.answer(of(letters, "acknowledgement"), "数量改为12件")
    talk.answer(of(letters, "work_order"), "已提货")
    assert talk.shipment.picked_up_at is not None
    assert talk.task("phone_dispatcher").why == "task_picked_up_by_old_revision"


# -- 6 enquiries and complaints


def test_an_enquiry_is_answered_with_state_next_step_and_promise(talk: Talk) -> None:
    talk.write(ORDER)
    number = talk.order.number
    answer = of(talk.write(f"查件 {number}，什么时候来提货？", subject="查件"), "answer")
    assert answer.recipient == SHIPPER
    assert "15:00" in answer.text
    assert talk.state is MailState.ANSWERED


def test_an_enquiry_after_the_pickup_tells_when(talk: Talk) -> None:
    letters = talk.write(ORDER)
    talk.wait(minutes=30)
    talk.answer(of(letters, "work_order"), "已提货 9:20")
    answer = of(talk.answer(of(letters, "acknowledgement"), "催单：货到哪了？"), "answer")
    assert "9:20" in answer.text or "09:20" in answer.text


def test_a_stranger_learns_nothing_of_an_order(talk: Talk) -> None:
    talk.write(ORDER)
    assert talk.write(f"查件 {talk.order.number}", subject="查件", sender="evil@other.example") == []
    assert "review_mail" in talk.kinds()


def test_a_complaint_is_acknowledged_and_has_a_clock(talk: Talk) -> None:
    letters = talk.write(ORDER)
    letters = talk.answer(of(letters, "acknowledgement"), "投诉！货物破损，外包装都湿了，请尽快处理")
    assert "抱歉" in of(letters, "answer").text
    task = talk.task("handle_complaint")
    assert (task.due_at - talk.now).total_seconds() == 3600
    assert task.phone == "13800138001"


def test_a_complaint_outlives_its_order(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    talk.answer(acknowledgement, "投诉！司机态度恶劣")
    letters = talk.answer(acknowledgement, "这单取消，不发了")
    talk.answer(of(letters, "stop_order"), "收到")
    assert talk.order.state is OrderState.CANCELLED
    assert talk.kinds() == ["handle_complaint"]


def test_an_enquiry_beside_a_change_of_mind_is_no_cancellation(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    talk.answer(acknowledgement, "今天能来提货吗？来不了我再考虑要不要取消")
    assert talk.order.state is OrderState.ACCEPTED


def test_a_colleague_of_the_customer_may_speak_for_his_order_and_nobody_else(talk: Talk) -> None:
    with talk.database.write() as session:
        terms = [
            CustomerTerms(key="a", name="甲", domains=("shipper.example",)),
            CustomerTerms(key="b", name="乙", addresses=("li@other.example",)),
        ]
        customerbook.keep(talk.database, session, terms)
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    talk.answer(acknowledgement, "这单取消，不发了", sender="li@other.example")
    assert talk.order.state is OrderState.ACCEPTED
    talk.answer(acknowledgement, "这单取消，不发了", sender="zhang@shipper.example")
    assert talk.order.state.value == "cancelled"


def test_thanks_need_no_task(talk: Talk) -> None:
    acknowledgement = of(talk.write(ORDER), "acknowledgement")
    assert talk.answer(acknowledgement, "收到，谢谢") == []
    assert talk.kinds() == ["verify_pickup"]


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("请问从上海闵行发到杭州，10件，2方500公斤，运费多少？", "上海闵行 → 杭州"),
        ("报价：上海市静安区到宁波，300公斤 1.5方", "上海市静安区 → 宁波"),
        (
            "请报价\n提货地址：上海市闵行区申富路128号\n发往：南京\n货物状况：10件，2方，500公斤",
            "上海市闵行区申富路128号 → 南京",
        ),
        ("昆山发杭州一吨货什么价格", "昆山 → 杭州"),
        ("上海到南京 500kg 多少钱", "上海 → 南京"),
        ("How much is freight from Shanghai to Hangzhou, 500 kg, 2 cbm?", "Shanghai → Hangzhou"),
    ],
)
def test_a_quote_request_with_from_to_and_cargo_is_quoted(talk: Talk, text: str, way: str) -> None:
    letter = of(talk.write(text, subject="询价"), "answer")
    assert way in letter.text
    assert "¥" in letter.text
    assert talk.orders() == []
    assert talk.kinds() == []


@pytest.mark.parametrize(
    "text", ["运费多少？", "到杭州多少钱", "从上海到火星，500公斤，多少钱", "上海到杭州，运费怎么算"]
)
def test_a_quote_request_that_lacks_something_goes_to_a_person(talk: Talk, text: str) -> None:
    assert talk.write(text, subject="询价") == []
    assert talk.kinds() == ["review_mail"]


# -- 7 duplicates


def test_the_same_content_under_another_message_id_is_asked(talk: Talk) -> None:
    talk.write(ORDER)
    letter = of(talk.write(ORDER), "confirm")
    assert talk.orders()[0].number in letter.text
    assert talk.orders()[1].state is OrderState.AWAITING_CONFIRMATION
    talk.answer(letter, "确认")
    assert talk.orders()[1].state is OrderState.ACCEPTED


def test_attack_12_a_message_id_used_before_suppresses_nothing(talk: Talk) -> None:
    talk.write("你好", sender="evil@other.example", message_id="<guessed@shipper.example>")
    talk.write(ORDER, message_id="<guessed@shipper.example>")
    assert talk.order.state is OrderState.ACCEPTED
    assert len(talk.events("message_id_reused")) == 1


# -- 10 authenticity


@pytest.fixture
def guarded(talk: Talk) -> Talk:
    policy = talk.company.policy.model_copy(
        update={"trusted_authserv_id": "mx.consign.example", "border_host": "mx.consign.example"}
    )
    return Talk(talk.database, replace(talk.company, policy=policy), headers=border("pass"))


def border(result: str) -> dict[str, str]:
    return {
        "Authentication-Results": f"mx.consign.example; dmarc={result} header.from=shipper.example",
        "Received": "from out.example by mx.consign.example with ESMTPS",
    }


def test_attack_8_a_forged_order_is_no_order_and_not_answered(guarded: Talk) -> None:
    guarded.write(ORDER)
    guarded.headers = border("fail")
    assert guarded.write(ORDER.replace("到付", "月结").replace("杭州", "宁波")) == []
    assert len(guarded.orders()) == 1
    task = guarded.task("review_mail")
    assert task.why == "task_review_possible_forgery" or task.why == "task_possible_forgery"
    assert task.phone == "13800138001"  # the number on file


@pytest.mark.parametrize(("result", "state"), [("pass", OrderState.CANCELLED), ("none", OrderState.ACCEPTED)])
def test_where_evidence_is_asked_a_cancellation_needs_it(guarded: Talk, result: str, state: OrderState) -> None:
    acknowledgement = of(guarded.write(ORDER), "acknowledgement")
    guarded.headers = border(result)
    guarded.answer(acknowledgement, "这单取消，不发了")
    assert guarded.order.state is state


def test_an_account_is_charged_on_evidence(guarded: Talk) -> None:
    guarded.headers = border("none")
    letters = guarded.write(ORDER.replace("到付", "月结"))
    assert purposes(letters) == ["confirm"]
    assert guarded.order.state is OrderState.AWAITING_CONFIRMATION
