"""Counting: things by group and part, shares, ranks. Pure; nothing here knows what is counted."""

import math
from array import array
from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from followup.reports.report import Column, Table, Unit, Value

TEN_THOUSANDTH, CENT = Decimal("0.0001"), Decimal("0.01")


def share(part: int, whole: int) -> Decimal | None:
    """How much of the whole, rounded half up to a hundredth of a percent; None where there is nothing."""
    return (Decimal(part) / Decimal(whole)).quantize(TEN_THOUSANDTH, ROUND_HALF_UP) if whole else None


def mean(total: Decimal | int, count: int) -> Decimal | None:
    """To two decimals, half up."""
    return (Decimal(total) / Decimal(count)).quantize(CENT, ROUND_HALF_UP) if count else None


def change(now: Decimal | int, before: Decimal | int) -> Decimal | None:
    """How much more than before: 0.25 is a fourth more; None where there was nothing before."""
    return (Decimal(now) / Decimal(before) - 1).quantize(TEN_THOUSANDTH, ROUND_HALF_UP) if before else None


class Ranks:
    """Seconds, kept as plain numbers: a hundred thousand are less than a megabyte."""

    def __init__(self) -> None:
        self._kept = array("d")
        self._sorted = True

    def add(self, seconds: float) -> None:
        self._kept.append(seconds)
        self._sorted = False

    def at(self, percent: int) -> float | None:
        """The nearest rank: the smallest value that at least so many percent do not exceed."""
        if not self._kept:
            return None
        if not self._sorted:
            self._kept, self._sorted = array("d", sorted(self._kept)), True
        return self._kept[max(0, math.ceil(len(self._kept) * percent / 100) - 1)]

    @property
    def worst(self) -> float | None:
        return self.at(100)

    @property
    def total(self) -> float:
        return math.fsum(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


Rate = tuple[tuple[str, ...], tuple[str, ...]]  # the share of the first parts in the second ones


class Tally:
    """Counts of things by group, each in exactly one of the parts: so the parts add up to the group, and the groups to
    the whole."""

    def __init__(self, *parts: str) -> None:
        self.parts = parts
        self.groups: dict[str, dict[str, int]] = {}

    def add(self, group: str, part: str, count: int = 1) -> None:
        """Raises KeyError for a part that the tally does not have."""
        if group not in self.groups:
            self.groups[group] = dict.fromkeys(self.parts, 0)
        self.groups[group][part] += count

    def of(self, *parts: str) -> int:
        """How many of these parts in all groups."""
        return sum(counts[part] for counts in self.groups.values() for part in parts)

    @property
    def whole(self) -> int:
        return self.of(*self.parts)

    def table(
        self,
        code: str,
        group: Column,
        *,
        rate: Rate | None = None,
        called: str = "share",
        order: Sequence[str] | None = None,
    ) -> Table:
        """A row for each group: count, parts, and with `rate` a column `called` so with the share. The fullest group
        comes first, or the groups in their given `order`, those without anything too; none where nothing was counted.
        """
        columns = [group, Column("count"), *(Column(part) for part in self.parts)]
        columns += [Column(called, Unit.SHARE)] if rate else []
        empty = dict.fromkeys(self.parts, 0)
        names = (
            (order if self.groups else ())
            if order is not None
            else sorted(self.groups, key=lambda name: (-self._sum(name), name))
        )
        rows = [self._row(name, self.groups.get(name, empty), rate) for name in names]
        total = self._row(None, {part: self.of(part) for part in self.parts}, rate)
        return Table(code, tuple(columns), tuple(rows), total if rows else None)

    def _sum(self, name: str) -> int:
        return sum(self.groups[name].values())

    def _row(self, name: str | None, counts: dict[str, int], rate: Rate | None) -> tuple[Value, ...]:
        row: list[Value] = [name, sum(counts.values()), *(counts[part] for part in self.parts)]
        if rate:
            good, of = rate
            row.append(share(sum(counts[part] for part in good), sum(counts[part] for part in of)))
        return tuple(row)
