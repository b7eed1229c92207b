"""dispatchers.csv: who drives for which key of areas.csv, when, and who stands in (SPEC 4.3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config import sheet
from config.faults import Fault
from config.hours import DaysOff, Unreadable, WeekHours, read_days_off, read_hours
from config.rulefile import Cells, read_rows

COLUMNS = {
    "key": ("代号", "编号"),
    "name": ("姓名", "名称"),
    "email": ("邮箱", "邮件"),
    "phone": ("电话", "手机", "联系方式"),
    "deputy": ("代班", "替班", "副手"),
    "days_off": ("休息", "休息日"),
    "duty": ("值班", "值班时间"),
    "language": ("语言",),
    "remark": ("备注", "说明"),
}
REQUIRED = ("key", "name", "email", "phone")
LANGUAGES = {"zh": "zh", "中文": "zh", "en": "en", "英文": "en", "english": "en"}
NEVER_OFF = DaysOff()
AROUND_THE_CLOCK = WeekHours()
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,18}[0-9]")


@dataclass(frozen=True)
class Dispatcher:
    """A dispatcher (调度): work orders go to `email`; `deputy` is the key of who stands in."""

    key: str
    name: str
    email: str
    phone: str
    deputy: str | None = None
    days_off: DaysOff = NEVER_OFF
    duty: WeekHours = AROUND_THE_CLOCK
    language: str = "zh"
    row: str = ""

    def at_work(self, local: datetime) -> bool:
        """Whether he is on duty at a time of the company's clock."""
        return not self.days_off.covers(local.date()) and self.duty.covers(local)


class Dispatchers:
    """The dispatchers of a company in the order of the file, and the clock by which their duty runs."""

    def __init__(self, dispatchers: list[Dispatcher], timezone: ZoneInfo) -> None:
        self._by_key = {dispatcher.key: dispatcher for dispatcher in dispatchers}
        self.timezone = timezone

    @classmethod
    def parse(cls, text: str, file: str, timezone: ZoneInfo) -> tuple["Dispatchers", list[Fault]]:
        """The dispatchers, and every fault: doubled keys, bad addresses, deputies that do not exist, …"""
        rows, faults = read_rows(text, file, COLUMNS, REQUIRED)
        lines: dict[str, int] = {}
        sound: list[Dispatcher] = []
        for cells in rows:
            dispatcher = _dispatcher(cells)
            if dispatcher.key in lines:
                cells.fault("key", "row_twice", value=dispatcher.key, line=str(lines[dispatcher.key]))
            faults += cells.faults
            if dispatcher.key:
                lines.setdefault(dispatcher.key, cells.line)
                sound.append(dispatcher)
        faults += _deputy_faults(sound, file, lines)
        if not sound and not faults:
            faults.append(sheet.fault(file, None, "key", "dispatchers_none"))
        return cls(sound, timezone), faults

    def __iter__(self) -> Iterator[Dispatcher]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: str | None) -> Dispatcher | None:
        return self._by_key.get(key or "")

    def line_of_deputies(self, dispatcher: Dispatcher) -> list[Dispatcher]:
        """His deputy, that one's deputy and so on; each once, himself not."""
        line: list[Dispatcher] = []
        current = self.get(dispatcher.deputy)
        while current is not None and current is not dispatcher and current not in line:
            line.append(current)
            current = self.get(current.deputy)
        return line


def _dispatcher(cells: Cells) -> Dispatcher:
    key = cells.text("key", required=True).lower()
    if key and not _KEY.fullmatch(key):
        cells.fault("key", "dispatcher_key_wrong", value=key)
    email = cells.text("email", required=True)
    if email and not _ADDRESS.fullmatch(email):
        cells.fault("email", "dispatcher_email_wrong", value=email)
    phone = cells.text("phone", required=True)
    if phone and not _PHONE.fullmatch(phone):
        cells.fault("phone", "dispatcher_phone_wrong", value=phone)
    days_off, duty = NEVER_OFF, AROUND_THE_CLOCK
    try:
        days_off = read_days_off(cells.text("days_off"))
    except Unreadable as word:
        cells.fault("days_off", "days_off_unreadable", value=str(word))
    try:
        duty = read_hours(cells.text("duty"))
    except Unreadable as word:
        cells.fault("duty", "hours_unreadable", value=str(word))
    language = (cells.one_of("language", LANGUAGES) if cells.has("language") else "zh") or "zh"
    name = cells.text("name", required=True)
    deputy = cells.text("deputy").lower() or None
    return Dispatcher(key, name, email, phone, deputy, days_off, duty, language, cells.row)


def _deputy_faults(dispatchers: list[Dispatcher], file: str, lines: dict[str, int]) -> list[Fault]:
    faults = []
    for dispatcher in dispatchers:
        line = lines[dispatcher.key]
        if dispatcher.deputy == dispatcher.key:
            faults.append(sheet.fault(file, line, "deputy", "deputy_himself", value=dispatcher.key))
        elif dispatcher.deputy and dispatcher.deputy not in lines:
            faults.append(sheet.fault(file, line, "deputy", "deputy_unknown", value=dispatcher.deputy))
    return faults
