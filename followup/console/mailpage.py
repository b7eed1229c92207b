"""A mail as it came, and a letter as it went: shown, framed, and as bytes to keep."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy.orm import undefer

from dispatch.tables import Letter
from followup import orderdesk
from followup.console.desk import Guarded, Refused, SignedIn, Visit, to
from followup.console.guard import MAIL_CSP
from followup.console.mailview import framed_html, mail_view
from intake import mailbook

router = APIRouter()


@router.get("/mails/{mail_id}")
def mail_page(mail_id: int, visit: SignedIn) -> Response:
    with visit.console.database.read() as session:
        view = mail_view(session, mail_id, {})
    if view is None:
        raise Refused(404, "mail_unknown")
    return visit.console.page(visit, "mail.html", view=view)


def _octets(visit: Visit, mail_id: int) -> bytes:
    with visit.console.database.read() as session:
        mail = mailbook.mail(session, mail_id)
        if mail is None or mail.octets is None:
            raise Refused(404, "mail_unknown")
        return mail.octets


@router.get("/mails/{mail_id}/frame")
def mail_frame(mail_id: int, visit: SignedIn) -> Response:
    """The HTML of a mail for a sandboxed frame: no script, no picture, no link, no form can work in it."""
    body = framed_html(_octets(visit, mail_id))
    page = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>mail</title><body>{body}</body></html>'
    return Response(page, media_type="text/html", headers={"content-security-policy": MAIL_CSP})


@router.get("/mails/{mail_id}/eml")
def mail_octets(mail_id: int, visit: SignedIn) -> Response:
    return _download(_octets(visit, mail_id), f"mail-{mail_id}.eml")


def _download(octets: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": "sandbox"}
    return Response(octets, media_type="message/rfc822", headers=headers)


def _letter(visit: Visit, letter_id: int) -> Letter:
    with visit.console.database.read() as session:
        letter = session.get(Letter, letter_id, options=[undefer(Letter.octets)])
    if letter is None:
        raise Refused(404, "no_such_letter")
    return letter


@router.get("/letters/{letter_id}")
def letter_page(letter_id: int, visit: SignedIn) -> Response:
    letter = _letter(visit, letter_id)
    message = message_from_bytes(letter.octets, _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    papers = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    return visit.console.page(visit, "letter.html", letter=letter, text=text, papers=papers)


@router.get("/letters/{letter_id}/eml")
def letter_octets(letter_id: int, visit: SignedIn) -> Response:
    return _download(_letter(visit, letter_id).octets, f"letter-{letter_id}.eml")


@router.post("/letters/{letter_id}/again")
def send_again(letter_id: int, visit: Guarded) -> Response:
    """Once more to the same address, beside the first."""
    if orderdesk.send_again(visit.console.database, letter_id, visit.who.name, visit.now) is None:
        raise Refused(404, "no_such_letter")
    number = visit.request.query_params.get("order", "")
    return to(f"/orders/{number}" if number.replace("-", "").isdigit() else f"/letters/{letter_id}")
