"""The company as a whole: its folder, what a folder may lack, its version, changes while running."""

import json
import os
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from config.company import RulesWatch, coverage, load_company, write_starter_rules
from config.faults import ConfigurationError
from config.phrases import catalogue
from config.rulefolder import STARTER, shipped
from config.settings import PolicySettings, Settings, load_settings
from config.zone import Zone
from dispatch.roster import on_duty

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_starter_rules(tmp_path / "rules")
    return tmp_path / "rules"


def change(path: Path, old: str, new: str, stamp: int) -> None:
    """A saved change, with a time of its own however quickly the test runs."""
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8-sig")
    os.utime(path, ns=(stamp, stamp))


def mends(broken: ConfigurationError) -> list[tuple[str, int | None, str]]:
    return [(Path(fault.file).name, fault.line, fault.mend) for fault in broken.faults]


def test_without_a_folder_the_sample_company_serves() -> None:
    company = load_company(Settings())
    assert len(company.dispatchers) == 6
    assert company.cutoffs.band(Zone.URBAN, 0).deadline == 15 * 60
    assert len({lane.destination for lane in company.tariff.lanes}) >= 30
    assert len(company.version) == 12


def test_every_dispatcher_of_the_sample_areas_can_be_reached() -> None:
    company = load_company(Settings())
    for key in company.areas.dispatchers():
        assert on_duty(company.dispatchers, key, NOW).dispatcher.key == key


def test_the_sample_covers_the_home_city() -> None:
    lines = coverage(load_company(Settings()))
    assert len(lines) == 1  # the summary: no district without dispatcher, no lane without price


def test_coverage_names_what_is_open(folder: Path) -> None:
    change(folder / "areas.csv", "上海市静安区,division,urban,sh-west,,,\n", "", 1)
    change(folder / "lanes.csv", "上海市,河北省,1,4,,1.15,,248,115", "上海市,河北省,1,4,,,,,", 2)
    change(
        folder / "dispatchers.csv",
        "hz-city,方卫东",
        "spare,钱,dispatch-x@consign.example,13900000109\nhz-city,方卫东",
        3,
    )
    lines = coverage(load_company(Settings(rules=folder)))
    assert len(lines) == 4
    assert "静安区" in lines[1]
    assert "河北省" in lines[2]
    assert "spare" in lines[3]


