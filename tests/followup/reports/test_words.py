"""Whatever a report shows has its word in both languages, and every figure its definition."""

import re
import tomllib
from pathlib import Path
from string import Template

import pytest

import followup.reports
from config.desksections import ReportSettings
from config.settings import Settings
from dispatch.draft import Purpose
from followup.cases import ExceptionKind
from followup.penalties import PenaltyRule
from followup.receipts import ReceiptState
from followup.reports import words
from followup.reports.catalogue import KINDS, REPORTS
from followup.reports.drawing import drawings
from followup.reports.report import FILTERS, Filters, Report, Unit
from followup.reports.speaking import Speaker
from tests.reportworld import ReportWorld

TEXTS = tomllib.loads((Path(followup.reports.__file__).parent / "words.toml").read_text(encoding="utf-8"))
ASKED = re.compile(r"""\bword\(["']([a-z_]+)["']""")

NAMED = (Unit.ZONE, Unit.TASK, Unit.EXCEPTION, Unit.RULE, Unit.RECEIPT, Unit.STATE, Unit.BAND)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Every report of a small world in which every table has rows."""
    from config.database import open_database
    from consign import schema

    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('words') / 'consign.db'}")
    schema.upgrade(database)
    fill(ReportWorld(database))
    made = {name: ReportWorld(database).report(name, "2026-11-24", "11-25 12:00") for name in REPORTS}
    database.close()
    return made


def fill(world: ReportWorld) -> None:
    """Something of everything on 24 November, for the better and for the worse."""
    mail = world.mail("11-24 09:00", kept=2, judged=5)
    world.work_order("11-24 09:00", 20, world.order(mail_id=mail, customer_id=world.customer("hai", "宁波海通")))
    world.work_order("11-24 10:00", 200)
    late = world.task(due="11-24 11:00", closed_at="11-24 11:05", closed_by="agent:li")
    world.attempt(late, "11-24 11:01", taken="11-24 11:00")
    world.task("review_mail", due="11-24 12:00", order_id=None)
    world.shipment(picked_up_at="11-24 16:00", arrive_by="11-24 18:00", destination="杭州市", transfers=0)
    world.exception("11-24 10:00")
    world.complaint("11-24 10:00")
    world.score("11-24 10:00", 2, words="慢")
    world.penalty("11-24 10:00", "late_receipt", "50.00")
    world.receipt("11-24 09:00")
    world.note("11-24 20:00", "li", "明早先打宁波站")


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", REPORTS)
def test_every_code_has_its_word(reports: dict[str, Report], name: str, language: str) -> None:
    report, speaker = reports[name], Speaker(language, reports[name].period.zone)
    assert speaker.title(name)
    assert speaker.about(name)
    for figure in report.figures:
        assert speaker.name(name, figure.code)
        assert speaker.definition(name, figure.code), f"{figure.code} has no definition"
        assert speaker.say(figure.value, figure.unit)
    for table in report.tables:
        assert table.rows, f"{table.code} is empty: the world of this test shows nothing of it"
        assert speaker.name(name, table.code)
        for row in (*table.rows, *([table.total] if table.total else [])):
            assert all(speaker.say(value, column.unit) for value, column in zip(row, table.columns, strict=True))
        for place, column in enumerate(table.columns):
            assert speaker.name(name, column.code)
            codes = [row[place] for row in table.rows if column.unit in NAMED and row[place]]
            assert language == "en" or [code for code in codes if speaker.say(code, column.unit) == code] == []
    assert len(drawings(report, speaker)) == len(report.charts)


@pytest.mark.parametrize("name", REPORTS)
def test_every_count_in_a_table_is_defined(reports: dict[str, Report], name: str) -> None:
    """What is counted or reckoned is defined; what only says which row it is needs no definition."""
    speaker = Speaker("en", reports[name].period.zone)
    reckoned = [
        column.code
        for table in reports[name].tables
        if table.total
        for column in table.columns[1:]
        if not speaker.definition(name, column.code)
    ]
    assert reckoned == []


@pytest.mark.parametrize("report", TEXTS)
def test_every_entry_is_whole(report: str) -> None:
    for code, entry in TEXTS[report]["words"].items():
        assert len(entry) in (2, 4), code
        assert all(text and text.strip() == text for text in entry), code
        assert not re.search(r"[一-鿿]", " ".join(entry[1::2])), f"the English of {code} has Chinese"
        names = [set(Template(text).get_identifiers()) for text in entry[:2]]
        assert names[0] == names[1], code


def test_every_common_word_that_is_asked_for_is_there() -> None:
    folder = Path(followup.reports.__file__).parent
    files = [*folder.glob("*.py"), *(folder / "templates").iterdir(), folder.parent / "console/templates/report.html"]
    asked = {code for file in files for code in ASKED.findall(file.read_text(encoding="utf-8"))}
    assert len(asked) > 15
    assert sorted(asked - set(TEXTS["common"]["words"])) == []


def test_codes_of_other_rooms_have_their_words() -> None:
    speaker = Speaker("zh", Settings().zone_info)
    for unit, codes in ((Unit.EXCEPTION, ExceptionKind), (Unit.RECEIPT, ReceiptState), (Unit.RULE, PenaltyRule)):
        assert [code for code in codes if speaker.label(code.value, unit) == code.value] == []
    assert words.knows("channel_mail")
    assert [name for name in FILTERS if not words.knows(f"filter_{name}")] == []
    assert Purpose.REPORT


def test_settings_and_catalogue_know_the_same_reports() -> None:
    known = ReportSettings.model_json_schema()["properties"]["name"]["enum"]
    assert known == [kind.name for kind in KINDS] == [name for name in TEXTS if name != "common"]


def test_filters_are_told() -> None:
    speaker = Speaker("en", Settings().zone_info, {"sh-west": "Lu Ming"}, {"li": "Li Jing"}, {"_": "Huhang"})
    assert speaker.filters(Filters("urban", "sh-west", "hai", "li", "_")) == [
        "company: Huhang",
        "zone: urban",
        "dispatcher: Lu Ming",
        "customer: hai",
        "agent: Li Jing",
    ]
    assert speaker.filters(Filters()) == []
