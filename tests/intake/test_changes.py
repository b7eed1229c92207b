"""What a person enters field by field: read like a mail's fields; an empty text empties its field."""

from decimal import Decimal

import pytest

from intake.changes import changed_order
from intake.orderform import Payment, Problem, ProblemCode
from intake.record import OrderRecord, OrderState
from tests.builders import NOON, form, verdict


def order(**changes: object) -> OrderRecord:
    return OrderRecord(
        id=1,
        number="20261124-0001",
        revision=1,
        state=OrderState.ACCEPTED,
        channel="mail",
        form=form(remarks="下午提"),
        verdict=verdict(),
        ordered_at=NOON,
        arrived_at=NOON,
        **changes,
    )


def test_a_change_is_read_like_a_mails_field() -> None:
    read = changed_order(order(), {"cargo.weight": "1.2吨", "payment": "现付", "destination": "宁波"})
    assert (read.form.cargo.weight_kg, read.form.payment) == (Decimal("1200.0"), Payment.ON_PICKUP)
    assert read.form.destination == "宁波"
    assert read.form.shipper.name == "王建国"
    assert not read.problems


def test_an_empty_text_empties_its_field_and_what_is_required_is_missed() -> None:
    read = changed_order(order(), {"remarks": " ", "consignee.phone": ""})
    assert read.form.remarks is None
    assert [(problem.field, problem.code) for problem in read.problems] == [("consignee.phone", ProblemCode.MISSING)]


def test_a_problem_goes_with_the_change_that_mends_it() -> None:
    doubt = Problem(field="payment", code=ProblemCode.AMBIGUOUS, phrase="payment_two_meanings", words="提付")
    read = changed_order(order(problems=(doubt,)), {"payment": "到付"})
    assert not read.problems


@pytest.mark.parametrize("text", ["5", ""])
def test_a_field_that_the_form_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(KeyError):
        changed_order(order(), {"colour": text})
