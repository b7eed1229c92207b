"""Which columns hold words about people, and what stands there once they are forgotten (RELIABILITY §8).

Every column of text, JSON or octets stands in one of three tables here; a test walks the schema, so that none is
forgotten. Numbers, times, money, cargo and the timeline's skeleton stay, names, numbers, addresses and words go.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import null

from followup.webhookwords import TOLD
from intake.customers import CustomerTerms

LONGEST_CITY = 12  # characters of a destination that is a name and no address
# Details of events that say nothing about a person; all others are emptied.
DETAILS = frozenset(TOLD) | {
    "reasons",
    "letter",
    "dispatcher",
    "why",
    "asked",
    "topic",
    "copy_of",
    "of",
    "event",
    "room",
}
# Fields of a form that name and place nobody; all others go.
FORM = frozenset({"cargo", "payment", "declared_value", "receipt_copies", "services"})


@dataclass(frozen=True)
class Rewrite:
    """A value that does not go as a whole: `anew` makes it of the old one and the id of its row."""

    anew: Callable[[Any, Any], Any]


def _form(form: dict[str, Any], _id: Any) -> dict[str, Any]:
    city = form.get("destination") or ""
    is_name = len(city) <= LONGEST_CITY and not any(sign.isdigit() for sign in city)
    kept = {name: value for name, value in form.items() if name in FORM}
    return kept | {"destination": city if city and is_name else None}


def _verdict(verdict: dict[str, Any], _id: Any) -> dict[str, Any]:
    """The verdict with its codes and its money, without the words that its reasons were filled with."""
    checks = [
        {**check, "reasons": [{**reason, "values": {}} for reason in check.get("reasons", [])]}
        for check in verdict.get("checks", [])
    ]
    return {**verdict, "checks": checks, "pickup_place": ""}


def _details(details: dict[str, Any], _id: Any) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name in DETAILS}


def _nobody(_key: str, id_: Any) -> str:
    """A key that may have held an address, and must stay unlike all others."""
    return f"erased-{id_}"


def _terms(_terms: dict[str, Any], id_: Any) -> dict[str, Any]:
    return CustomerTerms(key=_nobody("", id_), name="").model_dump(mode="json")


def _trouble(trouble: str | None, _id: Any) -> str | None:
    """Whether there was trouble decides what becomes of the row; what it was may name somebody."""
    return trouble and "erased"


# Table -> column -> what stands there afterwards.
BLANKS: Mapping[str, Mapping[str, Any]] = {
    "orders": {"shipper_address": ""},
    "revision": {
        "form": Rewrite(_form),
        "problems": [],
        "origins": {},
        "verdict": Rewrite(_verdict),
        "content_key": "",
    },
    "inbound_mail": {
        "sender": "",
        "stream": "",
        "subject": "",
        "message_id": "",
        "evidence": null(),
        "trouble": null(),
        "octets": null(),
    },
    "event": {"details": Rewrite(_details)},
    "handover": {"trouble": Rewrite(_trouble)},
    "customer": {"key": Rewrite(_nobody), "name": "", "terms": Rewrite(_terms)},
    "letter": {"key": Rewrite(_nobody), "recipient": "", "subject": "", "last_reply": null(), "octets": b""},
    "task": {"key": Rewrite(_nobody), "whom": "", "phone": "", "why_values": {}},
    "attempt": {"note": "", "details": {}},
    "said_word": {"details": {}, "trouble": null()},
    "shipment": {"driver": "", "driver_phone": "", "vehicle": "", "signed_by": ""},
    "receipt": {"sent_by": "", "received_by": "", "checked_by": "", "handed_to": ""},
    "satisfaction": {"words": ""},
    "exception_case": {"words": "", "compared": "", "cause": "", "remedy": ""},
    "complaint": {"complainant": "", "words": "", "cause": "", "remedy": ""},
    "penalty": {"key": Rewrite(_nobody), "words": ""},
    "attachment": {"name": "", "octets": null(), "digest": Rewrite(_nobody)},  # a file that no row names is swept away
    "legal_hold": {"reason": ""},
    "order_reference": {"key": Rewrite(_nobody), "reference": "", "content": ""},
    "seal": {"salt": null()},  # without it the commitment to what an event said says nothing any more
}
# Tables whose rows go as a whole: they are nothing but ways to find a person.
GONE = frozenset({"search_word", "customer_address"})
# Codes, numbers and keys; the company's own people, servers and stations. "*": the whole table.
IMPERSONAL: Mapping[str, tuple[str, ...]] = {
    "orders": ("number", "company", "channel", "state"),
    "revision": ("outcome", "rules_version", "ordered_at_note", "decided_by"),
    "inbound_mail": ("mailbox", "company", "state", "reader", "fingerprint", "kind", "topic"),
    "event": ("kind", "actor"),
    "handover": ("room",),
    "letter": ("purpose", "company", "dispatcher", "message_id", "state", "sender"),
    "task": ("kind", "state", "role", "why", "zone", "dispatcher", "holder", "outcome", "closed_by"),
    "attempt": ("agent", "outcome"),
    "said_word": ("agent", "outcome"),
    "shipment": ("stage", "zone", "dispatcher", "destination", "receipt_state", "closed_why"),
    "batch": ("station", "told_by"),
    "receipt": ("state", "region", "responsible"),
    "satisfaction": ("way", "agent"),
    "exception_case": ("kind", "stage", "owner", "opened_by", "unit", "closed_by"),
    "complaint": ("owner", "opened_by", "unit", "closed_by"),
    "penalty": ("rule", "unit", "decided_by", "decision"),
    "attachment": ("kind", "content_type", "added_by"),
    "seal": ("commitment", "digest"),
    "webhook_post": ("hook", "state", "last_reply"),
    "legal_hold": ("set_by", "lifted_by"),
    "agent": ("*",),
    "alert": ("*",),
    "api_token": ("*",),
    "cursor": ("*",),
    "desk_session": ("*",),
    "login_failure": ("*",),
    "login_link": ("*",),
    "number_series": ("*",),
    "report_mailing": ("*",),
    "shift_note": ("*",),
    "webhook_cursor": ("*",),
}
