"""Order mails for fault runs: complete, in the service area, each with a token that its letters must repeat."""

import email
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Sent:
    """An order mail as it was delivered. The token is the consignee's phone."""

    token: str
    shipper: str
    message_id: str
    octets: bytes
    at: float = 0.0  # when it was delivered, seconds since the epoch


def order_mail(number: int, chance: random.Random) -> Sent:
    """The order mail `number`; two numbers never have the same content."""
    token = f"139{chance.randrange(10**8):08d}"
    name = "".join(DIGITS[int(digit)] for digit in str(number))
    message = EmailMessage(policy=SMTP)
    message["From"] = shipper = f"shipper{number % 7}@example.test"
    message["To"] = "orders@example.test"
    message["Subject"] = f"发货订单 {number}"
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = message_id = f"<order-{number}-{chance.getrandbits(48):x}@example.test>"
    message.set_content(
        f"发货人:陈{name}\n联系方式:13800138000\n"
        f"货物状况:数量{number % 9 + 1}件、体积0.5立方、重量{number % 90 + 10}公斤\n"
        f"提货地址:上海市静安区南京西路{number + 1}号\n发往:杭州\n收货人:王{name}\n联系方式:{token}\n付费方式:到付\n"
    )
    return Sent(token, shipper, message_id, message.as_bytes())


def with_attachment(mail: Sent, size: int) -> Sent:
    """The same order with an attachment of so many bytes, which no reader makes anything of."""
    message = email.message_from_bytes(mail.octets, policy=SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(random.Random(size).randbytes(size), "application", "octet-stream", filename="plan.bin")
    return replace(mail, octets=message.as_bytes())
