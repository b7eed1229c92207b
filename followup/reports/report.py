"""A report as a value: figures, tables and charts by code, without words. The words are in words.toml, drawing beside.

Whoever draws a report (screen, sheet, paper, mail, terminal) needs to know nothing of what it is about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from followup.reports.period import Period

Value = int | float | Decimal | str | datetime | date | timedelta | None


class Unit(StrEnum):
    """What a value is: it decides how people, sheets and programs get to see it."""

    COUNT = "count"
    SHARE = "share"  # Decimal, 1 is all; None of nothing
    SECONDS = "seconds"  # float
    SPAN = "span"  # timedelta
    MONEY = "money"  # Decimal, CNY
    SCORE = "score"  # Decimal, 1 … 5
    CHANGE = "change"  # Decimal: 0.25 is a fourth more than before
    MOMENT = "moment"  # datetime
    TEXT = "text"
    ORDER = "order"  # order number
    # codes that have a name
    ZONE = "zone"
    DISPATCHER = "dispatcher"
    AGENT = "agent"
    TASK = "task"
    EXCEPTION = "exception"
    RULE = "rule"
    RECEIPT = "receipt"
    STATE = "state"
    CUSTOMER = "customer"
    BAND = "band"  # a code of words.toml

    @property
    def is_number(self) -> bool:
        """Whether its values stand at the right of their column."""
        return self in NUMBERS


NUMBERS = frozenset({Unit.COUNT, Unit.SHARE, Unit.SECONDS, Unit.SPAN, Unit.MONEY, Unit.SCORE, Unit.CHANGE})


@dataclass(frozen=True)
class Figure:
    """One figure; its code names its words and its definition."""

    code: str
    value: Value
    unit: Unit = Unit.COUNT


@dataclass(frozen=True)
class Column:
    code: str
    unit: Unit = Unit.COUNT


@dataclass(frozen=True)
class Table:
    """Rows under columns, and their sum where they are parts of a whole; `more` rows are not shown."""

    code: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None
    more: int = 0

    def column(self, code: str) -> list[Value]:
        """The values under a column. Raises ValueError for one that is not there."""
        place = [column.code for column in self.columns].index(code)
        return [row[place] for row in self.rows]

    def row(self, label: Value) -> dict[str, Value]:
        """The row that begins with `label`, by column. Raises KeyError for one that is not there."""
        for row in self.rows:
            if row[0] == label:
                return {column.code: value for column, value in zip(self.columns, row, strict=True)}
        raise KeyError(label)


@dataclass(frozen=True)
class Chart:
    """A table drawn: a bar for each row, of the parts in the columns `parts`; lying, or standing along a time."""

    table: str
    parts: tuple[str, ...]
    standing: bool = False


@dataclass(frozen=True)
class Filters:
    """What a report is narrowed to; "" and None: everything."""

    zone: str = ""
    dispatcher: str = ""
    customer: str = ""  # key
    agent: str = ""
    company: str = ""  # key, or FIRST


FIRST = "_"  # stands for the first company of several, whose key is empty
ALL = Filters()
FILTERS = ("company", "zone", "dispatcher", "customer", "agent")


@dataclass(frozen=True)
class Report:
    """What a report found."""

    name: str
    period: Period
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    filters: Filters = field(default=ALL)

    def value(self, code: str) -> Value:
        """A figure. Raises KeyError for one that is not there."""
        for figure in self.figures:
            if figure.code == code:
                return figure.value
        raise KeyError(code)

    def table(self, code: str) -> Table:
        """Raises KeyError for a table that is not there."""
        for table in self.tables:
            if table.code == code:
                return table
        raise KeyError(code)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found at all."""
        return not any(table.rows for table in self.tables) and not any(
            figure.value for figure in self.figures if figure.unit is Unit.COUNT
        )


LONGEST = 200  # rows of a list


def listing(code: str, columns: Sequence[Column], rows: Sequence[tuple[Value, ...]], count: int | None = None) -> Table:
    """A list of single things, cut where nobody reads on; `count`: how many there are in truth."""
    shown = tuple(rows[:LONGEST])
    return Table(code, tuple(columns), shown, more=(len(rows) if count is None else count) - len(shown))
