"""The tariff against a table computed by hand."""

from datetime import date
from decimal import Decimal

import pytest

from config.divisions import Divisions
from config.lanes import Lanes
from config.place import Place
from config.quote import Quote
from config.surcharges import Surcharges
from config.tariff import AgreedPrice, NoLane, Tariff, money
from intake.customers import CustomerTerms

LANES = """from,to,transfers,days,from_kg,price_kg,from_m3,price_m3,minimum
上海市,杭州市,0,1,,0.52,,110,60
上海市,杭州市,,,1000,0.48,4,101,
上海市,杭州市,,,3000,0.44,,,
上海市,浙江省,1,3,,0.75,,160,80
上海市,义乌市,0,1,,0.60,,128,70
上海市,*,3,9,,2.00,,400,200
上海市浦东新区,杭州市,0,1,,0.50,,100,50
江苏省,上海市,1,2,,0.40,,90,50
上海市,西藏自治区,2,12,,,,,
"""
SURCHARGES = """code,when,over,place,from,until,amount,per,minimum
fuel,always,,,2026-01-01,2026-06-30,4,percent,
fuel,always,,,2026-07-01,,3,percent,
season,always,,,2027-01-25,2027-02-12,10,percent,
upstairs,service,,,,,0.10,kg,30
tail_lift,service,,,,,45,shipment,
waiting,service,,,,,12.5,m3,
oversize,piece_cm,300,,,,60,piece,
oversize,piece_cm,500,,,,150,piece,
overweight,piece_kg,1000,,,,80,piece,
remote,place,,舟山市,,,40,shipment,
remote,place,,嵊泗县,,,120,shipment,
"""
SH, HZ = Place("上海市", "上海市", "静安区", None), Place("浙江省", "杭州市", None, None)
PUDONG = Place("上海市", "上海市", "浦东新区", "川沙新镇")
YIWU = Place("浙江省", "金华市", "义乌市", None)
NINGBO = Place("浙江省", "宁波市", None, None)
SHENGSI = Place("浙江省", "舟山市", "嵊泗县", None)
DINGHAI = Place("浙江省", "舟山市", "定海区", None)
BEIJING = Place("北京市", "北京市", None, None)
KUNSHAN = Place("江苏省", "苏州市", "昆山市", "玉山镇")
NOVEMBER = date(2026, 11, 24)


@pytest.fixture(scope="module")
def tariff() -> Tariff:
    divisions = Divisions.load()
    lanes, faults = Lanes.parse(LANES, "lanes.csv", divisions)
    surcharges, more = Surcharges.parse(SURCHARGES, "surcharges.csv", divisions)
    assert faults + more == []
    return Tariff(lanes, surcharges)


def quoted(tariff: Tariff, origin: Place, destination: Place, pieces: int, kg: str, m3: str, **more: object) -> Quote:
    values: dict[str, object] = {"on": NOVEMBER} | more
    quote = tariff.quote(
        origin,
        destination,
        pieces=pieces,
        weight_kg=Decimal(kg) if kg else None,
        volume_m3=Decimal(m3) if m3 else None,
        **values,  # type: ignore[arg-type]  # each key has its own type
    )
    assert isinstance(quote, Quote)
    return quote


# origin, destination, pieces, kg, m³ -> freight, its row, fuel, total
TABLE = [
    (SH, HZ, 10, "500", "2", "260.00", "lanes.csv:2", "7.80", "267.80"),  # 500 × 0.52 > 2 × 110
    (SH, HZ, 10, "100", "2", "220.00", "lanes.csv:2", "6.60", "226.60"),  # 2 × 110 > 100 × 0.52
    (SH, HZ, 5, "60", "0.5", "60.00", "lanes.csv:2", "1.80", "61.80"),  # minimum
    (SH, HZ, 5, "", "0.5", "60.00", "lanes.csv:2", "1.80", "61.80"),  # 55 < minimum
    (SH, HZ, 5, "999.9", "", "519.95", "lanes.csv:2", "15.60", "535.55"),  # 519.948; 15.5985
    (SH, HZ, 5, "1000", "", "480.00", "lanes.csv:3", "14.40", "494.40"),  # the step begins at 1000
    (SH, HZ, 5, "2999", "", "1439.52", "lanes.csv:3", "43.19", "1482.71"),
    (SH, HZ, 5, "3000", "", "1320.00", "lanes.csv:4", "39.60", "1359.60"),
    (SH, HZ, 5, "", "3.999", "439.89", "lanes.csv:2", "13.20", "453.09"),
    (SH, HZ, 5, "", "4", "404.00", "lanes.csv:3", "12.12", "416.12"),
    (SH, HZ, 5, "3000", "14", "1414.00", "lanes.csv:3", "42.42", "1456.42"),  # volume has no third step: 14 × 101
    (PUDONG, HZ, 1, "500", "1", "250.00", "lanes.csv:8", "7.50", "257.50"),  # its own row
    (SH, YIWU, 1, "500", "1", "300.00", "lanes.csv:6", "9.00", "309.00"),  # county before province
    (SH, NINGBO, 1, "500", "1", "375.00", "lanes.csv:5", "11.25", "386.25"),  # the rest of the province
    (SH, BEIJING, 1, "500", "1", "1000.00", "lanes.csv:7", "30.00", "1030.00"),  # everywhere else
    (KUNSHAN, SH, 1, "500", "3", "270.00", "lanes.csv:9", "8.10", "278.10"),  # from anywhere in Jiangsu
    (SH, HZ, 1, "115.395", "", "60.01", "lanes.csv:2", "1.80", "61.81"),  # 60.0054 rounds up
    (SH, HZ, 1, "0.001", "0.001", "60.00", "lanes.csv:2", "1.80", "61.80"),
    (SH, DINGHAI, 1, "500", "1", "375.00", "lanes.csv:5", "11.25", "426.25"),  # with 40 remote
    (SH, SHENGSI, 1, "500", "1", "375.00", "lanes.csv:5", "11.25", "506.25"),  # 120 in place of 40
]


