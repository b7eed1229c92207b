"""Shippers and dispatchers of a simulation: they know mail and nothing else. What comes to them, they answer or not."""

import re
from collections.abc import Callable
from datetime import timedelta
from random import Random

from config.database import Database
from consign.simulation import rules
from consign.simulation.clockwork import Clockwork
from consign.simulation.count import Ledger, WorkOrderSeen
from consign.simulation.mailing import Mailing, Received
from consign.simulation.script import Flaw, Story, Trouble
from dispatch.draft import Purpose
from followup import satisfaction
from followup.satisfaction import Opinion

_PHONE = re.compile(r"138\d{8}")
LINK_SHARE = 0.25  # of the customers who follow the link and give their score there


class People:
    """Everybody outside the house."""

    def __init__(self, database: Database, clock: Clockwork, rng: Random, stories: list[Story], address: str) -> None:
        self.database, self.clock, self.rng, self.address = database, clock, rng, address
        self.by_phone = {story.phone: story for story in stories}
        self.by_number: dict[str, Story] = {}
        self.ledger = Ledger()
        self.mailing: Mailing  # set by the week, which lets the letters pass to `received`

    # -- shippers

    def send_order(self, story: Story) -> None:
        """The order mail, or a mail that is none."""
        if story.flaw is Flaw.NO_ORDER:
            text = f"你们好，想了解一下到{story.city}的长期合作，每周两次，麻烦联系 {story.phone}"
            self.mailing.write(story.mail, self.address, "咨询合作", text)
            return
        phone = "" if story.flaw is Flaw.NO_PHONE else f"联系方式：{story.consignee_phone}\n"
        text = (
            f"您好，请安排提货：\n发货人：{story.shipper}\n联系方式：{story.phone}\n"
            f"货物状况：{story.goods}，{story.pieces}件，{story.weight}公斤\n提货地址：{story.address}\n"
            f"发往：{story.city}\n收货人：{story.consignee}\n{phone}付费方式：{story.payment}\n"
            + (f"回单：{story.copies}份\n" if story.copies else "")
        )
        self.mailing.write(story.mail, self.address, f"发货 {story.shipper}发{story.city} {story.place}", text)

    def received(self, letter: Received) -> None:
        """A letter of ours was opened."""
        found = self.by_number.get(letter.number) or self._known_by_phone(letter)
        if found is None:
            return  # to the supervisor, or about no order
        if letter.number and not found.number:
            found.number = letter.number
            self.by_number[letter.number] = found
        if letter.recipient == found.mail:
            self._shipper(found, letter)
        elif letter.purpose in (Purpose.WORK_ORDER, Purpose.STOP_ORDER):
            self._dispatcher(found, letter)

    def _known_by_phone(self, letter: Received) -> Story | None:
        return next((self.by_phone[each] for each in _PHONE.findall(letter.text) if each in self.by_phone), None)

    def _shipper(self, story: Story, letter: Received) -> None:
        if letter.purpose is Purpose.INCOMPLETE and story.answers_by_mail:
            self._answer(story, letter, f"收货人电话：{story.consignee_phone}", self.rng.uniform(3, 25))
        elif letter.purpose is Purpose.CONFIRM and story.answers_by_mail and story.agrees:
            self._answer(story, letter, "确认", self.rng.uniform(2, 12))
        elif letter.purpose is Purpose.ACKNOWLEDGEMENT and story.cancels:
            self._answer(story, letter, "订单取消，不用提了", self.rng.uniform(2, 8))
        elif letter.purpose is Purpose.NOTICE and "签收" in letter.text and not story.notes.get("delivery"):
            story.notes["delivery"] = self.clock.now
            self._after_delivery(story, letter)

    def _after_delivery(self, story: Story, letter: Received) -> None:
        if story.complains:
            self._answer(story, letter, "我要投诉，送货的师傅态度很差，货也晚了", self.rng.uniform(30, 300))
        elif "opinion" in letter.text and self.rng.random() < LINK_SHARE:
            given = Opinion(story.score, "")
            number = story.number

            def give() -> None:
                if satisfaction.by_link(self.database, number, given, self.clock.now):
                    self.ledger.links.append(given.score)

            self.clock.at(self.clock.now + timedelta(minutes=self.rng.uniform(5, 600)), give)

    def _answer(self, story: Story, letter: Received, words: str, minutes: float) -> None:
        """The shipper answers after so many minutes."""

        def write() -> None:
            self.mailing.write(story.mail, self.address, f"回复：{letter.subject}", words, letter.message_id)
            if letter.purpose in (Purpose.INCOMPLETE, Purpose.CONFIRM):
                story.notes["clear"] = self.clock.now

        self.clock.at(self.clock.now + timedelta(minutes=minutes), write)

    # -- dispatchers

    def _dispatcher(self, story: Story, letter: Received) -> None:
        if letter.purpose is Purpose.STOP_ORDER:
            story.notes["stopped"] = self.clock.now
            self._reply(letter, "已收到", 3)
            return
        again = "pickup planned" in story.notes  # to the deputy: his three minutes begin when the letter is written
        clear_at = letter.written_at if again else story.notes.get("clear", story.sent_at)
        self.ledger.work_orders.append(WorkOrderSeen(story, clear_at, letter.at))
        if story.acknowledges_after is not None:
            self._reply(letter, "已收到", story.acknowledges_after.total_seconds() / 60)
        if not again:
            self._plan_pickup(story, letter)

    def _plan_pickup(self, story: Story, letter: Received) -> None:
        """By when the goods must be picked up, by the company's own table, and when they will be."""
        now = self.clock.now
        ordered = story.notes.get("clear", story.sent_at)
        story.pickup_by = rules.pickup_by(ordered, story.pickup.zone)
        span = max(story.pickup_by - now, timedelta(minutes=30))
        at = rules.in_working_hours(now + timedelta(minutes=20) + span * story.pickup_share)
        if story.pickup_share <= 1 and at > story.pickup_by:
            at = max(story.pickup_by - timedelta(minutes=3), now + timedelta(minutes=15))
        if story.trouble is Trouble.PROBLEM_AT_PICKUP:
            at = rules.in_working_hours(max(at, story.pickup_by) + timedelta(hours=20))
        story.notes["pickup planned"] = at
        self.clock.at(at, lambda: self._pick_up(story, letter))

    def _pick_up(self, story: Story, letter: Received) -> None:
        if "stopped" in story.notes:
            return
        now = story.picked_up_at = self.clock.now.replace(second=0, microsecond=0)
        story.arrives_at = rules.arrives_at(now, story.city, story.late_days)
        story.signed_at = rules.in_working_hours(story.arrives_at + story.signs_after)
        if story.reports_by_mail:

            def told() -> None:
                self.ledger.pickup_mails.setdefault(story.place, self.clock.now)

            self._reply(letter, f"已提货 {rules.local(now):%H:%M} 司机王师傅", self.rng.uniform(1, 10), told)

    def _reply(
        self, letter: Received, words: str, minutes: float, afterwards: Callable[[], None] = lambda: None
    ) -> None:
        def write() -> None:
            afterwards()
            subject = f"回复：{letter.subject}"
            self.mailing.write(letter.recipient, self.address, subject, words, letter.message_id)

        self.clock.at(self.clock.now + timedelta(minutes=minutes), write)
