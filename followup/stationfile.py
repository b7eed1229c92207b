"""A file of a station: what arrived, was signed for, is delayed, row by row (SPEC 9). Reads; writes nothing.

Enters: octets of a sheet (xlsx, xls or CSV) with headings in Chinese or English; leaves: lines, and a Fault with its
line and mend for each row that cannot be understood; nothing raises.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config.faults import Fault
from config.placenames import fold
from config.rulefile import Cells, read_rows
from config.workbook import text_of
from followup.receipts import ReceiptState
from followup.signing import written
from followup.stages import SAYABLE, Move
from followup.telling import NEEDS, Told

COLUMNS = {
    "number": ("单号", "订单号", "运单号"),
    "what": ("事件", "状态", "动作"),
    "at": ("时间", "发生时间"),
    "station": ("站点", "到站", "网点"),
    "pieces": ("件数",),
    "batches": ("批数", "共几批"),
    "promised": ("改期至", "预计", "预计到货"),
    "until": ("至",),
    "signer": ("签收人",),
    "condition": ("货物状况", "货况"),
    "document": ("证件", "已核证件"),
    "proxy": ("代收", "代签"),
    "consignee_document": ("收货人证件",),
    "stamp": ("盖章",),
    "change_letter": ("变更函", "改单函"),
    "copies": ("份数", "回单份数"),
    "note": ("备注", "说明"),
}
REQUIRED = ("number", "what")
WORDS: dict[str, Move | ReceiptState] = {
    **{move.value: move for move in SAYABLE},
    "提货": Move.PICKED_UP,
    "已提货": Move.PICKED_UP,
    "发车": Move.DEPARTED,
    "已发车": Move.DEPARTED,
    "到货": Move.ARRIVED,
    "已到货": Move.ARRIVED,
    "到站": Move.ARRIVED,
    "已到站": Move.ARRIVED,
    "延误": Move.DELAYED,
    "改期": Move.DELAYED,
    "派送": Move.OUT_FOR_DELIVERY,
    "派送中": Move.OUT_FOR_DELIVERY,
    "签收": Move.SIGNED,
    "已签收": Move.SIGNED,
    "拒收": Move.REFUSED,
    "退回": Move.RETURNED,
    "已退回": Move.RETURNED,
    "丢失": Move.LOST,
    "回单寄出": ReceiptState.SENT,
    "回单已寄": ReceiptState.SENT,
    "receipt_sent": ReceiptState.SENT,
}
_MOMENT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T ]*(\d{1,2})[:点时](\d{2})(?::\d{2}(?:\.\d+)?)?分?")


@dataclass(frozen=True)
class StationLine:
    """One row: which order, and what is told of it; either a move or a step of its receipt."""

    line: int
    number: str
    told: Told | None
    step: ReceiptState | None = None
    at: datetime | None = None
    copies: int | None = None


def parse_station_file(octets: bytes, file: str, zone: ZoneInfo) -> tuple[list[StationLine], list[Fault]]:
    """The lines of a file in its sequence, and every fault; a row with a fault is left out."""
    text, faults = text_of(octets, file)
    if faults:
        return [], faults
    rows, faults = read_rows(text, file, COLUMNS, REQUIRED)
    lines = []
    for cells in rows:
        line = _line(cells, zone)
        faults += cells.faults
        if not cells.faults:
            lines.append(line)
    return lines, faults


def _line(cells: Cells, zone: ZoneInfo) -> StationLine:
    number = written(cells.text("number", required=True))
    said = cells.one_of("what", WORDS)
    at = moment(cells, "at", zone, required=said is not None and said is not Move.DELAYED)
    if not isinstance(said, Move):
        copies = cells.whole("copies", least=1, most=99)
        return StationLine(cells.line, number, None, ReceiptState.SENT, at, copies)
    told = Told(
        move=said,
        at=None if said is Move.DELAYED else at,
        station=cells.text("station"),
        pieces=cells.whole("pieces", least=1, most=99999),
        batches=cells.whole("batches", least=1, most=99),
        promised=moment(cells, "promised", zone, required=False),
        until=moment(cells, "until", zone, required=False),
        signer=cells.text("signer"),
        condition=cells.text("condition"),
        document=cells.yes("document") if cells.has("document") else None,
        proxy=cells.yes("proxy"),
        consignee_document=cells.yes("consignee_document"),
        stamp=cells.yes("stamp"),
        change_letter=cells.yes("change_letter"),
        words=cells.text("note"),
    )
    for name in NEEDS.get(said, ()):
        if not cells.has("note" if name == "words" else name):
            cells.text("note" if name == "words" else name, required=True)
    return StationLine(cells.line, number, told, at=at)


def moment(cells: Cells, column: str, zone: ZoneInfo, *, required: bool) -> datetime | None:
    """A day with its time of day, as the company's clocks show it: 2026-11-25 08:30, 2026年11月25日 8:30."""
    value = cells.text(column, required=required)
    if not value:
        return None
    found = _MOMENT.fullmatch(fold(value))
    try:
        if found is None:
            raise ValueError(value)
        year, month, day, hour, minute = map(int, found.groups())
        return datetime(year, month, day, hour, minute, tzinfo=zone)
    except ValueError:
        cells.fault(column, "cell_not_moment", value=value)
        return None
