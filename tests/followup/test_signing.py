"""The checklist of a signing (SPEC 9): documents, stamp, the name exactly as on the waybill."""

from datetime import UTC, datetime
from typing import Any

import pytest

from followup.signing import Signing, faults_of, untold, wants_stamp, written
from intake.orderform import Consignee
from tests.builders import form

AT = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


def faults(order: dict[str, Any] | None = None, **told: Any) -> set[str]:
    waybill = {"consignee": Consignee(name="杨民敬", phone="13900139002", company="宁波海通"), "receipt_copies": 1}
    said: dict[str, Any] = {"signer": "杨民敬", "at": AT, "document": True}
    signing = Signing(**(said | told))
    return set(faults_of(signing, form(**(waybill | (order or {})))))


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({}, set()),
        ({"signer": "杨 民 敬"}, set()),  # spaces are no letters
        ({"signer": "杨民敬　"}, set()),
        ({"signer": "宁波海通"}, set()),  # the consignee's company
        ({"signer": "杨明静"}, {"signing_other_name"}),  # sounds the same, is another
        ({"signer": "楊民敬"}, {"signing_other_name"}),  # nor is the other script the same name
        ({"signer": "杨民"}, {"signing_other_name"}),
        ({"signer": "杨民敬先生"}, {"signing_other_name"}),
        ({"signer": "杨明静", "change_letter": True}, set()),  # the shipper has named him instead
        ({"document": False}, {"signing_no_document"}),
        ({"signer": ""}, {"signing_no_name"}),
        ({"signer": " "}, {"signing_no_name"}),
        ({"signer": "王五", "proxy": True}, {"signing_no_consignee_document"}),
        ({"signer": "王五", "proxy": True, "consignee_document": True}, set()),
        (
            {"signer": "王五", "proxy": True, "document": False},
            {"signing_no_document", "signing_no_consignee_document"},
        ),
        ({"signer": "王五", "document": False}, {"signing_other_name", "signing_no_document"}),
    ],
)
def test_the_checklist(told: dict[str, Any], found: set[str]) -> None:
    assert faults(**told) == found


@pytest.mark.parametrize(
    ("order", "stamp", "found"),
    [
        ({"remarks": "回单盖公章"}, False, {"signing_no_stamp"}),
        ({"remarks": "回单盖公章"}, True, set()),
        ({"remarks": "回单请盖章", "receipt_copies": 0}, False, set()),  # no receipt, no stamp
        ({"remarks": "轻放"}, False, set()),
        ({"remarks": "please stamp the receipt"}, False, {"signing_no_stamp"}),
    ],
)
def test_a_stamp_only_where_the_receipt_asks_for_one(order: dict[str, Any], stamp: bool, found: set[str]) -> None:
    assert faults(order, stamp=stamp) == found
    assert wants_stamp(form(**({"receipt_copies": 1} | order))) is (bool(found) or stamp)


def test_a_signing_that_says_nothing_of_its_checks_is_asked_about() -> None:
    assert untold(Signing("李", AT))
    assert not untold(Signing("李", AT, document=False))


def test_full_width_and_spaces_do_not_make_another_name() -> None:
    assert written("ＡＢＣ 贸易") == written("ABC贸易")
