"""Mails that attack whoever looks at them: no page fails, nothing runs, no request leaves (rows 25, 26, 27, 31)."""

import http.server
import io
import threading
from collections.abc import Callable, Iterator

import pytest
from pypdf import PdfReader
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select

from dispatch.letterhead import words
from dispatch.papers import chinese_font, work_order_paper
from dispatch.tables import Letter
from dispatch.worksheet import work_sheet
from followup.console.guard import MAIL_CSP
from followup.console.mailview import TAGS
from intake.orderform import Consignee, Shipper
from tests.deskworld import DeskWorld
from tests.dispatch.test_wording import DEADLINE, FULL, Dispatcher, house, record
from tests.followup.console.conftest import Browser
from tests.intake.test_hostile import TRAPS
from tests.processes import missing

Open = Callable[[str], Browser]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address that mails point to, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_PUT = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def html(body: str) -> bytes:
    head = "From: x@shipper.example\r\nSubject: x\r\nMessage-ID: <h@x>\r\nMIME-Version: 1.0\r\n"
    head += "Date: Tue, 24 Nov 2026 11:47:30 +0800\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    return (head + f"<html><body>{body}<b>words</b></body></html>").encode()


REMOTE = "\n".join([
    '<img src="{0}/a.png"><img srcset="{0}/b.png 2x"><link rel=stylesheet href="{0}/c.css">',
    '<style>@import "{0}/d.css"; p{{background:url({0}/e.png)}}</style><iframe src="{0}/f"></iframe>',
    '<iframe srcdoc="<img src={0}/g>"></iframe><base href="{0}/"><meta http-equiv=refresh content="0;url={0}/h">',
    '<object data="{0}/i"></object><embed src="{0}/j"><video poster="{0}/k" src="{0}/l"></video>',
    '<svg><image href="{0}/m"/><use href="{0}/n#x"/></svg><a ping="{0}/o" href="{0}/r">a</a>',
    '<form action="{0}/p"><button>go</button></form><table background="{0}/q"><td></table>',
    '<img src="file:///etc/passwd">',
])  # fmt: skip
SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>a</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mglyph><style><img src=x onerror=alert(1)></style></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<p style='background:url(javascript:alert(1))'>",
    "<details open ontoggle=alert(1)>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<body onload=alert(1)>",
    "<base href=//evil.example/><meta http-equiv=refresh content=0>",
]
HARMLESS = TAGS | {"html", "head", "meta", "title", "body", "-text", "hr"}
PLAIN = {"colspan", "rowspan", "charset", "lang"}


def pages_of(visitor: Browser, mail_id: int) -> str:
    """Every page that shows a mail, as one text; none of them fails."""
    answers = [visitor.get(f"/mails/{mail_id}{end}") for end in ("", "/frame", "/eml")]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[1].headers["content-security-policy"] == MAIL_CSP
    assert answers[2].headers["content-disposition"].startswith("attachment")
    assert all(answer.headers["x-content-type-options"] == "nosniff" for answer in answers)
    frame = LexborHTMLParser(answers[1].text)
    for node in frame.css("*"):
        assert node.tag in HARMLESS
        assert set(node.attributes) <= PLAIN, "nothing that runs, loads, links or styles"
    return answers[0].text + answers[1].text


@pytest.mark.parametrize("name", TRAPS)
def test_no_page_fails_at_a_trap(world: DeskWorld, browser: Open, name: str) -> None:
    pages_of(browser("li"), world.mail_for_review(TRAPS[name]))


@pytest.mark.parametrize("script", SCRIPTS)
def test_attack_25_nothing_of_a_mail_can_run(world: DeskWorld, browser: Open, script: str) -> None:
    shown = pages_of(browser("li"), world.mail_for_review(html(script)))
    assert "<b>words</b>" in shown
    assert script not in shown


def test_attack_27_no_request_leaves_when_a_mail_is_shown(
    world: DeskWorld, browser: Open, listener: tuple[str, list[str]]
) -> None:
    address, asked = listener
    shown = pages_of(browser("li"), world.mail_for_review(html(REMOTE.format(address))))
    assert "words" in shown
    assert "root:" not in shown
    assert asked == []


def test_attack_27_no_request_leaves_when_paper_is_made(listener: tuple[str, list[str]]) -> None:
    font = chinese_font()
    if font is None:
        missing("a Chinese font", "fonts-noto-cjk")
    address, asked = listener
    hostile = REMOTE.format(address)[:400]
    form = FULL.model_copy(update={"remarks": hostile, "pickup_address": f"file:///etc/passwd {hostile}"})
    sheet = work_sheet(record(form=form), DEADLINE, Dispatcher(), house(), words("zh"), token="t")
    paper = work_order_paper(sheet, house(), words("zh"), font, DEADLINE.by)
    reader = PdfReader(io.BytesIO(paper.octets))
    assert all("/Annots" not in page for page in reader.pages), "no link, no action"
    root = reader.root_object
    assert not {"/AA", "/Names"} & set(root)
    assert isinstance(root.get("/OpenAction", []), list), "a place to begin at, no action"
    assert b"root:" not in paper.octets
    assert asked == []


def test_attack_26_fields_are_shown_literally(world: DeskWorld, browser: Open) -> None:
    evil = "<img src=x onerror=alert(1)>"
    number = world.order(
        consignee=Consignee(name=evil, phone="13900139002", company=f'"{evil}'),
        shipper=Shipper(name=f"'{evil}", phone="13800138001"),
        remarks=f"{evil} {{{{7*7}}}}",
    )
    world.settle()
    visitor = browser("zhao")
    with world.database.read() as session:
        letters = session.scalars(select(Letter.id)).all()
    paths = [
        f"/orders/{number}",
        "/orders",
        "/",
        "/wall",
        f"/search?q={number}",
        *(f"/letters/{each}" for each in letters),
    ]
    for path in paths:
        answer = visitor.get(path)
        assert answer.status_code in (200, 303), path
        assert "<img src=x" not in answer.text, path
    assert "&lt;img src=x onerror=alert(1)&gt;" in visitor.get(f"/orders/{number}").text
