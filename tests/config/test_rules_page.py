"""The page about the rule files names every file, column and word that the program knows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from config import areasheet, calendar, cutoffs, dispatchers, goods, lanes, surcharges
from config.rulefolder import RULE_FILES, shipped
from config.sheet import read
from intake import customers

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
COLUMNS: dict[str, Mapping[str, Sequence[str]]] = {
    "areas.csv": areasheet.COLUMNS,
    "lanes.csv": lanes.COLUMNS,
    "surcharges.csv": surcharges.COLUMNS,
    "cargo.csv": goods.GOODS_COLUMNS,
    "limits.csv": goods.LIMIT_COLUMNS,
    "cutoffs.csv": cutoffs.COLUMNS,
    "calendar.csv": calendar.COLUMNS,
    "dispatchers.csv": dispatchers.COLUMNS,
    "The customers' sheet": customers.COLUMNS,
}


def section(title: str) -> str:
    return next(part for part in PAGE.split("\n## ") if part.startswith(title))


def named(text: str) -> list[str]:
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


@pytest.mark.parametrize("title", COLUMNS)
def test_every_column_is_explained_and_no_other(title: str) -> None:
    assert sorted(named(section(title))) == sorted(COLUMNS[title])


def test_every_file_has_its_section() -> None:
    assert set(COLUMNS) >= set(RULE_FILES)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("surcharges.csv", (*surcharges.CODES, *set(surcharges.WHEN.values()), *set(surcharges.PER.values()))),
        ("cargo.csv", set(goods.RULES.values())),
        ("limits.csv", goods.MEASURES),
    ],
)
def test_every_word_is_explained(title: str, words: Iterable[str]) -> None:
    assert [word for word in words if word not in section(title)] == []


@pytest.mark.parametrize("name", RULE_FILES)
def test_headings_may_be_chinese(name: str) -> None:
    """The first Chinese heading of each column reads as the column itself."""
    columns = COLUMNS[name]
    chinese = [others[0] for others in columns.values()]
    rows, faults = read(",".join(chinese) + "\n" + "x," * len(columns), name, columns, ())
    assert faults == []
    assert list(rows[0].cells) == list(columns)
    assert shipped(name).startswith("#")
