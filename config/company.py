"""The company as one value: profile, policy and all rule files, loaded and checked together (SPEC 4, 6; G17)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config import sheet
from config.area import AreaTable
from config.areamap import AreaMap
from config.calendar import WorkCalendar
from config.cargo import CargoRules
from config.cutoffs import Cutoffs
from config.dispatchers import Dispatchers
from config.divisions import Divisions
from config.faults import ConfigurationError, Fault
from config.lanes import Lanes
from config.phrases import phrase
from config.rulefile import name_of
from config.rulefolder import (
    MAP,
    RULE_FILES,
    RuleText,
    Stamp,
    read_rules,
    rules_version,
    shipped,
    stamp,
    write_starter_rules,
)
from config.settings import FollowupSettings, PolicySettings, Settings
from config.surcharges import Surcharges
from config.tariff import Tariff

__all__ = ["Company", "RulesWatch", "build_company", "coverage", "load_company", "write_starter_rules"]


@dataclass(frozen=True)
class Company:
    """What this company is. Immutable: a changed rule file makes a new Company, with another `version`."""

    name: str
    address: str
    phone: str
    supervisor: str
    home_city: str
    language: str
    timezone: ZoneInfo
    policy: PolicySettings
    divisions: Divisions
    areas: AreaTable
    tariff: Tariff
    cargo: CargoRules
    calendar: WorkCalendar
    cutoffs: Cutoffs
    dispatchers: Dispatchers
    version: str  # first 12 hex digits of the SHA-256 over everything that decides
    followup: FollowupSettings  # decides no order: not part of the version
    key: str = ""  # of [[companies]]; "" for [company]
    others: tuple["Company", ...] = ()  # the further companies of this installation; the first one knows them

    def of(self, key: str) -> "Company":
        """The company that an order, a mail or a letter belongs to, by the key that it bears.

        Asked of the first company. What bears the key of one that is no longer set is the first one's.
        """
        return next((one for one in self.others if one.key == key), self)

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of the rules of every company here."""
        return (self.version, *(one.version for one in self.others))


def load_company(settings: Settings) -> Company:
    """The company of the settings. Without `rules` the shipped sample company serves.

    In an own folder areas.csv, lanes.csv, cargo.csv and dispatchers.csv must be there. Without cutoffs.csv and
    limits.csv the shipped ones hold (SPEC 6), without calendar.csv there are no exceptions, without surcharges.csv no
    surcharges but those of areas.csv. Raises ConfigurationError with every fault of every file.
    """
    texts, faults = read_rules(settings.rules)
    company, more = build_company(settings, texts)
    faults += more
    others = []
    for further in settings.companies:
        try:
            others.append(replace(load_company(settings.of_company(further)), key=further.key))
        except ConfigurationError as broken:
            faults += broken.faults
    faults += _shared_dispatchers([company, *others] if company else others)
    if faults or company is None:
        raise ConfigurationError(sorted(faults, key=lambda fault: (fault.file, fault.line or 0)))
    return replace(company, others=tuple(others))


def _shared_dispatchers(companies: list[Company]) -> list[Fault]:
    """Every dispatcher whose key stands in the sheet of another company too: queue and reports go by these keys."""
    seen: dict[str, str] = {}
    faults = []
    for company in companies:
        for dispatcher in company.dispatchers:
            file, _, row = dispatcher.row.rpartition(":")
            if dispatcher.key in seen:
                values = {"value": dispatcher.key, "row": seen[dispatcher.key]}
                faults.append(sheet.fault(file, int(row), "key", "dispatcher_of_two_companies", **values))
        seen |= {dispatcher.key: dispatcher.row for dispatcher in company.dispatchers}
    return faults


def build_company(settings: Settings, texts: dict[str, RuleText]) -> tuple[Company | None, list[Fault]]:
    """The company out of the texts of its rule files; None where one is missing or has faults."""
    given = {text.file for text in texts.values()}
    # A missing file is stood in for, so that the faults of all others still come at once.
    full = {name: texts.get(name) or RuleText(name, shipped(name)) for name in RULE_FILES}
    full |= {MAP: texts[MAP]} if MAP in texts else {}
    rules, faults = _parse_all(settings, full)
    faults = [fault for fault in faults if fault.file in given]
    if faults or any(name not in texts for name in RULE_FILES):
        return None, faults
    profile = settings.company
    company = Company(
        name=profile.name,
        address=profile.address,
        phone=profile.phone,
        supervisor=profile.supervisor,
        home_city=profile.home_city,
        language=settings.language,
        timezone=settings.zone_info,
        policy=settings.policy,
        divisions=rules.divisions,
        areas=rules.areas,
        tariff=Tariff(rules.lanes, rules.surcharges),
        cargo=rules.cargo,
        calendar=rules.calendar,
        cutoffs=rules.cutoffs,
        dispatchers=rules.dispatchers,
        version=rules_version(full, _decisive(settings)),
        followup=settings.followup,
    )
    return company, []


def _decisive(settings: Settings) -> dict[str, Any]:
    """The settings by which orders are judged: they belong to the version of the rules."""
    return {
        "policy": settings.policy.model_dump(mode="json"),
        "aliases": settings.aliases.model_dump(mode="json"),
        "home_city": settings.company.home_city,
        "timezone": settings.timezone,
    }


