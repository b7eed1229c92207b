"""The form that we send back is read again as it was meant: shippers mend an order by answering (SPEC 4)."""

import pytest

from dispatch import particulars, wording
from dispatch.letterhead import words
from intake.form import complete, read_changes, read_orders
from intake.lines import Line
from intake.orderform import OrderForm, Payment
from tests.dispatch.test_wording import FULL, PARTIAL, house, incomplete

READABLE = FULL.model_copy(
    update={
        "services": ("upstairs", "tail_lift"),
        "remarks": "到门口先打电话",
        # of one piece the form says nothing: it asks for the whole
        "cargo": FULL.cargo.model_copy(update={"piece_cm": None, "piece_kg": None}),
    }
)


def as_lines(text: str) -> list[Line]:
    return [Line("text", number, line) for number, line in enumerate(text.splitlines(), 1)]


def form_text(form: OrderForm, language: str, *, emptied: tuple[str, ...] = (), doubted: tuple[str, ...] = ()) -> str:
    tongue = words(language)
    lines = particulars.form_to_fill(form, emptied, doubted, tongue)
    return "\n".join(f"{'★ ' if line.asked else ''}{line.label}{tongue.colon}{line.value}" for line in lines)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("payment", list(Payment))
def test_what_was_read_is_read_again_the_same(language: str, payment: Payment) -> None:
    form = READABLE.model_copy(update={"payment": payment})
    (read,) = read_orders(as_lines(form_text(form, language, doubted=("cargo.pieces", "pickup_address"))))
    assert read.form == form
    assert read.problems == ()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_marked_line_left_empty_is_still_missing(language: str) -> None:
    asked = ("cargo.pieces", "consignee.phone", "payment")
    (read,) = read_orders(as_lines(form_text(READABLE, language, emptied=asked)))
    assert {(problem.field, problem.code.value) for problem in read.problems} == {(field, "missing") for field in asked}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_answering_with_the_marked_lines_alone_completes_the_order(language: str) -> None:
    (first,) = read_orders(as_lines(form_text(PARTIAL, language, emptied=("cargo.pieces", "consignee.phone"))))
    marked = [line for line in incomplete(language).text.splitlines() if line.startswith("★")]
    answers = ["10", "13900139002", "上海市闵行区莘庄镇七莘路1188号"]
    colon = words(language).colon
    answer = [
        line.split(colon.strip())[0] + colon + said
        for line, said in zip(marked, [answers[0], answers[2], answers[1]], strict=True)
    ]
    mended = complete(first, read_changes(as_lines("\n".join(answer))))
    assert mended.problems == ()
    assert mended.form.cargo.pieces == 10
    assert mended.form.consignee.phone == "13900139002"
    assert mended.form.pickup_address == "上海市闵行区莘庄镇七莘路1188号"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_form_for_a_picture_has_a_line_for_everything_required(language: str) -> None:
    letter = wording.ask_to_write("wang@shipper.example", "发货", "<m@x.example>", house(language))
    filled = dict(
        zip(
            [line for line in letter.text.splitlines() if line.startswith("★")],
            [
                "王建国",
                "13800138001",
                "10",
                "500 kg",
                "2 m³",
                "上海市静安区南京西路1号",
                "杭州",
                "李晓明",
                "13900139002",
                "到付",
            ],
            strict=True,
        )
    )
    (read,) = read_orders(as_lines("\n".join(label + said for label, said in filled.items())))
    assert read.problems == ()
    assert read.form.shipper.name == "王建国"
    assert read.form.consignee.phone == "13900139002"
