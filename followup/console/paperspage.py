"""Papers put to an order: uploaded by form, taken over from a mail, handed out as downloads."""

import hmac
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from followup import attachments, cases
from followup.attachments import NewPaper, NotTaken, PaperKind
from followup.console.desk import Form, Guarded, Refused, SignedIn, Visit, read_form, to
from followup.papertypes import type_of
from followup.shelf import ContentLost, shelf_of
from intake import mailbook, reading, register

router = APIRouter()
MOST_AT_ONCE = 10  # files of one form


async def uploaded(visit: SignedIn, request: Request) -> AsyncIterator[FormData]:
    """The form of an upload, read only for somebody who is logged in; its size was bounded before."""
    form = await read_form(request, files=MOST_AT_ONCE, fields=20)
    try:
        said = request.headers.get("x-csrf") or str(form.get("csrf") or "")
        if not hmac.compare_digest(said.encode(), visit.csrf.encode()):
            raise Refused(403, "refused_csrf")
        yield form
    finally:
        await form.close()


Uploaded = Annotated[FormData, Depends(uploaded)]


@router.post("/orders/{number}/attachments")
def upload(number: str, visit: SignedIn, form: Uploaded) -> Response:
    """Scans and photos, all or none of them."""
    files = [each for each in form.getlist("file") if isinstance(each, UploadFile) and each.size]
    kind, case_id = paper_kind(form), _case_id(form)
    papers = [NewPaper(each.filename or "", each.file.read(), kind, case_id) for each in files]
    keep(visit, number, papers)
    return to(f"/cases/{case_id}" if case_id else f"/orders/{number}")


def paper_kind(form: FormData) -> PaperKind:
    said = str(form.get("kind") or PaperKind.PAPER)
    return PaperKind(said) if said in tuple(PaperKind) else PaperKind.PAPER


def _case_id(form: FormData) -> int | None:
    said = str(form.get("case") or "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None


def keep(visit: Visit, number: str, papers: list[NewPaper]) -> list[int]:
    """Puts the papers to the order. Raises Refused."""
    console = visit.console
    with console.database.read() as session:
        order = register.by_number(session, number)
        if order is None:
            raise Refused(404, "order_unknown")
        for case_id in {paper.case_id for paper in papers if paper.case_id}:
            case = cases.case(session, case_id)
            if case is None or case.order_id != order.id:
                raise Refused(404, "case_unknown")
    if not papers:
        raise Refused(422, "attachment_none")
    limits = console.settings.attachments
    try:
        return attachments.put(
            console.database,
            shelf_of(console.database, limits),
            limits,
            order.id,
            papers,
            f"agent:{visit.who.name}",
            visit.now,
        )
    except NotTaken as refused:
        raise Refused(422, refused.code, **refused.values) from refused
    except OSError as full:
        raise Refused(507, "attachment_no_room") from full


@router.post("/orders/{number}/attachments/from-mail")
def take_over(number: str, visit: Guarded, form: Form) -> Response:
    """The attachments of a mail become papers of the order, as far as they are of a kind that is taken."""
    said = str(form.get("mail") or "")
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise Refused(422, "mail_unknown")
    with visit.console.database.read() as session:
        mail = mailbook.mail(session, int(said))
        octets = mail.octets if mail else None
    if octets is None:
        raise Refused(404, "mail_unknown")
    kind = paper_kind(form)
    files = reading.files_of(octets)
    keep(visit, number, [NewPaper(name, content, kind) for name, content in files if type_of(content)])
    return to(f"/orders/{number}")


@router.get("/attachments/{attachment_id}")
def download(attachment_id: int, visit: SignedIn) -> Response:
    """The bytes as they came, to be kept and not to be run."""
    console = visit.console
    with console.database.read() as session:
        found = attachments.attachment(session, attachment_id)
        if found is None:
            raise Refused(404, "attachment_unknown")
        order = register.records(session, [found.order_id])[found.order_id]
        try:
            shelf = shelf_of(console.database, console.settings.attachments)
            octets = attachments.content(session, shelf, attachment_id)
        except ContentLost as lost:
            raise Refused(410, "attachment_lost") from lost
        name = attachments.file_name(found, order.number)
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": "sandbox"}
    return Response(octets, media_type=found.content_type, headers=headers)
