"""An order in random dress, written and read back."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.form import read_orders
from intake.lines import Line
from intake.units import quantities
from tests.intake.comparing import RULES

NAMES = ("张伟", "王秀英", "欧阳建国", "李娜", "陈大文", "Tom 邱", "Kevin Zhao")
PHONES = {
    "13800138000": ("13800138000", "138 0013 8000", "138-0013-8000", "+86 13800138000"),
    "0571-88886666": ("0571-88886666", "0571 88886666", "(0571)88886666"),
}
PAYMENTS = {
    "collect": ("到付", "运费到付"),
    "on_pickup": ("现付", "寄付"),
    "monthly": ("月结",),
    "on_receipt": ("回单付",),
}
LABELS = {
    "shipper": ("发货人", "托运人", "发 货 人", "發貨人"),
    "shipper_phone": ("发货电话", "发货人电话", "发货人手机"),
    "pickup": ("提货地址", "提货地点", "装货地址", "提貨地址"),
    "destination": ("发往", "到站", "目的地", "發往"),
    "consignee": ("收货人", "收货联系人", "收貨人"),
    "consignee_phone": ("收货电话", "收货人电话", "收貨人電話"),
    "payment": ("付费方式", "付款方式", "结算方式", "付費方式"),
    "pieces": ("件数", "数量", "总件数"),
    "weight": ("重量", "毛重", "总重量"),
}
COLONS = ("：", ":", ": ", " ： ")


@st.composite
def dressed(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    phones = draw(st.lists(st.sampled_from(sorted(PHONES)), min_size=2, max_size=2))
    payment = draw(st.sampled_from(sorted(PAYMENTS)))
    pieces, weight = draw(st.integers(1, 999)), draw(st.integers(1, 20000))
    shipper, consignee = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    values = {
        "shipper": shipper,
        "shipper_phone": draw(st.sampled_from(PHONES[phones[0]])),
        "pickup": "上海市松江区泗砖路88号2幢",
        "destination": "苏州",
        "consignee": consignee,
        "consignee_phone": draw(st.sampled_from(PHONES[phones[1]])),
        "payment": draw(st.sampled_from(PAYMENTS[payment])),
        "pieces": f"{pieces}{draw(st.sampled_from(('件', '箱', ' 托')))}",
        "weight": draw(
            st.sampled_from((f"{weight}kg", f"{weight}公斤", f"{weight * 2}斤", f"{Decimal(weight) / 1000}吨"))
        ),
    }
    order = draw(st.permutations(list(values)))
    colon = draw(st.sampled_from(COLONS))
    mark = draw(st.sampled_from(("\n", "\n\n", "，", "；", "  ")))
    text = mark.join(f"{draw(st.sampled_from(LABELS[name]))}{colon}{values[name]}" for name in order)
    if draw(st.booleans()):
        text = text.translate({ord("0") + n: ord("０") + n for n in range(10)})
    told = {"phones": phones, "payment": payment, "pieces": pieces, "weight": weight, "names": [shipper, consignee]}
    return text, told


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(dressed())
def test_an_order_in_any_dress_is_read_back(case: tuple[str, dict[str, object]]) -> None:
    text, told = case
    orders = read_orders([Line("text", n, line) for n, line in enumerate(text.split("\n"), 1)], RULES)
    assert len(orders) == 1
    form = orders[0].form
    assert [form.shipper.phone, form.consignee.phone] == told["phones"]
    assert [form.shipper.name, form.consignee.name] == told["names"]
    assert (form.cargo.pieces, form.cargo.weight_kg, form.payment) == (told["pieces"], told["weight"], told["payment"])
    assert (form.pickup_address, form.destination) == ("上海市松江区泗砖路88号2幢", "苏州")
    assert orders[0].problems == ()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=300))
def test_any_text_yields_amounts_that_are_positive_and_in_their_place(text: str) -> None:
    for quantity in quantities(text.lower()):
        assert (quantity.value is None) == bool(quantity.trouble)
        assert quantity.value is None or quantity.value > 0
        assert 0 <= quantity.start < quantity.end <= len(text.lower())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=400))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_orders([Line("text", n, line) for n, line in enumerate(text.split("\n"), 1)], RULES)
