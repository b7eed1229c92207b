"""Rule: what an identity provider says of somebody -> the login name, and the role, that this desk knows him by.

The provider proves who it is (followup.console.oidc); which names and roles follow is what the administrator has set.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from config.settings import OidcSettings
from followup.people import NAME, RANK, Role


class NotVouched(Exception):
    """Nobody of this desk; `cause` is the key of the text that says why, `name` who the provider says it is."""

    def __init__(self, cause: str, name: str = "") -> None:
        super().__init__(cause)
        self.cause, self.name = cause, name


@dataclass(frozen=True)
class Vouched:
    """Somebody whom the provider vouches for; `role` None: the role is not the provider's affair."""

    name: str
    display: str
    role: Role | None = None


def vouched(claims: Mapping[str, Any], settings: OidcSettings) -> Vouched:
    """Who it is. Raises NotVouched where no name, no name of ours or no role follows from the claims."""
    name = _local_name(_stated_name(claims, settings), settings)
    role = None
    if settings.roles_claim:
        role = _highest(_values(claims, settings.roles_claim), settings.roles)
        if role is None:
            raise NotVouched("oidc_no_role", name)
    return Vouched(name, str(claims.get("name") or name)[:60], role)


def _stated_name(claims: Mapping[str, Any], settings: OidcSettings) -> str:
    if settings.name_claim:
        # where the administrator has chosen the address, a provider that says nothing of proof is believed
        proven = settings.name_claim != "email" or claims.get("email_verified", True) is True
        return _text(claims, settings.name_claim) if proven else ""
    if name := _text(claims, "preferred_username"):
        return name
    return _text(claims, "email") if claims.get("email_verified") is True else ""


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip().lower() if isinstance(value, str) else ""


def _local_name(stated: str, settings: OidcSettings) -> str:
    """The login name; of a mail address what stands before the company's own domain.

    wang@elsewhere.example must not become our wang, so an address without a domain that is set is nobody.
    """
    name, at, domain = stated.partition("@")
    if at and domain != settings.domain.lower().removeprefix("@"):
        raise NotVouched("oidc_domain", stated[:100])
    if not NAME.fullmatch(name):
        raise NotVouched("oidc_no_name", stated[:100])
    return name


def _values(claims: Mapping[str, Any], path: str) -> Iterable[str]:
    """The texts of a claim; dots lead into objects, unless a claim has the whole name (as URLs do)."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return [value for value in listed if isinstance(value, str)]


def _highest(values: Iterable[str], roles: Mapping[str, str]) -> Role | None:
    mine = [Role(roles[value]) for value in values if value in roles]
    return max(mine, key=lambda role: RANK[role], default=None)
