"""Exceptions, complaints, penalties and papers at the desk: recorded, changed, told, uploaded, handed out, printed."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from config.settings import Settings
from dispatch.papers import chinese_font
from followup import attachments, caselist, cases, complaints, penaltybook
from followup.agenda import TaskKind
from followup.caselist import Wanted
from followup.tables_cases import ExceptionCase
from followup.tables_journey import Receipt
from intake import register
from intake.record import OrderRecord
from tests.deskworld import ORDER_MAIL, DeskWorld
from tests.followup.console.conftest import BASE, Browser
from tests.processes import missing

Open = Callable[[str], Browser]
PDF = b"%PDF-1.7\n" + b"scan " * 400
MAIL_WITH_PAPERS = b"""\
From: zhang@shipper.example
To: orders@consign.example
Subject: papers
Message-ID: <p@shipper.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="==="

--===
Content-Type: text/plain

see attached
--===
Content-Type: application/octet-stream; name=scan.bin
Content-Disposition: attachment; filename=scan.bin

%PDF-1.4 paper
--===
Content-Type: application/pdf; name=evil.pdf
Content-Disposition: attachment; filename=evil.pdf

<script>alert(1)</script>
--===--
""".replace(b"\n", b"\r\n")


def order_of(world: DeskWorld, number: str) -> OrderRecord:
    with world.database.read() as session:
        found = register.by_number(session, number)
    assert found
    return found


def upload(visitor: Browser, path: str, *files: tuple[str, bytes], csrf: bool = True, **fields: str) -> int:
    data = fields | ({"csrf": visitor.csrf} if csrf else {})
    parts = [("file", (name, octets, "text/html")) for name, octets in files]
    return visitor.client.post(path, data=data, files=parts, headers={"origin": BASE}).status_code


def open_case(visitor: Browser, number: str, kind: str = "damage") -> str:
    answer = visitor.post(f"/orders/{number}/cases", {"kind": kind, "words": "两箱<b>破损</b>"})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_a_case_is_recorded_found_out_and_told(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    visitor, number = browser("li"), numbers["now"]
    page = open_case(visitor, number)
    said = {"cause": "装卸不当", "unit": "杭州东站", "compensation": "1,200.50", "remedy": "", "beyond_control": "1"}
    assert visitor.post(f"{page}/change", said | {"kind": "shortage"}).status_code == 303
    text = html.unescape(visitor.get(page).text)
    for shown in ("货差", "装卸不当", "杭州东站", "1,200.50", "两箱<b>破损</b>", "不可抗力", "还没告知"):
        assert shown in text
    assert "两箱&lt;b&gt;" in visitor.get(page).text
    assert visitor.post(f"{page}/tell", {"letter": "正在清点", "time": "30分钟后"}).status_code == 303
    world.settle()
    with world.database.read() as session:
        (case,) = cases.cases_of(session, order_of(world, number).id)
        assert (case.owner, case.told_at) == ("li", world.clock())
    assert "函告客户" in visitor.get(f"/orders/{number}").text
    assert number in visitor.get("/cases").text
    assert number in visitor.get("/cases?kind=shortage&owner=li").text
    assert number not in visitor.get("/cases?kind=damage").text


@pytest.mark.parametrize(
    ("path", "data", "shown"),
    [
        ("/change", {"compensation": "很多", "remedy": "x"}, "赔偿金额没看懂"),
        ("/tell", {"letter": " "}, "请写下要告诉客户的话"),
        ("/tell", {"letter": "在查", "time": "很快"}, "没看懂"),
    ],
)
def test_what_is_not_understood_changes_nothing_and_stays_typed(
    world: DeskWorld, browser: Open, numbers: dict[str, str], path: str, data: dict[str, str], shown: str
) -> None:
    visitor = browser("li")
    page = open_case(visitor, numbers["now"])
    answer = visitor.post(page + path, data)
    assert answer.status_code == 422
    assert shown in answer.text
    with world.database.read() as session:
        case = session.query(ExceptionCase).one()
    assert (case.remedy, case.told_at) == ("", None)


def test_a_closed_case_is_only_read(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    visitor = browser("li")
    page = open_case(visitor, numbers["now"])
    with world.database.write() as session:
        cases.close(session, session.query(ExceptionCase).one(), "agent:li", world.clock())
    assert visitor.post(f"{page}/change", {"cause": "x"}).status_code == 409
    assert numbers["now"] not in visitor.get("/cases").text
    assert numbers["now"] in visitor.get("/cases?closed=1").text


def test_a_complaint_by_phone_becomes_a_missed_exception(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    visitor, number = browser("li"), numbers["now"]
    assert visitor.post(f"/orders/{number}/complaints", {"words": ""}).status_code == 422
    answer = visitor.post(f"/orders/{number}/complaints", {"words": "货破了没人管", "name": "张经理"})
    page = answer.headers["location"]
    with world.database.read() as session:
        (row,) = caselist.complaints(session, Wanted())
        assert (row.number, row.due_at) == (number, world.clock() + timedelta(hours=1))
    assert "货破了没人管" in visitor.get("/complaints").text
    world.clock.advance(minutes=5)
    case_page = visitor.post(f"{page}/case", {"kind": "damage"}).headers["location"]
    assert visitor.post(f"{page}/case", {"kind": "damage"}).status_code == 409
    assert page in visitor.get(case_page).text
    with world.database.read() as session:
        (found,) = complaints.complaints_of(session, order_of(world, number).id)
        assert found.exception_id == int(case_page.rpartition("/")[2])


def test_a_penalty_is_decided_by_a_supervisor_alone(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    order = order_of(world, numbers["now"])
    with world.database.write() as session:
        due = world.clock() - timedelta(minutes=1)
        session.add(Receipt(order_id=order.id, copies=1, due_at=due, responsible="杭州东站", signed_at=due))
    assert penaltybook.propose_late_receipts(world.database, world.company, world.clock()) == 1
    agent, supervisor = browser("li"), browser("zhao")
    found = re.search(r'action="(/penalties/\d+)"', supervisor.get("/cases").text)
    assert found
    assert found[1] not in agent.get("/cases").text
    assert agent.post(found[1], {"decision": "confirmed"}).status_code == 403
    assert supervisor.post(found[1], {"decision": "perhaps"}).status_code == 422
    assert supervisor.post(found[1], {"decision": "dropped", "words": "到站放假"}).status_code == 303
    assert supervisor.post(found[1], {"decision": "confirmed"}).status_code == 409
    assert "到站放假" in supervisor.get(f"/orders/{order.number}").text


def test_papers_go_up_and_come_down_as_downloads(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    visitor, number = browser("li"), numbers["now"]
    path = f"/orders/{number}/attachments"
    assert upload(visitor, path, ("回单.html", PDF), kind="receipt") == 303
    page = visitor.get(f"/orders/{number}").text
    link = re.search(r'href="(/attachments/\d+)"', page)
    assert link
    assert "回单.html" in page
    answer = visitor.get(link[1])
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{number}-receipt-')
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert browser("").get(link[1]).status_code == 303


def test_papers_that_are_not_taken(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    visitor, number = browser("li"), numbers["now"]
    path = f"/orders/{number}/attachments"
    assert upload(visitor, path, ("a.pdf", b"<html>")) == 422
    assert upload(visitor, path) == 422
    assert upload(visitor, path, ("a.pdf", PDF), csrf=False) == 403
    assert upload(visitor, path, ("a.pdf", PDF), case="999") == 404
    assert upload(visitor, path, *[(f"{n}.pdf", PDF + bytes([n])) for n in range(11)]) == 400
    assert upload(browser(""), path, ("a.pdf", PDF), csrf=False) == 401
    assert upload(visitor, "/orders/20990101-0001/attachments", ("a.pdf", PDF)) == 404
    with world.database.read() as session:
        assert attachments.of_order(session, order_of(world, number).id) == []


def test_an_upload_is_bounded_before_it_is_read(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    largest = Settings().attachments.largest_bytes
    path = f"/orders/{numbers['now']}/attachments"
    headers = {"origin": BASE, "content-length": str(2 * largest + 1)}
    assert browser("li").client.post(path, content=b"", headers=headers).status_code == 413
    headers["content-length"] = str(2 * 1024 * 1024)
    assert browser("li").client.post("/orders/x/link", content=b"", headers=headers).status_code == 413


def test_attachments_of_a_mail_are_taken_over_by_content(
    world: DeskWorld, browser: Open, numbers: dict[str, str]
) -> None:
    visitor, number = browser("li"), numbers["mail"]
    mail_id = world.mail(MAIL_WITH_PAPERS)
    assert ORDER_MAIL
    path = f"/orders/{number}/attachments/from-mail"
    assert visitor.post(path, {"mail": str(mail_id)}).status_code == 303
    assert visitor.post(path, {"mail": "x"}).status_code == 422
    assert visitor.post(path, {"mail": "999"}).status_code == 404
    with world.database.read() as session:
        (paper,) = attachments.of_order(session, order_of(world, number).id)
    assert (paper.name, paper.content_type) == ("scan.bin", "application/pdf")


def test_programs_put_papers_too(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    from followup import apitokens

    with world.database.write() as session:
        token = apitokens.make_token(session, "li", "scanner", world.clock())
    client, bearer = browser("").client, {"authorization": f"Bearer {token}"}
    path = f"/api/v1/orders/{numbers['now']}/attachments"
    answer = client.post(path, files=[("file", ("a.pdf", PDF))], data={"kind": "receipt"}, headers=bearer)
    assert answer.status_code == 201
    (made,) = answer.json()
    assert client.get(f"/api/v1/attachments/{made}", headers=bearer).content == PDF
    assert client.post(path, files=[("file", ("a.pdf", b"no"))], headers=bearer).status_code == 422
    wrong = {"authorization": "Bearer wrong"}
    assert client.post(path, files=[("file", ("a.pdf", PDF))], headers=wrong).status_code == 401


def test_papers_are_printed(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    if chinese_font() is None:
        missing("a Chinese font", "fonts-noto-cjk")
    visitor, number = browser("li"), numbers["now"]
    page = open_case(visitor, number)
    printed = (f"/orders/{number}/papers/waybill", f"/orders/{number}/papers/work_order", f"{page}/report")
    for path in (*printed, "/receipts/cover"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-"), path
        assert answer.headers["content-disposition"].startswith("attachment")
    assert visitor.get(f"/orders/{number}/papers/passport").status_code == 404
    assert visitor.get(f"/orders/{numbers['outside']}/papers/work_order").status_code == 409


def test_a_case_has_its_task_in_the_queue(world: DeskWorld, browser: Open, numbers: dict[str, str]) -> None:
    visitor = browser("li")
    page = open_case(visitor, numbers["now"], "loss")
    with world.database.read() as session:
        case = session.query(ExceptionCase).one()
        from followup.casebook import task

        found = task(session, case.task_id or 0)
    assert found
    assert found.kind == TaskKind.HANDLE_EXCEPTION
    assert f"/tasks/{found.id}" in visitor.get(page).text
    assert visitor.post("/orders/20990101-0001/cases", {"kind": "loss"}).status_code == 404
    assert visitor.post(f"/orders/{numbers['now']}/cases", {"kind": "rain"}).status_code == 422
