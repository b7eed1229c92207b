"""Reports by mail on schedule: once for each day, week or month, whatever happens, on both databases."""

import email
import email.policy
import io
import threading
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from config.database import Database
from config.desksections import WEEKLY_EXCEPTIONS, ReportSettings
from config.settings import LetterSettings
from dispatch.scribe import Desk
from dispatch.tables import Letter
from followup import reportmail
from followup.reportmail import mail_reports
from followup.tables_journey import ReportMailing
from intake.tables import Event
from tests.deskworld import Clock, sample_company
from tests.reportworld import ReportWorld, at

DESK = Desk(sample_company(), b"secret", LetterSettings())
SCORES = ReportSettings(name="satisfaction", when="daily 18:00", of="today", to=("boss@consign.example",), form="xlsx")


class Post:
    """A world whose schedule is asked at given times."""

    def __init__(self, database: Database, *schedule: ReportSettings, desk: Desk = DESK) -> None:
        self.database, self.schedule, self.desk = database, schedule, desk
        self.world = ReportWorld(database)

    def at(self, now: str, *, held: bool = False) -> int:
        return mail_reports(self.database, self.desk, self.schedule, Clock(at(now)), held=held)

    def letters(self) -> list[Letter]:
        with self.database.read() as session:
            return list(session.scalars(select(Letter).order_by(Letter.id).options(undefer(Letter.octets))))

    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(each.octets, policy=email.policy.default) for each in self.letters()]


@pytest.fixture
def weekly(database: Database) -> Post:
    """The schedule that ships; the first order came in week 47."""
    post = Post(database, WEEKLY_EXCEPTIONS)
    order = post.world.order("11-16 09:00")
    post.world.exception("11-24 09:00", unit="宁波站", order_id=order)
    post.world.exception("11-30 08:00", order_id=order)
    return post


def test_the_weekly_exceptions_go_to_the_supervisor_on_monday_at_nine(weekly: Post) -> None:
    assert weekly.at("11-23 09:00") == 1  # week 47
    assert weekly.at("11-30 08:59:59") == 0
    assert weekly.at("11-30 09:00") == 1
    assert weekly.at("11-30 09:00:30") == 0
    mail = weekly.mails()[-1]
    assert mail["to"] == sample_company().supervisor
    assert mail["subject"] == "【报表】异常 2026 年第 48 周（11-23 至 11-29）"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]  # a None fails the test
    assert "新登记: 1" in text
    assert "宁波站" in html
    assert list(mail.iter_attachments()) == []


def test_after_an_outage_it_is_made_up_for_once(weekly: Post) -> None:
    """Down from week 47 until Thursday of week 50: the letter of week 49 is written, seen from its own Monday."""
    assert weekly.at("12-10 15:00") == 1
    assert weekly.at("12-10 15:01") == 0
    assert [mail["subject"] for mail in weekly.mails()] == ["【报表】异常 2026 年第 49 周（11-30 至 12-06）"]
    with weekly.database.read() as session:
        assert [row.period for row in session.scalars(select(ReportMailing))] == ["2026-W50"]


def test_what_was_due_before_the_first_order_is_not_made_up_for(database: Database) -> None:
    post = Post(database, WEEKLY_EXCEPTIONS)
    assert post.at("11-25 12:00") == 0
    post.world.order("11-25 12:00")
    assert post.at("11-25 12:01") == 0
    assert post.at("11-30 09:00") == 1


def test_letter_row_and_event_stand_or_fall_together(weekly: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("killed between the letter and its event")

    with monkeypatch.context() as broken:
        broken.setattr(reportmail, "record", fail)
        assert weekly.at("11-30 09:00") == 0
    assert weekly.letters() == []
    with weekly.database.read() as session:
        assert session.scalars(select(ReportMailing)).all() == []
    assert weekly.at("11-30 09:01") == 1
    with weekly.database.read() as session:
        (told,) = session.scalars(select(Event).where(Event.kind == "report_mailed"))
    assert told.details == {"name": "exceptions", "period": "2026-W49", "recipient": sample_company().supervisor}


def test_two_daemons_write_one_letter(weekly: Post) -> None:
    """Both have reckoned the report before either writes."""
    met, done = threading.Barrier(2, timeout=30), []
    reckon = reportmail._letter

    def together(*values: object) -> object:
        letter = reckon(*values)  # type: ignore[arg-type]  # each value has its own type
        met.wait()
        return letter

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reportmail, "_letter", together)
        daemons = [threading.Thread(target=lambda: done.append(weekly.at("11-30 09:00"))) for _ in range(2)]
        for daemon in daemons:
            daemon.start()
        for daemon in daemons:
            daemon.join(30)
    assert sorted(done) == [0, 1]
    assert len(weekly.letters()) == 1


