"""cutoffs.csv: by when goods are picked up, by zone and order time (SPEC 6, as data)."""

from dataclasses import dataclass

from config import sheet
from config.faults import Fault
from config.rulefile import Cells, read_rows, show_time
from config.zone import Zone

COLUMNS = {
    "zone": ("区域", "分区"),
    "from": ("起", "下单起"),
    "to": ("止", "下单止"),
    "deadline": ("提货截止", "截止"),
    "day": ("天", "日"),
    "remark": ("备注", "说明"),
}
REQUIRED = ("zone", "from", "to", "deadline", "day")
ZONES = {"urban": Zone.URBAN, "城区": Zone.URBAN, "市区": Zone.URBAN, "suburban": Zone.SUBURBAN, "郊区": Zone.SUBURBAN}
DAYS = {"same": 0, "next": 1, "0": 0, "1": 1, "当天": 0, "当日": 0, "次日": 1, "第二天": 1}
DAY_END = 1440


@dataclass(frozen=True)
class Band:
    """Orders of `zone` from `start` (within) to `end` (not within; minutes after midnight) -> the deadline."""

    zone: Zone
    start: int
    end: int
    deadline: int  # minutes after midnight of the deadline's day
    next_day: bool  # the deadline's day is the next day on which the company works
    row: str


class Cutoffs:
    """The cut-off table: for every zone that is served, bands that cover the day without gap or overlap."""

    def __init__(self, bands: list[Band]) -> None:
        self._bands = {zone: sorted((b for b in bands if b.zone is zone), key=lambda b: b.start) for zone in Zone}

    @classmethod
    def parse(cls, text: str, file: str) -> tuple["Cutoffs", list[Fault]]:
        """The table, and every fault: unreadable cells, gaps, overlaps, deadlines before their orders."""
        rows, faults = read_rows(text, file, COLUMNS, REQUIRED)
        bands: list[tuple[int, Band]] = []
        for cells in rows:
            band = _band(cells)
            faults += cells.faults
            if band is not None:
                bands.append((cells.line, band))
        table = cls([band for _, band in bands])
        if not faults:
            faults = table._gaps(file, {band: line for line, band in bands})
        return table, faults

    def band(self, zone: Zone, minute: int) -> Band:
        """The band that a minute of the day (0 to 1439) falls into; a boundary belongs to the later band.

        Raises LookupError for a zone without deadlines (outside).
        """
        for band in self._bands[zone]:
            if band.start <= minute < band.end:
                return band
        raise LookupError(f"no pickup deadline for {zone.value} at {show_time(minute)}")

    def last_band(self, zone: Zone) -> Band:
        """The band of the end of the day: what an order counts as when nobody works any more that day."""
        return self.band(zone, DAY_END - 1)

    def _gaps(self, file: str, lines: dict[Band, int]) -> list[Fault]:
        faults = []
        for zone in (Zone.URBAN, Zone.SUBURBAN):
            bands = self._bands[zone]
            if not bands:
                faults.append(sheet.fault(file, None, "zone", "cutoff_zone_missing", zone=zone.value))
                continue
            reached = 0
            for band in bands:
                if band.start != reached:
                    code = "cutoff_gap" if band.start > reached else "cutoff_overlap"
                    values = {"zone": zone.value, "from": show_time(reached), "to": show_time(band.start)}
                    faults.append(sheet.fault(file, lines[band], "from", code, **values))
                reached = max(reached, band.end)
            if reached != DAY_END:
                values = {"zone": zone.value, "from": show_time(reached), "to": "24:00"}
                faults.append(sheet.fault(file, lines[bands[-1]], "to", "cutoff_gap", **values))
        return faults


def _band(cells: Cells) -> Band | None:
    zone = cells.one_of("zone", ZONES)
    start, end = cells.time("from", required=True), cells.time("to", required=True)
    deadline = cells.time("deadline", required=True)
    day = cells.one_of("day", DAYS)
    if zone is None or start is None or end is None or deadline is None or day is None:
        return None
    if end <= start:
        cells.fault("to", "cutoff_backwards", start=show_time(start), end=show_time(end))
    if deadline == DAY_END:
        cells.fault("deadline", "cell_not_time", value="24:00")
    elif day == 0 and deadline < end:
        cells.fault("deadline", "cutoff_deadline_early", deadline=show_time(deadline), end=show_time(end))
    return None if cells.faults else Band(zone, start, end, deadline, day == 1, cells.row)
