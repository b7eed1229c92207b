"""Search: one field for number, phone, name, address and words."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from followup import ordersearch
from followup.console.desk import SignedIn, to
from followup.console.queuepage import dispatcher_names

router = APIRouter()
SHOWN = 50


@router.get("/search")
def search_page(visit: SignedIn, q: str = "") -> Response:
    """A whole order number leads to its order at once."""
    text = q.strip()[:100]
    with visit.console.database.read() as session:
        found = ordersearch.search(session, text, SHOWN) if text else []
    if len(found) == 1 and found[0].number == text:
        return to(f"/orders/{text}")
    values: dict[str, Any] = {"orders": found, "q": text, "masked": visit.phone}
    return visit.console.page(visit, "search.html", dispatcher_name=dispatcher_names(visit), **values)
