"""What may be altered without proof, what was agreed to, what speaks of the same goods."""

from decimal import Decimal

from config.quote import Charge, Quote
from intake.mending import dearer, overridden, same_shipment
from intake.message import Address, Block, Message
from intake.orderform import Consignee, OrderForm, Shipper
from intake.returned import failed_addresses, returned_letters
from intake.tokens import Audience, nonce
from tests.builders import form, verdict

SECRET = b"secret"
IDENTIFIER = f"<wo-20261124-0001-r1.1-{nonce(SECRET, '20261124-0001', 1, Audience.DISPATCHER)}@consign.example>"


def test_what_was_missing_may_be_added() -> None:
    before = form(consignee=Consignee(name="李晓明"))
    assert not overridden(before, form(), set())


def test_what_was_asked_for_may_be_altered_and_nothing_else() -> None:
    before, after = form(), form(shipper=Shipper(name="王建国", phone="13700137000"))
    assert overridden(before, after, set())
    assert not overridden(before, after, {"shipper.phone"})
    heavier = form(cargo=form().cargo.model_copy(update={"weight_kg": Decimal("600")}))
    assert not overridden(before, heavier, {"cargo.weight"})
    assert overridden(before, heavier, {"cargo.volume"})


def test_what_was_emptied_was_altered() -> None:
    assert overridden(form(), form(pickup_address=None), set())


def quoted(pickup: str) -> Quote:
    charges = (Charge(code="freight", amount=Decimal("900")), Charge(code="pickup", amount=Decimal(pickup)))
    return Quote(origin="上海市", destination="杭州市", transfers=0, days=1, charges=charges)


def test_consent_holds_as_long_as_the_surcharges_do_not_rise() -> None:
    agreed = verdict(quote=quoted("80"))
    assert not dearer(verdict(quote=quoted("80")), agreed)
    assert dearer(verdict(quote=quoted("80.01")), agreed)
    assert dearer(verdict(quote=None), agreed)


def test_another_consignee_in_another_city_is_another_shipment() -> None:
    other = form(consignee=Consignee(name="赵六", phone="13600136000"), destination="宁波")
    assert not same_shipment(form(), other)
    assert same_shipment(form(), form(destination="宁波"))
    assert same_shipment(form(), OrderForm(consignee=Consignee(phone="13600136000")))


def test_letters_that_came_back_are_named_in_the_report_or_quoted_in_its_text() -> None:
    report = Message(sender=None, bounced_message_ids=(IDENTIFIER, "<wo-forged-r1@x.example>"))
    text = Message(sender=None, blocks=(Block(part="html", role="own", lines=(f"Message-ID: {IDENTIFIER} 退回",)),))
    assert list(returned_letters(report, SECRET)) == list(returned_letters(text, SECRET)) == [IDENTIFIER]
    assert returned_letters(report, b"another secret") == {}


def test_addresses_of_a_notification_without_a_report_are_read_from_its_text() -> None:
    lines = ("收件人邮件地址（nosuch@qq.example）不存在", "来自 orders@consign.example")
    message = Message(
        sender=Address(address="postmaster@qq.example"), blocks=(Block(part="text", role="own", lines=lines),)
    )
    assert failed_addresses(message, frozenset({"orders@consign.example"})) == ["nosuch@qq.example"]