def test_the_starter_set_is_the_sample_and_loads_by_its_own_settings(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(STARTER)
    settings = load_settings(folder / "consign.toml")
    assert settings.rules == folder
    assert settings.mailbox is not None
    assert load_company(settings).version == load_company(Settings()).version


def test_a_starter_set_overwrites_nothing(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    (folder / "lanes.csv").write_text("mine", encoding="utf-8")
    written = write_starter_rules(folder)
    assert sorted(path.name for path in written) == sorted(set(STARTER) - {"lanes.csv"})
    assert (folder / "lanes.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["areas.csv", "lanes.csv", "cargo.csv", "dispatchers.csv"])
def test_what_only_the_company_knows_must_be_there(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ConfigurationError) as broken:
        load_company(Settings(rules=folder))
    assert mends(broken.value) == [(name, None, catalogue()["rules_file_missing"]["mend"])]


def test_what_has_a_default_may_be_missing(folder: Path) -> None:
    for name in ("cutoffs.csv", "limits.csv", "calendar.csv", "surcharges.csv"):
        (folder / name).unlink()
    company = load_company(Settings(rules=folder))
    assert company.cutoffs.band(Zone.SUBURBAN, 720).deadline == 18 * 60
    assert company.cargo.density(Decimal(5000), Decimal("0.1")) is not None
    assert not company.tariff.surcharges.offers("upstairs")  # sample prices are not charged for a company of its own


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as broken:
        load_company(Settings(rules=tmp_path / "nowhere"))
    assert mends(broken.value) == [("nowhere", None, catalogue()["rules_no_folder"]["mend"])]


def test_sheets_saved_as_gbk_with_semicolons_load(folder: Path) -> None:
    path = folder / "dispatchers.csv"
    rows = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if not line.startswith("#")]
    path.write_bytes("\r\n".join(rows).replace(",", ";").encode("gb18030"))
    assert next(iter(load_company(Settings(rules=folder)).dispatchers)).name == "周志远"


def test_octets_that_are_no_text(folder: Path) -> None:
    (folder / "cargo.csv").write_bytes(b"rule,goods\nprohibited,\xff\xff\n")
    with pytest.raises(ConfigurationError) as broken:
        load_company(Settings(rules=folder))
    assert mends(broken.value) == [("cargo.csv", 2, catalogue()["rules_not_text"]["mend"])]


def test_the_version_is_of_all_that_decides(folder: Path) -> None:
    before = load_company(Settings(rules=folder)).version
    assert load_company(Settings(rules=folder)).version == before
    assert load_company(Settings(rules=folder, policy=PolicySettings(consent_limit=Decimal(60)))).version != before
    change(folder / "limits.csv", "20000", "20001", 5)
    assert load_company(Settings(rules=folder)).version != before


# -- changes while running --


def test_unchanged_rules_are_not_loaded_again(folder: Path) -> None:
    company = load_company(Settings(rules=folder))
    watch = RulesWatch(Settings(rules=folder), company)
    assert watch.reload(NOW) == []
    assert watch.reload(NOW) == []
    assert watch.company is company
    assert watch.changed_at is None


def test_a_change_is_taken_over_whole(folder: Path) -> None:
    watch = RulesWatch(Settings(rules=folder), load_company(Settings(rules=folder)))
    old = watch.company.version
    change(folder / "dispatchers.csv", "周志远", "周志高", 7)
    assert watch.reload(NOW) == []
    assert watch.company.version != old
    assert next(iter(watch.company.dispatchers)).name == "周志高"
    assert watch.changed_at == NOW


def test_a_bad_change_keeps_the_old_rules_until_it_is_mended(folder: Path) -> None:
    watch = RulesWatch(Settings(rules=folder), load_company(Settings(rules=folder)))
    watch.reload(NOW)
    old = watch.company
    change(folder / "lanes.csv", "0.52", "0,52", 8)  # one file bad, another good: neither is taken
    change(folder / "dispatchers.csv", "周志远", "周志高", 9)
    faults = watch.reload(NOW)
    assert {Path(fault.file).name for fault in faults} == {"lanes.csv"}
    assert watch.company is old
    assert watch.faults == faults
    assert watch.faulty_since == NOW
    assert watch.reload(NOW) == []  # said once
    assert watch.faults == faults  # but still so
    change(folder / "lanes.csv", "0,52", "0.53", 10)
    assert watch.reload(NOW) == []
    assert watch.faults == []
    assert watch.faulty_since is None
    assert next(iter(watch.company.dispatchers)).name == "周志高"


def test_a_file_that_disappears_is_a_bad_change(folder: Path) -> None:
    watch = RulesWatch(Settings(rules=folder), load_company(Settings(rules=folder)))
    watch.reload(NOW)
    old = watch.company
    (folder / "areas.csv").unlink()
    assert [fault.mend for fault in watch.reload(NOW)] == [catalogue()["rules_file_missing"]["mend"]]
    assert watch.company is old


def test_a_change_between_loading_and_watching_is_seen(folder: Path) -> None:
    company = load_company(Settings(rules=folder))
    change(folder / "dispatchers.csv", "周志远", "周志高", 11)
    watch = RulesWatch(Settings(rules=folder), company)
    watch.reload(NOW)
    assert next(iter(watch.company.dispatchers)).name == "周志高"


def test_the_sample_company_never_changes() -> None:
    company = load_company(Settings())
    watch = RulesWatch(Settings(), company)
    assert watch.reload(NOW) == []
    assert watch.company is company
    assert shipped("lanes.csv").startswith("#")


def test_polygons_beside_the_sheets_decide_where_an_address_gives_coordinates(tmp_path: Path) -> None:
    write_starter_rules(tmp_path)
    square = [[121.4, 31.2], [121.5, 31.2], [121.5, 31.3], [121.4, 31.3], [121.4, 31.2]]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [square]},
        "properties": {"zone": "suburban", "dispatcher": "sh-east", "pickup_surcharge": "30", "name": "drawn"},
    }
    drawn = tmp_path / "areas.geojson"
    drawn.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    company = load_company(Settings(rules=tmp_path))
    text = "上海市静安区南京西路1号 (121.45, 31.25)"
    area = company.areas.find(text, company.divisions.locate(text))
    assert area is not None
    assert (area.zone, area.dispatcher, area.row) == (Zone.SUBURBAN, "sh-east", "areas.geojson:1")
    assert company.version != load_company(Settings()).version
    drawn.write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"areas\.geojson"):
        load_company(Settings(rules=tmp_path))


def test_the_companies_of_one_installation_are_loaded_and_checked_together(tmp_path: Path) -> None:
    """Each with its own rules; an order's key finds its company, and a key that is gone finds the first one."""
    write_starter_rules(tmp_path)
    profile = {
        "key": "suzhou",
        "name": "苏州",
        "address": "orders@suzhou.example",
        "phone": "0512",
        "area_code": "0512",
    }
    profile |= {"supervisor": "lead@suzhou.example", "home_city": "苏州市", "rules": str(tmp_path), "language": "en"}
    settings = Settings.model_validate({"companies": [profile]})
    with pytest.raises(ConfigurationError) as shared:
        load_company(settings)
    assert {fault.key for fault in shared.value.faults} == {"key"}, "a dispatcher's key stands in one roster only"
    for name in ("dispatchers.csv", "areas.csv"):
        text = re.sub(r"\b(sh|hz)-(\w+)(?=,)", r"sz-\1-\2", (tmp_path / name).read_text(encoding="utf-8"))
        (tmp_path / name).write_text(text, encoding="utf-8")
    first = load_company(settings)
    second = first.of("suzhou")
    assert (first.of("") is first, first.of("gone") is first, second.of("suzhou") is second) == (True, True, True)
    assert (second.key, second.home_city, second.language) == ("suzhou", "苏州市", "en")
    assert second.dispatchers.get("sz-sh-west") is not None
    watch = RulesWatch(settings, first)
    assert watch.reload(NOW) == []
    (tmp_path / "cargo.csv").unlink()
    assert watch.reload(NOW) != [], "a fault of the second company's rules keeps the old ones of both"
    assert watch.company is first
