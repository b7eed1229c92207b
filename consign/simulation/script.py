"""What the people of a simulation say and do: drawn from a seed before anything happens, so that it can be counted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from config.zone import Zone

SURNAMES, GIVEN = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗", "建国志强秀英晓明海燕文博雨桐俊杰思远佳慧立新永福"
GOODS = ("五金配件", "纺织面料", "电子元件", "日用百货", "文具", "汽车配件", "塑料粒子", "家具", "包装材料", "服装")


@dataclass(frozen=True)
class Place:
    """Where goods are picked up."""

    address: str
    zone: Zone


PICKUPS = (
    Place("上海市静安区南京西路{n}号", Zone.URBAN),
    Place("上海市普陀区桃浦镇真南路{n}号", Zone.URBAN),
    Place("上海市徐汇区漕溪北路{n}号", Zone.URBAN),
    Place("上海市杨浦区黄兴路{n}号", Zone.URBAN),
    Place("上海市浦东新区陆家嘴街道世纪大道{n}号", Zone.URBAN),
    Place("上海市青浦区华新镇华志路{n}号", Zone.SUBURBAN),
    Place("上海市宝山区月浦镇德都路{n}号", Zone.SUBURBAN),
    Place("上海市松江区九亭镇涞坊路{n}号", Zone.SUBURBAN),
)
FAR = Place("江苏省昆山市玉山镇城北中路{n}号", Zone.SUBURBAN)  # its surcharge must be agreed to
OUTSIDE = Place("黑龙江省哈尔滨市南岗区学府路{n}号", Zone.OUTSIDE)
CITIES = ("杭州", "杭州", "宁波", "苏州", "南京", "无锡", "合肥", "常州", "上海")


class Flaw(StrEnum):
    """What is wrong with an order mail."""

    NONE = "none"
    NO_PHONE = "no_phone"  # the consignee's is missing: mended by an answer, or by a call
    SURCHARGE = "surcharge"
    PROHIBITED = "prohibited"
    OUTSIDE = "outside"
    NO_ORDER = "no_order"  # a mail that a person must read


# How many of a thousand mails.
FLAWS = ((Flaw.NO_PHONE, 50), (Flaw.SURCHARGE, 40), (Flaw.PROHIBITED, 8), (Flaw.OUTSIDE, 12), (Flaw.NO_ORDER, 15))


class Trouble(StrEnum):
    """What goes wrong on the way."""

    NONE = "none"
    LATE = "late"  # arrives days after it was promised
    DAMAGED = "damaged"  # found at the arrival
    PROBLEM_AT_PICKUP = "problem_at_pickup"


@dataclass
class Story:
    """One order as it will go: drawn at the beginning; what became of it is noted as it goes."""

    place: int
    sent_at: datetime
    flaw: Flaw
    pickup: Place
    address: str
    city: str
    shipper: str
    phone: str  # of the shipper: by it the people know the order again
    mail: str
    consignee: str
    consignee_phone: str
    goods: str
    pieces: int
    weight: int
    payment: str
    copies: int
    key_customer: bool
    answers_by_mail: bool  # mends and agrees by mail; otherwise somebody must call
    agrees: bool
    acknowledges_after: timedelta | None  # the dispatcher; None: he never does
    pickup_share: float  # where between order and deadline the goods are picked up; above 1: too late
    reports_by_mail: bool  # the dispatcher tells of the pickup by mail
    trouble: Trouble
    late_days: int
    signs_after: timedelta
    receipt_days: float
    receipt_defective: bool
    receipt_lost: bool
    score: int
    complains: bool
    cancels: bool
    # what became of it
    number: str = ""
    pickup_by: datetime | None = None
    picked_up_at: datetime | None = None
    arrives_at: datetime | None = None
    signed_at: datetime | None = None
    defects_seen: int = 0
    notes: dict[str, datetime] = field(default_factory=dict)

    @property
    def stays(self) -> bool:
        """Whether pickup and delivery are in one city: then there is no station on the way."""
        return self.address.startswith(self.city)


def workload(rng: Random, first: datetime, days: int, orders: int) -> list[Story]:
    """`orders` stories over `days` days from `first` (midnight, in the company's zone), most in office hours."""
    moments = sorted(first + timedelta(days=rng.randrange(days), seconds=_second(rng)) for _ in range(orders))
    return [_story(rng, place, at) for place, at in enumerate(moments)]


def _second(rng: Random) -> int:
    """A second of the day: two humps in office hours, a few mails at night."""
    if rng.random() < 0.04:
        return rng.randrange(86400)
    hump = rng.gauss(10.3, 1.2) if rng.random() < 0.6 else rng.gauss(15.2, 1.3)
    return int(min(max(hump, 7.0), 20.0) * 3600)


def _flaw(rng: Random) -> Flaw:
    drawn = rng.randrange(1000)
    for flaw, share in FLAWS:
        drawn -= share
        if drawn < 0:
            return flaw
    return Flaw.NONE


def _name(rng: Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, 2))


def _story(rng: Random, place: int, at: datetime) -> Story:
    flaw = _flaw(rng)
    pickup = {Flaw.SURCHARGE: FAR, Flaw.OUTSIDE: OUTSIDE}.get(flaw) or rng.choice(PICKUPS)
    customer = rng.randrange(60)
    trouble = rng.choices(list(Trouble), (88, 7, 2, 3))[0]
    return Story(
        place=place,
        sent_at=at,
        flaw=flaw,
        pickup=pickup,
        address=pickup.address.format(n=rng.randrange(1, 3000)),
        city=rng.choice(CITIES),
        shipper=_name(rng),
        phone=f"138{place:08d}",
        mail=f"shipper{customer}@customer{customer}.example",
        consignee=_name(rng),
        consignee_phone=f"139{place:08d}",
        goods="烟花爆竹" if flaw is Flaw.PROHIBITED else rng.choice(GOODS),
        pieces=rng.randrange(1, 60),
        weight=rng.randrange(20, 1500),
        payment=rng.choice(("到付", "现付", "回单付")),
        copies=rng.choice((0, 1, 1, 2)),
        key_customer=customer < 6,
        answers_by_mail=rng.random() < 0.6,
        agrees=rng.random() < 0.88,
        acknowledges_after=timedelta(minutes=rng.uniform(0.5, 12)) if rng.random() < 0.97 else None,
        pickup_share=min(max(rng.gauss(0.6, 0.22), 0.05), 1.6),
        reports_by_mail=rng.random() < 0.45,
        trouble=trouble,
        late_days=rng.randrange(1, 4) if trouble is Trouble.LATE else 0,
        signs_after=timedelta(hours=rng.uniform(2, 30)),
        receipt_days=max(rng.gauss(6, 3.5), 1.0),
        receipt_defective=rng.random() < 0.04,
        receipt_lost=rng.random() < 0.005,
        score=rng.choices((1, 2, 3, 4, 5), (1, 2, 8, 34, 55))[0],
        complains=rng.random() < 0.01,
        cancels=rng.random() < 0.01,
    )
