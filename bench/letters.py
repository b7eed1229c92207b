"""How many letters a core words and turns into bytes in a second.

python -m bench.letters [SECONDS]     an acknowledgement and a work order in turn, text and HTML, verified
"""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from config.dispatchers import Dispatcher
from config.quote import Charge, Quote
from config.zone import Zone
from dispatch import envelope, wording
from dispatch.deadline import Deadline
from dispatch.draft import Draft
from dispatch.wording import House
from intake.orderform import Cargo, Consignee, OrderForm, Payment, Shipper
from intake.record import OrderRecord, OrderState
from intake.tokens import letter_token
from intake.verdict import Outcome, Verdict

AT = datetime(2026, 11, 24, 1, 12, tzinfo=UTC)
HOUSE = House(
    "沪杭第三方物流", "orders@consign.example", "021-60000000", "lead@consign.example", ZoneInfo("Asia/Shanghai")
)
DISPATCHER = Dispatcher("sh-south", "陈志强", "dispatch-sh-south@consign.example", "13700137003")
DEADLINE = Deadline(
    datetime(2026, 11, 24, 7, 0, tzinfo=UTC),
    "deadline_urban_same_before",
    {"ordered": "09:12", "from": "00:00", "to": "12:00", "deadline": "15:00", "date": "2026-11-24"},
)
FORM = OrderForm(
    shipper=Shipper(name="王建国", phone="13800138001", company="上海五金制品有限公司"),
    cargo=Cargo(description="五金配件", pieces=10, packaging="纸箱", volume_m3=Decimal("2.5"), weight_kg=Decimal(1200)),
    pickup_address="上海市闵行区莘庄镇七莘路1188号3号楼",
    destination="杭州",
    consignee=Consignee(name="李晓明", phone="0571-88886666", address="杭州市西湖区文一西路588号"),
    payment=Payment.COLLECT,
    remarks="轻放",
    receipt_copies=2,
)
VERDICT = Verdict(
    outcome=Outcome.ACCEPTED,
    checks=(),
    zone=Zone.URBAN,
    pickup_place="上海市/上海市/闵行区/莘庄镇",
    quote=Quote(
        origin="上海市",
        destination="杭州市",
        transfers=0,
        days=1,
        charges=(
            Charge(code="freight", amount=Decimal("624.00"), basis="1200 × 0.52"),
            Charge(code="fuel", amount=Decimal("18.72"), basis="624 × 3%"),
        ),
    ),
)
RECORD = OrderRecord(
    id=1,
    number="20261124-0001",
    revision=1,
    state=OrderState.ACCEPTED,
    channel="mail",
    form=FORM,
    verdict=VERDICT,
    ordered_at=AT,
    arrived_at=AT,
    clear_at=AT,
    shipper_address="wang@shipper.example",
    message_id="<m2@shipper.example>",
    references=("<m1@shipper.example>",),
)


def worded() -> tuple[Draft, Draft]:
    token = letter_token(b"bench", RECORD.number, RECORD.revision)
    return (
        wording.acknowledgement(RECORD, DEADLINE, HOUSE),
        wording.work_order(RECORD, DEADLINE, DISPATCHER, HOUSE, token=token),
    )


def as_bytes(drafts: tuple[Draft, Draft]) -> list[bytes]:
    return [
        envelope.compose(
            draft,
            sender=HOUSE.address,
            sender_name=HOUSE.name,
            message_id=envelope.message_id("wo", RECORD.number, "consign.example"),
            at=AT,
        )
        for draft in drafts
    ]


def rate(work: Callable[[], object], seconds: float) -> float:
    """Letters a second of CPU; `work` makes two."""
    work()
    letters, started = 0, time.process_time()
    while time.process_time() - started < seconds:
        work()
        letters += 2
    return letters / (time.process_time() - started)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    drafts = worded()
    octets = as_bytes(drafts)
    lines = {
        "worded": rate(worded, seconds),
        "as bytes, verified": rate(lambda: as_bytes(drafts), seconds),
        "both": rate(lambda: as_bytes(worded()), seconds),
    }
    for name, value in lines.items():
        sys.stdout.write(f"{name:20} {value:8,.0f} letters/s of one core\n")
    sys.stdout.write(f"{'size':20} {len(octets[0]):8,} octets (answer), {len(octets[1]):,} (work order)\n")


if __name__ == "__main__":
    main()