@pytest.mark.parametrize(("origin", "destination", "pieces", "kg", "m3", "freight", "row", "fuel", "total"), TABLE)
def test_quotes_by_hand(
    tariff: Tariff,
    origin: Place,
    destination: Place,
    pieces: int,
    kg: str,
    m3: str,
    freight: str,
    row: str,
    fuel: str,
    total: str,
) -> None:
    quote = quoted(tariff, origin, destination, pieces, kg, m3)
    assert (quote.charges[0].code, str(quote.charges[0].amount), quote.charges[0].row) == ("freight", freight, row)
    assert (quote.charges[1].code, str(quote.charges[1].amount), quote.charges[1].row) == (
        "fuel",
        fuel,
        "surcharges.csv:3",
    )
    assert str(quote.total) == total


@pytest.mark.parametrize(
    ("more", "code", "amount", "row"),
    [
        ({"services": ("upstairs",)}, "upstairs", "50.00", 5),  # 500 × 0.10
        ({"services": ("tail_lift",)}, "tail_lift", "45.00", 6),
        ({"services": ("waiting",)}, "waiting", "25.00", 7),  # 2 m³ × 12.5
        ({"piece_cm": (Decimal(301), Decimal(50), Decimal(50))}, "oversize", "600.00", 8),  # 10 pieces × 60
        ({"piece_cm": (Decimal(40), Decimal(50), Decimal("500.5"))}, "oversize", "1500.00", 9),
        ({"piece_kg": Decimal(1001)}, "overweight", "800.00", 10),
        ({"on": date(2026, 6, 30)}, "fuel", "10.40", 2),  # 260 × 4%
        ({"on": date(2026, 7, 1)}, "fuel", "7.80", 3),
        ({"on": date(2027, 1, 25)}, "season", "26.00", 4),
        ({"on": date(2027, 2, 12)}, "season", "26.00", 4),
    ],
)
def test_surcharges_when_they_hold(tariff: Tariff, more: dict[str, object], code: str, amount: str, row: int) -> None:
    charges = {charge.code: charge for charge in quoted(tariff, SH, HZ, 10, "500", "2", **more).charges}
    assert (str(charges[code].amount), charges[code].row) == (amount, f"surcharges.csv:{row}")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"piece_cm": (Decimal(300), Decimal(300), Decimal(300))},  # over, not from
        {"piece_kg": Decimal(1000)},
        {"services": ("gift_wrapping",)},
        {"on": date(2027, 1, 24)},
        {"on": date(2027, 2, 13)},
    ],
)
def test_surcharges_when_they_do_not(tariff: Tariff, more: dict[str, object]) -> None:
    assert {charge.code for charge in quoted(tariff, SH, HZ, 10, "500", "2", **more).charges} == {"freight", "fuel"}


def test_no_fuel_before_the_first_date(tariff: Tariff) -> None:
    quote = quoted(tariff, SH, HZ, 10, "500", "2", on=date(2025, 12, 31))
    assert [charge.code for charge in quote.charges] == ["freight"]


def test_a_piece_weighs_at_least_the_average(tariff: Tariff) -> None:
    assert "overweight" in {c.code for c in quoted(tariff, SH, HZ, 3, "3003", "2").charges}
    assert "overweight" not in {c.code for c in quoted(tariff, SH, HZ, 3, "3000", "2").charges}


