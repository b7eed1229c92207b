"""A station's file: its rows in Chinese or English, every fault with line and mend, each row written once."""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.faults import Fault
from followup.stages import Move
from followup.stationfile import StationLine, parse_station_file
from followup.stationnews import News, write_news
from tests.journeyworld import JourneyWorld

SHANGHAI = ZoneInfo("Asia/Shanghai")


def parse(text: str, encoding: str = "utf-8") -> tuple[list[StationLine], list[Fault]]:
    return parse_station_file(text.encode(encoding), "hz.csv", SHANGHAI)


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        "单号,状态,时间,站点,件数,共几批\n20261124-0001,已到货,2026-11-25 08:30,杭州东站,6,2\n",
        "number,what,at,station,pieces,batches\n20261124-0001,arrived,2026/11/25 8:30,杭州东站,6,2\n",
        "订单号;事件;发生时间;网点;件数;批数\n20261124-0001;到货;2026年11月25日 8:30;杭州东站;6;2\n",
        "number\twhat\tat\tstation\tpieces\tbatches\n"
        "２０２６１１２４-0001\tARRIVED\t2026.11.25 08:30:00\t杭州东站\t６\t2\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_row_says_the_same_in_every_dress(text: str, encoding: str) -> None:
    (line,), faults = parse(text, encoding)
    assert faults == []
    assert (line.number, line.line) == ("20261124-0001", 2)
    assert line.told is not None
    assert (line.told.move, line.told.at, line.told.station) == (Move.ARRIVED, local("25T08:30"), "杭州东站")
    assert (line.told.pieces, line.told.batches) == (6, 2)


def test_a_workbook_is_read_as_a_spreadsheet_keeps_it() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["单号", "状态", "时间", "件数", "证件"])
    page.append(["20261124-0001", "到货", datetime(2026, 11, 25, 8, 30), 6, True])  # noqa: DTZ001 (as spreadsheets keep it)
    out = io.BytesIO()
    book.save(out)
    (line,), faults = parse_station_file(out.getvalue(), "hz.xlsx", SHANGHAI)
    assert faults == []
    assert line.told is not None
    assert (line.told.at, line.told.pieces, line.told.document) == (local("25T08:30"), 6, True)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",到货,2026-11-25 08:30,,,", "number", "缺"),
        ("n1,飞走了,2026-11-25 08:30,,,", "what", "飞走了"),
        ("n1,到货,,,,", "at", "缺"),
        ("n1,到货,昨天,,,", "at", "昨天"),
        ("n1,到货,2026-11-25,,,", "at", "日期加时间"),
        ("n1,到货,2026-02-30 08:30,,,", "at", "2026-02-30"),
        ("n1,到货,2026-11-25 08:30,很多,,", "pieces", "很多"),
        ("n1,到货,2026-11-25 08:30,0,,", "pieces", "0"),
        ("n1,延误,,,,", "promised", "缺"),
        ("n1,签收,2026-11-25 08:30,,,", "signer", "缺"),
        ("n1,拒收,2026-11-25 08:30,,,", "note", "缺"),
    ],
)
def test_each_fault_is_told_with_its_line_and_mend(row: str, column: str, words: str) -> None:
    text = f"number,what,at,pieces,signer,promised,note\nn0,到货,2026-11-25 08:30,1,,,\n{row},\n"
    lines, faults = parse(text)
    assert [line.number for line in lines] == ["n0"]
    assert [(fault.line, fault.key) for fault in faults] == [(3, column)]
    assert words in str(faults[0])
    assert faults[0].mend


def test_a_sheet_without_its_columns_says_which() -> None:
    lines, faults = parse("单号,时间\nn1,2026-11-25 08:30\n")
    assert lines == []
    assert {fault.key for fault in faults} == {"what"}


