"""The JSON interface for papers: scans and photos that programs put to orders, and take from them."""

from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import Response

from followup.attachments import NewPaper, PaperKind
from followup.console.api import Caller
from followup.console.desk import Refused
from followup.console.paperspage import MOST_AT_ONCE, download, keep

router = APIRouter(prefix="/api/v1", tags=["consign"])


@router.post("/orders/{number}/attachments", status_code=201)
def upload(
    number: str, visit: Caller, file: list[UploadFile], kind: Annotated[PaperKind, Form()] = PaperKind.PAPER
) -> list[int]:
    """Puts files to an order, all or none (multipart/form-data, field `file`); their ids in the same sequence."""
    if len(file) > MOST_AT_ONCE:
        raise Refused(422, "attachment_too_many", count=MOST_AT_ONCE)
    return keep(visit, number, [NewPaper(each.filename or "", each.file.read(), kind) for each in file])


@router.get("/attachments/{attachment_id}")
def content(attachment_id: int, visit: Caller) -> Response:
    """The bytes as they came, with their content type."""
    return download(attachment_id, visit)
