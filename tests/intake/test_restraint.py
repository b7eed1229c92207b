"""Whom we never answer, and how often we answer anybody."""

from datetime import timedelta

import pytest

from intake.message import Address, Message
from intake.restraint import is_machine, not_to_be_answered, too_many
from tests.builders import NOON

OWN = frozenset({"orders@consign.example", "dingdan@consign.example"})


def mail(sender: str = "wang@shipper.example", **values: object) -> Message:
    return Message(sender=Address(address=sender), **values)


@pytest.mark.parametrize(
    ("message", "mark"),
    [
        (mail(), ""),
        (mail(headers={"auto-submitted": ("no",)}), ""),
        (mail(headers={"auto-submitted": ("auto-replied; owner-email=x",)}), "auto_submitted"),
        (mail(headers={"auto-submitted": ("AUTO-GENERATED",)}), "auto_submitted"),
        (mail(headers={"return-path": ("<>",)}), "null_path"),
        (mail(headers={"return-path": ("<wang@shipper.example>",)}), ""),
        (mail(headers={"precedence": ("Bulk",)}), "precedence"),
        (mail(headers={"precedence": ("first-class",)}), ""),
        (mail(headers={"x-autoreply": ("yes",)}), "machine_header"),
        (mail(headers={"list-id": ("<x.lists.example>",)}), "list"),
        (mail("dingdan@consign.example"), "own_address"),
        (mail(message_id="<re-mail-3-abcdefghij123456@consign.example>"), "own_message_id"),
        (mail(message_id="<re-20261124-0001-r1.1-abcdefghij123456@other.example>"), ""),
        (mail(subject="自动回复: [20261124-0001] 已受理"), "automatic_subject"),
        (mail(subject="Automatic reply: x"), "automatic_subject"),
        (mail(subject="回复: 自动回复功能"), ""),
    ],
)
def test_the_marks_of_a_machine(message: Message, mark: str) -> None:
    assert is_machine(message, OWN) == mark


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("wang@shipper.example", ""),
        ("", "no_address"),
        ("orders@consign.example", "own_address"),
        ("MAILER-DAEMON@shipper.example", "nobody_reads"),
        ("no-reply@shipper.example", "nobody_reads"),
        ("noreply+x1@shipper.example", "nobody_reads"),
        ("donotreply@shipper.example", "nobody_reads"),
        ("freight-bounces@lists.example", "nobody_reads"),
        ("norepley.wang@shipper.example", ""),
    ],
)
def test_addresses_that_are_never_answered(address: str, why: str) -> None:
    assert not_to_be_answered(address, OWN) == why


def test_two_answers_in_ten_minutes_and_ten_a_day() -> None:
    minute = timedelta(minutes=1)
    assert too_many([NOON - minute], NOON) == ""
    assert too_many([NOON - minute, NOON - 9 * minute], NOON) == "two_in_ten_minutes"
    assert too_many([NOON - minute, NOON - 10 * minute], NOON) == ""
    hours = [NOON - timedelta(hours=hour) for hour in range(1, 11)]
    assert too_many(hours, NOON) == "ten_a_day"
    assert too_many(hours[1:], NOON) == ""
    assert too_many([NOON - timedelta(days=2)] * 50, NOON) == ""
