"""Sample mails for the demo: one of each kind of order that a desk meets, as shippers write them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

FORM = """发货人:{shipper}
联系方式:{phone}
货物状况:{cargo}
提货地址:{pickup}
发往:{to}
收货人:{consignee}
联系方式:{consignee_phone}
付费方式:{payment}
"""


@dataclass(frozen=True)
class Sample:
    """A mail to come, and in a few words what it shows."""

    shows: str
    octets: bytes


@dataclass(frozen=True)
class Says:
    """What one sample order says; the defaults make a good one."""

    shows: str
    shipper: str = "王建国"
    phone: str = "13800138001"
    cargo: str = "五金配件,数量10件、体积2立方、重量500公斤"
    pickup: str = "上海市静安区南京西路1688号"
    to: str = "杭州"
    consignee: str = "李晓明"
    consignee_phone: str = "13900139002"
    payment: str = "到付"
    charset: str = "utf-8"


SAYS = (
    Says("a good order"),
    Says(
        "GB18030, a rare name",
        shipper="龚䶮",
        phone="15021345678",
        pickup="上海市普陀区桃浦镇真南路1199弄16号",
        to="苏州",
        cargo="纸箱5件,75公斤,0.4方",
        charset="gb18030",
    ),
    Says(
        "the consignee's phone is missing",
        shipper="崔浩",
        phone="13922220001",
        consignee_phone="",
        pickup="上海市黄浦区中华路1600号",
        to="南昌",
    ),
    Says(
        "outside the service area",
        shipper="赵磊",
        phone="13788880001",
        pickup="黑龙江省哈尔滨市南岗区学府路74号",
        to="上海",
    ),
    Says("prohibited cargo", shipper="孙丽", phone="13688880002", cargo="烟花爆竹,数量20件、体积1立方、重量200公斤"),
    Says(
        "a surcharge to agree to",
        shipper="吴志强",
        phone="13915772468",
        pickup="江苏省昆山市玉山镇城北中路1288号",
        to="合肥",
        cargo="数控刀具16木箱,1350公斤,2.6立方",
    ),
    Says(
        "suburban",
        shipper="徐静",
        phone="13616543210",
        pickup="上海市青浦区华新镇华志路1088号",
        to="嘉兴",
        cargo="纺织面料18件,630公斤,2.4方",
    ),
    Says(
        "from the branch in Hangzhou",
        shipper="史进",
        phone="15800001111",
        pickup="杭州市西湖区转塘街道之江路99号",
        to="上海",
        cargo="茶叶20箱,300公斤,2.4方",
    ),
)


def sample_mails(count: int, at: datetime) -> Iterator[Sample]:
    """`count` mails that were sent at `at` (aware): every kind once, then good orders with figures of their own."""
    for number in range(count):
        if number == len(SAYS):
            yield Sample("three orders in one mail", _mail(number, at, "今日发货三票", _three(), "utf-8"))
            continue
        says = SAYS[number] if number < len(SAYS) else _another(number)
        text = "您好,请安排提货:\n\n" + _form(says) + "\n谢谢!\n"
        yield Sample(says.shows, _mail(number, at, f"发货订单 {says.shipper}发{says.to}", text, says.charset))


def _form(says: Says) -> str:
    return FORM.format(**vars(says))


def _another(number: int) -> Says:
    return Says(
        "a good order",
        shipper=f"陈{'一二三四五六七八九十'[number % 10]}",
        phone=f"138{number:08d}",
        cargo=f"日用百货,数量{number % 40 + 1}件、体积{number % 5 + 1}立方、重量{(number % 30 + 1) * 20}公斤",
        pickup=f"上海市长宁区仙霞路{number}号",
        to=("杭州", "宁波", "南京", "无锡", "温州")[number % 5],
        consignee_phone=f"139{number:08d}",
    )


def _three() -> str:
    orders = (
        Says(
            "",
            shipper="曹敏",
            phone="13601234561",
            pickup="上海市宝山区富联路765号",
            to="无锡",
            cargo="轴承12箱,360kg,0.9方",
            consignee="丁伟",
            consignee_phone="13701234562",
        ),
        Says(
            "",
            shipper="曹敏",
            phone="13601234561",
            pickup="上海市宝山区富联路765号",
            to="常州",
            cargo="电机3件,1800kg,4.2方",
            consignee="孙鹏飞",
            consignee_phone="13801234563",
        ),
        Says(
            "",
            shipper="曹敏",
            phone="13601234561",
            pickup="上海市宝山区富联路765号",
            to="镇江",
            cargo="密封圈40箱,96kg,0.6方",
            consignee="贺琳",
            consignee_phone="15901234564",
            payment="现付",
        ),
    )
    return "今天共三票,谢谢!\n\n" + "\n".join(_form(says) for says in orders)


def _mail(number: int, at: datetime, subject: str, text: str, charset: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"shipper{number}@customer.example"
    mail["To"] = "orders@consign.example"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<demo-{number}-{at:%Y%m%d%H%M%S}@customer.example>"
    mail.set_content(text, charset=charset, cte="base64")
    return mail.as_bytes()
