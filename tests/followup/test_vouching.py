"""Names and roles that follow from what a provider says."""

from typing import Any

import pytest

from config.settings import OidcSettings
from followup.people import Role
from followup.vouching import NotVouched, vouched


def oidc(**more: Any) -> OidcSettings:
    return OidcSettings(issuer="https://id.example", client_id="desk", client_secret="x", **more)


@pytest.mark.parametrize(
    ("claims", "more", "name"),
    [
        ({"preferred_username": "Li.Jing"}, {}, "li.jing"),
        ({"email": "li@firm.example", "email_verified": True}, {"domain": "firm.example"}, "li"),
        ({"preferred_username": "li@FIRM.example"}, {"domain": "@Firm.example"}, "li"),
        ({"email": "li@firm.example"}, {"name_claim": "email", "domain": "firm.example"}, "li"),
        ({"upn": "li"}, {"name_claim": "upn"}, "li"),
    ],
)
def test_the_name(claims: dict[str, Any], more: dict[str, Any], name: str) -> None:
    assert vouched(claims, oidc(**more)).name == name


@pytest.mark.parametrize(
    ("claims", "more", "cause"),
    [
        ({}, {}, "oidc_no_name"),
        ({"preferred_username": 7}, {}, "oidc_no_name"),
        ({"preferred_username": "李静"}, {}, "oidc_no_name"),
        ({"preferred_username": "li@elsewhere.example"}, {"domain": "firm.example"}, "oidc_domain"),
        ({"preferred_username": "li@firm.example"}, {}, "oidc_domain"),
        ({"preferred_username": "li@firm.example@elsewhere.example"}, {"domain": "firm.example"}, "oidc_domain"),
        ({"email": "li@firm.example"}, {"domain": "firm.example"}, "oidc_no_name"),
        (
            {"email": "li@firm.example", "email_verified": False},
            {"name_claim": "email", "domain": "firm.example"},
            "oidc_no_name",
        ),
        ({"preferred_username": "li", "upn": ""}, {"name_claim": "upn"}, "oidc_no_name"),
    ],
)
def test_nobody(claims: dict[str, Any], more: dict[str, Any], cause: str) -> None:
    with pytest.raises(NotVouched) as refused:
        vouched(claims, oidc(**more))
    assert refused.value.cause == cause


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["a", "b"]}, Role.SUPERVISOR),
        ({"groups": "a"}, Role.AGENT),
        ({"groups": ["a", 7, None]}, Role.AGENT),
    ],
)
def test_the_highest_role_counts(claims: dict[str, Any], role: Role) -> None:
    settings = oidc(roles_claim="groups", roles={"a": "agent", "b": "supervisor"})
    assert vouched({"preferred_username": "li"} | claims, settings).role is role


@pytest.mark.parametrize("claims", [{}, {"groups": []}, {"groups": ["c"]}, {"groups": {"a": 1}}])
def test_without_a_role_nobody_gets_in(claims: dict[str, Any]) -> None:
    settings = oidc(roles_claim="groups", roles={"a": "agent"})
    with pytest.raises(NotVouched, match="oidc_no_role"):
        vouched({"preferred_username": "li"} | claims, settings)


def test_a_claim_may_be_called_like_an_address() -> None:
    settings = oidc(roles_claim="https://firm.example/roles", roles={"a": "agent"})
    claims = {"preferred_username": "li", "https://firm.example/roles": ["a"]}
    assert vouched(claims, settings).role is Role.AGENT