def test_the_areas_surcharges_name_their_rows(tariff: Tariff) -> None:
    quote = quoted(
        tariff,
        SH,
        HZ,
        10,
        "500",
        "2",
        pickup_surcharge=Decimal(80),
        pickup_row="areas.csv:70",
        delivery_surcharge=Decimal("30.5"),
        delivery_row="areas.csv:71",
    )
    assert [(c.code, str(c.amount), c.row) for c in quote.charges] == [
        ("freight", "260.00", "lanes.csv:2"),
        ("fuel", "7.80", "surcharges.csv:3"),
        ("pickup", "80.00", "areas.csv:70"),
        ("delivery", "30.50", "areas.csv:71"),
    ]
    assert quote.surcharges == Decimal("110.50")
    assert quote.total == Decimal("378.30")


def test_a_lane_tells_transfers_and_days(tariff: Tariff) -> None:
    quote = quoted(tariff, KUNSHAN, SH, 1, "500", "3")
    assert (quote.origin, quote.destination, quote.transfers, quote.days) == ("苏州市", "上海市", 1, 2)
    assert quote.lane_row == "lanes.csv:9"


def test_a_lane_to_a_county_level_city_is_called_by_it(tariff: Tariff) -> None:
    assert quoted(tariff, SH, YIWU, 1, "500", "1").destination == "义乌市"
    assert quoted(tariff, PUDONG, NINGBO, 1, "500", "1").destination == "宁波市"


def test_no_lane_and_no_price_are_told_apart(tariff: Tariff) -> None:
    def ask(origin: Place, destination: Place) -> Quote | NoLane:
        return tariff.quote(origin, destination, pieces=1, weight_kg=Decimal(1), volume_m3=None, on=NOVEMBER)

    assert ask(BEIJING, HZ) == NoLane("no_lane")
    unpriced = ask(SH, Place("西藏自治区", "拉萨市", None, None))
    assert isinstance(unpriced, NoLane)
    assert unpriced.code == "lane_without_price"


def customer(**price: object) -> CustomerTerms:
    values: dict[str, object] = {"origin": ("上海市",), "destination": ("浙江省", "杭州市")} | price
    return CustomerTerms(key="acme", name="Acme", prices=(AgreedPrice.model_validate(values),))


@pytest.mark.parametrize(
    ("price", "kg", "m3", "freight", "row"),
    [
        ({"price_kg": Decimal("0.40")}, "500", "1", "200.00", "customer:acme"),  # replaces every step
        ({"price_kg": Decimal("0.40")}, "5000", "1", "2000.00", "customer:acme"),
        ({"price_kg": Decimal("0.40")}, "100", "2", "220.00", "lanes.csv:2"),  # the volume price stays
        ({"price_m3": Decimal("90")}, "100", "2", "180.00", "customer:acme"),
        ({"minimum": Decimal("20")}, "60", "0.1", "31.20", "lanes.csv:2"),
        ({"minimum": Decimal("99")}, "60", "0.1", "99.00", "customer:acme"),
        ({"discount": Decimal("5")}, "500", "2", "247.00", "customer:acme"),
        ({"discount": Decimal("50")}, "200", "1", "60.00", "lanes.csv:2"),  # not below the minimum
        ({"price_kg": Decimal("0.40"), "destination": ("浙江省", "宁波市")}, "500", "1", "260.00", "lanes.csv:2"),
        ({"price_kg": Decimal("0.40"), "origin": (), "destination": ()}, "500", "1", "200.00", "customer:acme"),
        ({"price_kg": Decimal("0.40"), "last": date(2026, 11, 23)}, "500", "1", "260.00", "lanes.csv:2"),
        ({"price_kg": Decimal("0.40"), "last": NOVEMBER, "first": NOVEMBER}, "500", "1", "200.00", "customer:acme"),
    ],
)
def test_agreed_prices(tariff: Tariff, price: dict[str, object], kg: str, m3: str, freight: str, row: str) -> None:
    charge = quoted(tariff, SH, HZ, 1, kg, m3, customer=customer(**price)).charges[0]
    assert (str(charge.amount), charge.row) == (freight, row)


def test_the_most_specific_agreement_holds(tariff: Tariff) -> None:
    wide = AgreedPrice(price_kg=Decimal("0.9"))
    near = AgreedPrice(destination=("浙江省", "杭州市"), price_kg=Decimal("0.8"))
    terms = CustomerTerms(key="acme", name="Acme", prices=(near, wide))
    assert quoted(tariff, SH, HZ, 1, "500", "1", customer=terms).charges[0].amount == Decimal("400.00")


def test_an_agreement_prices_a_lane_without_price(tariff: Tariff) -> None:
    terms = customer(destination=(), price_kg=Decimal(3), price_m3=Decimal(600))
    quote = quoted(tariff, SH, Place("西藏自治区", "拉萨市", None, None), 1, "100", "0.1", customer=terms)
    assert quote.charges[0].amount == Decimal("300.00")


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("1.125", "1.13"), ("-1.125", "-1.13"), ("60", "60.00")],
)
def test_money_is_rounded_half_up(amount: str, rounded: str) -> None:
    assert str(money(Decimal(amount))) == rounded
