"""Log lines: structured, with the order number, without personal data, whoever writes them."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from config.database import open_database
from consign.logs import masked, set_up_logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """The set-up is the process's: other tests find it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("550 <wang.jianguo@shipper.example>: no such user", "550 <***@shipper.example>: no such user"),
        ("call 13800138001 now", "call <phone> now"),
        ("+86 138-0013-8001", "<phone>"),
        ("021-60000000", "<phone>"),
        ("400-820-1234", "<phone>"),
        ("上海市静安区南京西路1688号3楼", "<place>3楼"),
        ("order 20261124-0001 r2, letter 13, 4096 bytes", "order 20261124-0001 r2, letter 13, 4096 bytes"),
        ("2026-11-24T04:00:00.138001Z", "2026-11-24T04:00:00.138001Z"),
        ("http://127.0.0.1:8025/orders", "http://127.0.0.1:8025/orders"),
    ],
)
def test_personal_data_is_masked_and_nothing_else(line: str, kept: str) -> None:
    assert masked(line) == kept


def test_a_long_line_is_masked_at_once() -> None:
    """Quadratic patterns would take minutes for these."""
    for line in ("a" * 200_000, "南" * 200_000, "1" * 200_000, "a." * 100_000 + "@"):
        assert len(masked(line)) == len(line)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_the_order_number(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json")
    with structlog.contextvars.bound_contextvars(order="20261124-0001"):
        structlog.get_logger().warning("letter_refused", reply="550 li@x.example 13800138001", names=["a@b.example"])
    (line,) = lines(capsys)
    assert line.pop("timestamp")
    assert line == {
        "event": "letter_refused",
        "level": "warning",
        "order": "20261124-0001",
        "reply": "550 ***@x.example <phone>",
        "names": ["***@b.example"],
    }


def test_tracebacks_and_libraries_are_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json")
    try:
        raise ValueError("cannot read 13800138001")
    except ValueError:
        structlog.get_logger().exception("part_failed")
        logging.getLogger("uvicorn.error").exception("broke on li@x.example")
    ours, theirs = lines(capsys)
    assert "<phone>" in str(ours["exception"])
    assert theirs["event"] == "broke on ***@x.example"
    assert theirs["logger"] == "uvicorn.error"
    assert "13800138001" not in json.dumps([ours, theirs])


def test_an_error_of_the_database_names_no_customer(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    with pytest.raises(OperationalError) as error, database.write() as session:
        session.execute(text("INSERT INTO nowhere (name) VALUES (:name)"), {"name": "王建国"})
    database.close()
    assert "nowhere" in str(error.value)
    assert "王建国" not in str(error.value)


def test_a_forged_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json")
    structlog.get_logger().warning("mail_server_away", reply='x\r\n{"event": "all_well"}')
    assert len(lines(capsys)) == 1


def test_a_megabyte_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json")
    subject = "13800138001 \x1b[31m\n" + "a" * 1_000_000
    structlog.get_logger().warning("mail_server_away", reply=subject, names=[subject] * 3)
    logging.getLogger("uvicorn.error").error(subject)
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 2
    assert len(said) < 8000
    assert "\x1b" not in said
    assert "13800138001" not in said
    assert "(1000018 characters)" in said


def test_a_long_traceback_keeps_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("json")
    try:
        raise ValueError("x" * 50_000 + " the end")
    except ValueError:
        structlog.get_logger().exception("part_failed")
    (line,) = lines(capsys)
    assert str(line["exception"]).endswith("the end")
    assert len(str(line["exception"])) <= 8000


def test_the_human_form_is_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("human")
    structlog.get_logger().warning("letter_refused", reply="li@x.example")
    said = capsys.readouterr().err
    assert "letter_refused" in said
    assert "***@x.example" in said
