"""The child processes that read: results in order, one bad mail out alone, limits kept, no child left behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import ReadingSettings
from intake.message import Kind, Understanding
from intake.readers import Failure, ReaderPool
from tests.intake.comparing import RULES
from tests.intake.poison import PoisonedPool

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
ORDER = sorted(CORPUS.glob("001*.eml"))[0].read_bytes()
COMPLAINT = sorted(CORPUS.glob("040*.eml"))[0].read_bytes()


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    pool = ReaderPool(RULES, ReadingSettings(workers=1, wall_seconds=20, cpu_seconds=10, memory_megabytes=512))
    yield pool
    pool.close()


def test_mails_come_back_in_their_order(pool: ReaderPool) -> None:
    results = pool.understand([ORDER, COMPLAINT] * 10)
    assert [r.kind for r in results if isinstance(r, Understanding)] == [Kind.ORDER, Kind.OTHER] * 10


def test_nothing_to_read_is_nothing(pool: ReaderPool) -> None:
    assert pool.understand([]) == []


def test_what_is_no_mail_fails_alone(pool: ReaderPool) -> None:
    results = pool.understand([ORDER, None, COMPLAINT])  # type: ignore[list-item]  # the None is what is tested
    assert isinstance(results[1], Failure)
    assert results[1].kind == "error"
    assert "Traceback" in results[1].traceback
    assert [type(r) for r in (results[0], results[2])] == [Understanding, Understanding]


@pytest.mark.parametrize(
    ("poison", "kind"), [(b"hang", "timeout"), (b"burn", "timeout"), (b"die", "killed"), (b"eat", "killed")]
)
def test_a_poisoned_mail_falls_out_alone_and_the_next_are_read(poison: bytes, kind: str) -> None:
    pool = PoisonedPool(RULES, ReadingSettings(workers=1, wall_seconds=2, cpu_seconds=1))
    try:
        results = pool.understand([ORDER, poison, COMPLAINT])
        assert [type(result) for result in results] == [Understanding, Failure, Understanding]
        assert isinstance(results[1], Failure)
        assert results[1].kind == kind
        assert [type(result) for result in pool.understand([ORDER])] == [Understanding]
    finally:
        pool.close()


def test_a_large_mail_fits_into_the_memory_limit(pool: ReaderPool) -> None:
    lines = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5\r\n"
    large = (
        b'Subject: large\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: '
        b'application/zip; name="a.zip"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + lines * 340_000 + b"--b--\r\n"
    )
    result = pool.understand([large])[0]
    assert isinstance(result, Understanding)
    assert result.kind is Kind.OTHER


def test_a_closed_pool_reads_no_more() -> None:
    pool = ReaderPool(RULES)
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        pool.understand([ORDER])


def test_children_use_every_core_where_the_parent_keeps_to_one() -> None:
    every = os.sched_getaffinity(0)
    pool = ReaderPool(RULES)
    os.sched_setaffinity(0, {max(every)})
    try:
        assert pool.work(os.sched_getaffinity, [(0,)]) == [every]
    finally:
        os.sched_setaffinity(0, every)
        pool.close()
