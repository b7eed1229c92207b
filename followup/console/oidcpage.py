"""Logging in at the company's identity provider: there by a plain link, back with a code, then a session like any.

A link and not a form: form-action 'self' of our pages would stop a form that is led to another site.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import APIRouter
from fastapi.responses import Response

from config.settings import OidcSettings
from followup import people
from followup.console.desk import AnyVisit, Refused, Visit, to
from followup.console.guard import BACK_FROM_PROVIDER
from followup.console.oidctry import NotProven, ProviderAway, Try
from followup.console.signin import address_of, browser_of, enter_with, local_path, login_form
from followup.vouching import NotVouched, vouched

if TYPE_CHECKING:
    from followup.console.oidc import Provider

log = structlog.get_logger()
router = APIRouter()


def provider_for(settings: OidcSettings) -> "Provider":
    from followup.console.oidc import Provider  # needs the extra `oidc`, which only who uses it has installed

    return Provider(settings)


def _provider(visit: Visit) -> "Provider":
    provider: Provider | None = visit.request.app.state.provider
    if provider is None:
        raise Refused(404, "error_404")
    return provider


@router.get("/login/oidc")
def go(visit: AnyVisit, next: str = "/") -> Response:
    """Leads to the provider; what the answer must match goes into a signed cookie of this browser."""
    provider = _provider(visit)
    attempt = Try.begin(local_path(next), visit.now)
    try:
        response = to(provider.way_there(attempt, _redirect_uri(visit, provider), visit.now))
        sealed = attempt.sealed(provider.secret())
    except ProviderAway as away:
        return _told(visit, "oidc_away", 502, str(away))
    secure = visit.console.settings.console.secure_cookies
    # lax, not strict: the way back begins at the provider
    response.set_cookie(_cookie(visit), sealed, httponly=True, secure=secure, samesite="lax", path="/")
    return response


@router.get(BACK_FROM_PROVIDER)
def back(visit: AnyVisit, code: str = "", state: str = "", error: str = "", iss: str = "") -> Response:
    """The provider leads back here. Whatever comes of it, this try is over."""
    provider = _provider(visit)
    try:
        response = _answered(visit, provider, code, state, error, iss)
    except ProviderAway as away:
        response = _told(visit, "oidc_away", 502, str(away))
    except NotProven as wrong:
        response = _told(visit, "oidc_not_proven", 401, str(wrong))
    except NotVouched as nobody:
        with visit.console.database.write() as session:
            people.note_refusal(session, nobody.name, address_of(visit), visit.now, nobody.cause)
        response = _told(visit, nobody.cause, 403, nobody.cause, nobody.name)
    response.delete_cookie(_cookie(visit), path="/", secure=visit.console.settings.console.secure_cookies)
    return response


def _answered(visit: Visit, provider: "Provider", code: str, state: str, error: str, iss: str) -> Response:
    """Raises ProviderAway, NotProven, NotVouched."""
    attempt = Try.unsealed(visit.request.cookies.get(_cookie(visit), ""), provider.secret(), visit.now)
    if attempt is None or not attempt.answered_by(state):
        return _told(visit, "oidc_stale", 401, "no such try")
    if error or not code:
        return _told(visit, "oidc_denied", 401, error[:60] or "no code")
    if iss and iss != provider.settings.issuer:  # RFC 9207: another provider's answer
        raise NotProven("iss of the answer")
    claims = provider.claims(code, attempt, _redirect_uri(visit, provider), visit.now)
    return enter_with(visit, _session_of(visit, provider, claims), attempt.onward)


def _session_of(visit: Visit, provider: "Provider", claims: Mapping[str, Any]) -> str:
    """Raises NotVouched for whoever has no account here, or one that is disabled."""
    who = vouched(claims, provider.settings)
    make_as = who.display if provider.settings.create else None
    where = (address_of(visit), browser_of(visit), visit.now)
    try:
        return people.enter_vouched(visit.console.database, who.name, *where, role=who.role, make_as=make_as)
    except KeyError as unknown:
        raise NotVouched("oidc_unknown", who.name) from unknown
    except people.LoginRefused as disabled:
        raise NotVouched("oidc_disabled", who.name) from disabled


def _told(visit: Visit, text: str, status: int, cause: str, name: str = "") -> Response:
    """The login page with what happened; the cause, which may speak of the provider's insides, goes to the log."""
    log.warning("oidc_login_failed", text=text, cause=cause)
    return login_form(visit, status, trouble=visit.word(text, name=name))


def _redirect_uri(visit: Visit, provider: "Provider") -> str:
    return provider.settings.redirect_uri or str(visit.request.base_url).rstrip("/") + BACK_FROM_PROVIDER


def _cookie(visit: Visit) -> str:
    return visit.console.cookie + "-oidc"
