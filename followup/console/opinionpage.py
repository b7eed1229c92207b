"""The page behind the link of a delivery letter: a customer gives a score without a login. The link is the proof."""

import hmac

from fastapi import APIRouter
from fastapi.responses import Response

from followup import satisfaction
from followup.console.desk import AnyVisit, Form, Refused, Visit, to
from followup.satisfaction import NoScore, Opinion
from intake import register
from intake.tokens import opinion_token

router = APIRouter()


def _check(visit: Visit, number: str, token: str) -> None:
    secret = visit.console.secret
    if not secret or not hmac.compare_digest(opinion_token(secret, number).encode(), token.encode()):
        raise Refused(404, "opinion_unknown")


@router.get("/opinion/{number}/{token}")
def asked(number: str, token: str, visit: AnyVisit) -> Response:
    """Five buttons and room for words; or thanks, where the score was given."""
    _check(visit, number, token)
    with visit.console.database.read() as session:
        order = register.by_number(session, number)
        if order is None:
            raise Refused(404, "opinion_unknown")
        given = satisfaction.of_order(session, order.id)
        open_ = satisfaction.may_be_given(session, order.id, visit.now)
    return visit.console.page(
        visit,
        "opinion.html",
        scores=list(satisfaction.SCORES),
        number=number,
        here=visit.here,
        given=given,
        open=open_,
        company=visit.console.settings.company.name,
    )


@router.post("/opinion/{number}/{token}")
def given(number: str, token: str, visit: AnyVisit, form: Form) -> Response:
    """Takes the score, once. Whoever presses twice is thanked twice."""
    _check(visit, number, token)
    try:
        score = satisfaction.score_of(str(form.get("score") or ""))
    except NoScore as missing:
        raise Refused(400, "opinion_score") from missing
    words = str(form.get("words") or "").strip()
    satisfaction.by_link(visit.console.database, number, Opinion(score, words), visit.now)
    visit.console.pulse.nudge()
    return to(visit.here)
