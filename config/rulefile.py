"""The cells of a rule file as values: numbers, dates, times, places. Every fault is kept with file, line and column.

Enters: a row of `config.sheet`; leaves: values, or None beside a Fault; nothing raises.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import TypeVar

from config import sheet
from config.divisions import Divisions
from config.faults import Fault
from config.place import Ambiguous, Place
from config.placenames import fold

T = TypeVar("T")
PlaceKey = tuple[str | None, ...]  # the known levels of a place, outermost first; () is everywhere

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_LARGEST = Decimal("1000000000")
_FINEST = -6  # no price or measure of a rule file has more decimals
YES = {"yes": True, "y": True, "true": True, "1": True, "是": True, "对": True, "√": True}
YES_NO = YES | {"no": False, "n": False, "false": False, "0": False, "否": False, "不": False}
EVERYWHERE = ("*", "全国", "全部", "所有")


def key_of(place: Place) -> PlaceKey:
    """A place as the key that rule tables are looked up by: its levels up to the last known one."""
    levels: PlaceKey = place.levels
    while levels and levels[-1] is None:
        levels = levels[:-1]
    return levels


def prefixes(place: Place) -> list[PlaceKey]:
    """The keys of a place and of all that contain it, the most specific first, everywhere last."""
    key = key_of(place)
    keys = [key[:length] for length in range(len(key), 0, -1) if key[length - 1] is not None]
    return [*keys, ()]


def name_of(key: PlaceKey) -> str:
    """A key in words: 浙江省/杭州市, or * for everywhere."""
    return "/".join(level for level in key if level) or "*"


def parse_time(text: str) -> int | None:
    """Minutes after midnight of 09:30 or 9：30; 24:00 is 1440. None for anything else."""
    found = _TIME.fullmatch(fold(text))
    if found is None:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if int(found[2]) < 60 and minutes <= 1440 else None


def as_time(minutes: int) -> time:
    """The wall-clock time of minutes after midnight, 0 to 1439."""
    return time(minutes // 60, minutes % 60)


def show_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def parse_date(text: str) -> date | None:
    """2026-10-01, 2026/10/1 or 2026年10月1日. None for anything else, 2026-02-30 too."""
    found = _DATE.fullmatch(fold(text))
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def parse_decimal(text: str) -> Decimal | None:
    """An exact number; 元, ¥, % and thousands commas do not hurt. None for what is no plain, finite number."""
    plain = fold(text).strip("¥￥元% ").replace(",", "")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    if not number.is_finite() or number.copy_abs() >= _LARGEST or not isinstance(exponent, int) or exponent < _FINEST:
        return None
    return number


@cache
def _zero() -> Decimal:
    return Decimal(0)


class Cells:
    """One row being read. Each question names its column and returns the value, or None after noting a fault."""

    def __init__(self, row: sheet.Row, file: str) -> None:
        self._cells: Mapping[str, str] = row.cells
        self.file, self.line = file, row.line
        self.faults: list[Fault] = []

    @property
    def row(self) -> str:
        """How charges and reasons name this row: lanes.csv:12."""
        return f"{self.file.replace(chr(92), '/').rpartition('/')[2]}:{self.line}"

    def fault(self, column: str, code: str, /, **values: str) -> None:
        self.faults.append(sheet.fault(self.file, self.line, column, code, **values))

    def has(self, column: str) -> bool:
        return bool(self._cells.get(column))

    def text(self, column: str, *, required: bool = False) -> str:
        value = self._cells.get(column, "")
        if required and not value:
            self.fault(column, "cell_missing", column=column)
        return value

    def words(self, column: str) -> tuple[str, ...]:
        """The entries of a list cell: by semicolon, comma, 、 or line break."""
        return tuple(word.strip() for word in re.split(r"[;；,，、\n]", self.text(column)) if word.strip())

    def number(self, column: str, *, required: bool = False, least: Decimal | None = None) -> Decimal | None:
        value = self.text(column, required=required)
        if not value:
            return None
        number = parse_decimal(value)
        if number is None:
            self.fault(column, "cell_not_number", value=value)
        elif number < (_zero() if least is None else least):
            self.fault(column, "cell_too_small", value=value, least=str(_zero() if least is None else least))
            return None
        return number

    def whole(self, column: str, *, required: bool = False, least: int = 0, most: int = 1000) -> int | None:
        value = self.text(column, required=required)
        if not value:
            return None
        number = fold(value)
        if not re.fullmatch(r"[0-9]{1,6}", number):
            self.fault(column, "cell_not_whole", value=value)
            return None
        if not least <= int(number) <= most:
            self.fault(column, "cell_out_of_range", value=value, least=str(least), most=str(most))
            return None
        return int(number)

    def date(self, column: str, *, required: bool = False) -> date | None:
        value = self.text(column, required=required)
        day = parse_date(value) if value else None
        if value and day is None:
            self.fault(column, "cell_not_date", value=value)
        return day

    def time(self, column: str, *, required: bool = False) -> int | None:
        """Minutes after midnight."""
        value = self.text(column, required=required)
        minutes = parse_time(value) if value else None
        if value and minutes is None:
            self.fault(column, "cell_not_time", value=value)
        return minutes

    def yes(self, column: str, *, default: bool = False) -> bool:
        value = self.text(column)
        if not value:
            return default
        return bool(self.one_of(column, YES_NO))

    def one_of(self, column: str, known: Mapping[str, T], *, required: bool = True) -> T | None:
        """The meaning of a word out of a closed list, letter case and width ignored."""
        value = self.text(column, required=required)
        if not value:
            return None
        found = known.get(fold(value).lower())
        if found is None:
            self.fault(column, "cell_unknown_value", value=value, known=", ".join(known))
        return found

    def place(self, column: str, divisions: Divisions) -> PlaceKey | None:
        """A division by name or path, or * for everywhere; a missing cell is a fault."""
        value = self.text(column, required=True)
        if not value:
            return None
        if value in EVERYWHERE:
            return ()
        found = named_place(value, divisions)
        if isinstance(found, Place):
            return key_of(found)
        if found is None:
            self.fault(column, "cell_place_unknown", value=value)
        else:
            self.fault(column, "cell_place_ambiguous", value=value, paths=", ".join(p.path for p in found.paths[:6]))
        return None


@lru_cache(maxsize=4096)  # a tariff names the same few cities in every second row
def named_place(text: str, divisions: Divisions) -> Place | Ambiguous | None:
    """The division that a rule cell names (杭州, 浙江省/金华市/义乌市); a name must mean one place only."""
    found = divisions.city(text)
    if isinstance(found, Place) and (found.confidence < 0.6 or divisions.named(text) is None):
        return None
    return found


def read_rows(
    text: str, file: str, columns: Mapping[str, Sequence[str]], required: Sequence[str]
) -> tuple[list[Cells], list[Fault]]:
    """The rows of a sheet, ready to be asked; none where a required column is missing."""
    rows, faults = sheet.read(text, file, columns, required)
    headless = any(fault.key in required for fault in faults) or not rows
    return ([] if headless else [Cells(row, file) for row in rows]), faults