def test_a_report_that_cannot_be_made_holds_up_no_other(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(database, SCORES, SCORES.model_copy(update={"name": "shift"}))
    post.world.order("11-20 09:00")
    from followup.reports import satisfaction
    from followup.reports.catalogue import REPORTS, Kind

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(REPORTS, "satisfaction", Kind(satisfaction.NAME, broken))  # type: ignore[arg-type]  # it only raises
    assert post.at("11-24 18:00") == 1
    assert "班次" in post.mails()[0]["subject"]
    monkeypatch.undo()
    assert post.at("11-24 18:01") == 1, "tried again"


def test_a_daily_workbook_to_each_recipient(database: Database) -> None:
    both = SCORES.model_copy(update={"to": ("boss@consign.example", "desk@consign.example"), "language": "en"})
    post = Post(database, both)
    post.world.order("11-20 09:00")
    post.world.score("11-24 17:59", 4)
    post.world.score("11-24 18:01", 1)  # after it was made
    assert post.at("11-24 18:00") == 2
    assert post.at("11-25 17:00") == 0
    assert post.at("11-25 18:00") == 2
    mails = post.mails()
    assert {mail["to"] for mail in mails[:2]} == {"boss@consign.example", "desk@consign.example"}
    assert mails[0]["subject"] == "[Report] Satisfaction, 2026-11-24"
    (paper,) = mails[0].iter_attachments()
    assert paper.get_filename() == "Satisfaction 2026-11-24.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(paper.get_content()))
    assert book["Satisfaction"]["A6"].value == "Scores"


def test_each_supervisor_gets_the_report_of_his_own_company(database: Database) -> None:
    north = replace(
        sample_company(), key="north", name="北方物流", address="orders@north.example", supervisor="n@north.example"
    )
    desk = Desk(replace(sample_company(), others=(north,)), b"secret", LetterSettings())
    everything = WEEKLY_EXCEPTIONS.model_copy(update={"to": ("boss@consign.example",)})
    post = Post(database, WEEKLY_EXCEPTIONS, everything, desk=desk)
    post.world.exception("11-24 09:00", order_id=post.world.order("11-16 09:00"))
    for _ in range(2):
        post.world.exception("11-24 09:00", order_id=post.world.order("11-16 09:00", company="north"))
    assert post.at("11-30 09:00") == 3
    told = {mail["to"]: mail.get_body(("plain",)).get_content() for mail in post.mails()}  # type: ignore[union-attr]  # a None fails the test
    assert "新登记: 1" in told[sample_company().supervisor]
    assert "新登记: 2" in told["n@north.example"]
    assert "新登记: 3" in told["boss@consign.example"]
    senders = {letter.recipient: letter.company for letter in post.letters()}
    assert senders == {sample_company().supervisor: "", "n@north.example": "north", "boss@consign.example": ""}
    assert "公司：北方物流" in told["n@north.example"]


def test_a_shadow_keeps_its_reports_to_itself(weekly: Post) -> None:
    assert weekly.at("11-30 09:00", held=True) == 1
    assert [letter.state for letter in weekly.letters()] == ["held"]


def test_words_of_customers_cannot_break_out_of_the_mail(database: Database) -> None:
    post = Post(database, SCORES.model_copy(update={"form": "html"}))
    post.world.order("11-20 09:00")
    post.world.score("11-24 09:00", 1, words="<script>alert(1)</script>\r\nBcc: all@evil.example")
    assert post.at("11-24 18:00") == 1
    (mail,) = post.mails()
    assert mail["bcc"] is None
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]  # a None fails the test
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_what_is_open_is_told_as_of_the_moment_of_mailing(database: Database) -> None:
    post = Post(database, ReportSettings(name="receipts", when="monthly 1 08:00"))
    post.world.order("11-01 09:00")
    post.world.receipt("11-20 09:00")
    assert post.at("12-01 08:00") == 1
    (mail,) = post.mails()
    assert "2026-11" in mail["subject"]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # a None fails the test
    days = (at("12-01 08:00") - at("11-10 09:00")) // timedelta(days=1)
    assert f"| {days} | 2026-11-20 09:00:00 | 11.0 天" in text