@dataclass(frozen=True)
class _Rules:
    divisions: Divisions
    areas: AreaTable
    lanes: Lanes
    surcharges: Surcharges
    cargo: CargoRules
    calendar: WorkCalendar
    cutoffs: Cutoffs
    dispatchers: Dispatchers


def _parse_all(settings: Settings, texts: dict[str, RuleText]) -> tuple[_Rules, list[Fault]]:
    """All tables, each of its sound rows, with the faults of all files and of what they say of each other."""
    divisions, timezone = Divisions.load(), settings.zone_info

    def source(name: str) -> tuple[str, str]:
        return texts[name].text, texts[name].file

    areas, area_faults = AreaTable.parse(*source("areas.csv"), divisions)
    if MAP in texts:
        drawn, map_faults = AreaMap.parse(*source(MAP))
        areas, area_faults = areas.with_map(drawn), area_faults + map_faults
    lanes, lane_faults = Lanes.parse(*source("lanes.csv"), divisions)
    surcharges, surcharge_faults = Surcharges.parse(*source("surcharges.csv"), divisions)
    cargo, cargo_faults = CargoRules.parse(*source("cargo.csv"), *source("limits.csv"))
    calendar, calendar_faults = WorkCalendar.parse(*source("calendar.csv"), enabled=settings.policy.working_days)
    cutoffs, cutoff_faults = Cutoffs.parse(*source("cutoffs.csv"))
    dispatchers, dispatcher_faults = Dispatchers.parse(*source("dispatchers.csv"), timezone)
    rules = _Rules(divisions, areas, lanes, surcharges, cargo, calendar, cutoffs, dispatchers)
    faults = area_faults + lane_faults + surcharge_faults + cargo_faults + calendar_faults + cutoff_faults
    faults += dispatcher_faults
    if len(dispatchers):  # of a sheet that could not be read every area would be accused
        faults += _unknown_dispatchers(areas, dispatchers, texts["areas.csv"].file)
    return rules, faults


def _unknown_dispatchers(areas: AreaTable, dispatchers: Dispatchers, file: str) -> list[Fault]:
    """Every row of areas.csv whose dispatcher dispatchers.csv does not have."""
    return [
        sheet.fault(
            file, int(area.row.rpartition(":")[2]), "dispatcher", "area_dispatcher_unknown", value=area.dispatcher
        )
        for area in areas.areas
        if area.dispatcher and dispatchers.get(area.dispatcher) is None
    ]


def coverage(company: Company) -> list[str]:
    """What the rules leave open (no faults, but somebody should know), for `consign check`.

    A summary line, then each district of the home city without a dispatcher, each lane without a price, each
    dispatcher without an area.
    """
    uncovered = company.areas.coverage(company.divisions, company.home_city)
    lanes, named = company.tariff.lanes, company.areas.dispatchers()
    language = company.language
    counts = {
        "areas": str(len(company.areas.areas)),
        "lanes": str(len(lanes)),
        "dispatchers": str(len(company.dispatchers)),
        "goods": str(len(company.cargo.goods)),
    }
    lines = [phrase("coverage_summary", language, **counts)]
    lines += [phrase("coverage_no_dispatcher", language, place=place.path) for place in uncovered]
    lines += [
        phrase("coverage_no_price", language, row=lane.row, way=f"{name_of(lane.origin)} → {name_of(lane.destination)}")
        for lane in lanes
        if not lane.priced
    ]
    return lines + [
        phrase("coverage_no_area", language, name=f"{one.key} {one.name}", row=one.row)
        for one in company.dispatchers
        if one.key not in named
    ]


class RulesWatch:
    """Holds the company in force while rule files may change: taken over all or nothing (G17).

    `reload` costs a stat for each file while nothing has changed. A bad version keeps the old rules.
    """

    def __init__(
        self, settings: Settings, company: Company, load: Callable[[Settings], Company] = load_company
    ) -> None:
        self.company = company
        self.faults: list[Fault] = []  # of the newest version of the files; empty while it is the one in force
        self.changed_at: datetime | None = None  # when rules were last taken over
        self.faulty_since: datetime | None = None
        self._settings, self._load = settings, load
        self._stamp: tuple[Stamp, ...] | None = None  # so that the first call sees a change since `company` was loaded

    def forget(self) -> None:
        """The next `reload` reads the files whatever their dates say."""
        self._stamp = None

    def reload(self, now: datetime) -> list[Fault]:
        """Takes changed rules over, whole. Returns the faults, once for each change, when they keep the old ones."""
        folders = [self._settings.rules, *(one.rules for one in self._settings.companies)]
        current = tuple(stamp(folder) for folder in folders)
        if current == self._stamp or not any(folders):
            return []
        self._stamp = current
        try:
            company = self._load(self._settings)
        except ConfigurationError as broken:
            self.faults = broken.faults
            self.faulty_since = self.faulty_since or now
            return broken.faults
        if company.versions != self.company.versions:
            self.company, self.changed_at = company, now
        self.faults, self.faulty_since = [], None
        return []