@pytest.mark.parametrize("octets", [b"", b"\xff\xfe\x00", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0", b"\x00" * 100])
def test_what_is_no_sheet_is_a_fault(octets: bytes) -> None:
    lines, faults = parse_station_file(octets, "x.xlsx", SHANGHAI)
    assert lines == []
    assert faults


# -- written


@pytest.fixture
def world(tmp_path: Path) -> Iterator[JourneyWorld]:
    made = JourneyWorld(tmp_path, receipt_copies=1)
    made.pick_up()
    made.desk.clock.now = local("27T20:00")
    yield made
    made.close()


HEAD = "单号,状态,时间,站点,件数,签收人,证件,改期至,备注\n"
WAY = (
    "{n},发车,2026-11-24 20:00,上海,,,,,\n"
    "{n},延误,,,,,,2026-11-28 10:00,封路\n"
    "{n},到货,2026-11-26 08:30,杭州东站,10,,,,\n"
    "{n},派送,2026-11-26 13:00,,,,,,\n"
    "{n},签收,2026-11-26 15:00,,,李晓明,是,,\n"
    "{n},回单寄出,2026-11-27 09:00,,,,,,\n"
)


def write(world: JourneyWorld, text: str, *, dry_run: bool = False) -> News:
    lines, faults = parse(text)
    assert faults == []
    desk = world.desk
    return write_news(desk.database, desk.company, lines, "hz.csv", "file:hz.csv", world.now, dry_run=dry_run)


def test_a_whole_way_is_written_once_however_often_it_is_read(world: JourneyWorld) -> None:
    text = HEAD + WAY.format(n=world.number)
    news = write(world, text)
    assert (news.written, news.known, news.faults) == (6, 0, [])
    shipment, receipt = world.shipment, world.receipt
    assert (shipment.stage, shipment.signed_by, shipment.arrived_at) == ("signed", "李晓明", local("26T08:30"))
    assert receipt is not None
    assert (receipt.state, receipt.sent_at, receipt.sent_by) == ("sent", local("27T09:00"), "hz.csv")
    assert receipt.due_at == local("26T08:30") + timedelta(days=10)
    events = len(world.events("arrived")), len(world.events("signed")), len(world.events("departed"))
    assert events == (1, 1, 1)
    again = write(world, text)
    assert (again.written, again.known, again.faults) == (0, 6, [])
    assert (len(world.events("arrived")), len(world.events("signed")), len(world.events("departed"))) == events


def test_a_dry_run_says_the_same_and_writes_nothing(world: JourneyWorld) -> None:
    text = HEAD + WAY.format(n=world.number)
    news = write(world, text, dry_run=True)
    assert (news.written, news.known, news.faults) == (6, 0, [])
    assert (world.shipment.stage, world.receipt) == ("picked_up", None)
    assert world.events("departed") == []
    assert write(world, text).written == 6


def test_one_row_that_cannot_be_holds_up_no_other(world: JourneyWorld) -> None:
    text = (
        HEAD
        + f"{world.number},派送,2026-11-23 13:00,,,,,,\n"  # before the pickup
        + "20990101-0001,到货,2026-11-26 08:30,,,,,,\n"
        + f"{world.number},到货,2026-11-26 08:30,杭州东站,10,,,,\n"
    )
    news = write(world, text)
    assert news.written == 1
    assert [fault.line for fault in news.faults] == [2, 3]
    assert "早于提货" in str(news.faults[0])
    assert "没有订单 20990101-0001" in str(news.faults[1])
    assert all(fault.mend for fault in news.faults)
    assert world.shipment.stage == "arrived"


def test_a_signing_without_its_checklist_is_a_call_and_a_failed_one_an_exception_once(world: JourneyWorld) -> None:
    text = HEAD + f"{world.number},到货,2026-11-26 08:30,,10,,,,\n{world.number},签收,2026-11-26 15:00,,,李晓明,,,\n"
    for _ in range(2):
        write(world, text)
    assert world.shipment.stage == "arrived"
    assert world.task("check_signed").why == "task_signing_told"
    failing = HEAD + f"{world.number},签收,2026-11-26 15:00,,,李小明,是,,\n"
    for _ in range(2):
        write(world, failing)
    assert len(world.events("signing_failed")) == 1
    assert world.kinds().count("handle_exception") == 1


def test_the_batches_of_a_file_are_told_apart(world: JourneyWorld) -> None:
    text = HEAD + "".join(f"{world.number},到货,2026-11-{day} 08:30,杭州东站,5,,,,\n" for day in (25, 26))
    write(world, text)
    assert (world.shipment.stage, world.shipment.batches) == ("arrived", 2)
    assert world.shipment.arrived_at == local("26T08:30")
    assert write(world, text).known == 2
