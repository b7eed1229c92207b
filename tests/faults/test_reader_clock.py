"""The wall clock may jump while mails are read (G13)."""

import itertools
import time

import pytest

from config.settings import ReadingSettings
from intake.message import ReadingRules, Understanding
from intake.readers import ReaderPool

MAIL = b"From: wang@shipper.example\r\nSubject: x\r\n\r\nhello\r\n"


@pytest.mark.parametrize("step", [1_000_000, -1_000_000])
def test_a_reading_is_not_ended_by_a_clock_that_jumps(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = ReaderPool(ReadingRules(), ReadingSettings(wall_seconds=30))
    jumping = itertools.count(time.time(), step)
    monkeypatch.setattr(time, "time", lambda: next(jumping))
    try:
        (read,) = pool.understand([MAIL])
    finally:
        pool.close()
    assert isinstance(read, Understanding)
