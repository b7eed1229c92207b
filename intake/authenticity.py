"""Who may be believed to have sent a mail, and what may follow from it (RELIABILITY §7).

Evidence is an Authentication-Results header of our own border alone: its authserv-id is ours, and it stands above the
topmost Received line that our border host wrote. Whatever stands below was there before the mail reached us, so anybody
can have written it. Pure: octets and settings in, values out.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

MOST_HEADER_OCTETS = 65536
_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)")
_RESULT = re.compile(r"\s*([a-z0-9-]{1,40})\s*=\s*([a-z]{1,20})\b(.*)", re.IGNORECASE | re.DOTALL)
_HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*\"?([^\s;\"]{1,320})", re.IGNORECASE)
_SIGNED_BY = re.compile(r"\bheader\.(?:d|i)\s*=\s*\"?([^\s;\"]{1,320})", re.IGNORECASE)
_WRITTEN_BY = re.compile(r"\bby\s+([A-Za-z0-9.-]{1,253})", re.IGNORECASE)


class Evidence(StrEnum):
    """What our border says of the sender."""

    NOT_ASKED = "not_asked"  # no trusted authserv-id is configured: other proofs must do
    NONE = "none"  # configured, but no result for this mail
    PASS = "pass"  # dmarc, or dkim of the domain in From
    FAIL = "fail"


class Act(StrEnum):
    """What a mail wants to bring about."""

    ORDER = "order"
    MONTHLY_ORDER = "monthly_order"  # on the account of a customer
    CHANGE = "change"  # amendment, consent: of an order that counts already
    CANCEL = "cancel"
    DISPATCHER_WORD = "dispatcher_word"
    ASK = "ask"  # enquiry, complaint, quote: nothing changes


class Trust(StrEnum):
    """What follows."""

    ACT = "act"
    CONFIRM = "confirm"  # a person calls the number on file first
    FORGERY = "forgery"  # nothing changes, nothing is answered: a task


@dataclass(frozen=True)
class Proof:
    """What speaks for the sender of a mail: three things, each for itself."""

    address: bool  # the address is one of the order's customer, of a known customer, or of the roster
    token: bool  # the mail answers a letter of ours that only its receiver can have
    evidence: Evidence


def trust(act: Act, proof: Proof) -> Trust:
    """The table of RELIABILITY §7, row by row.

    Where no evidence is configured, address and token together take its place; for what changes nothing that was
    dispatched or charged the address is enough.
    """
    if proof.evidence is Evidence.FAIL:
        return Trust.FORGERY
    if act in (Act.ORDER, Act.ASK):
        return Trust.ACT
    if act is Act.MONTHLY_ORDER:
        return Trust.CONFIRM if proof.evidence is Evidence.NONE else Trust.ACT
    if act is Act.DISPATCHER_WORD:
        believed = proof.evidence in (Evidence.PASS, Evidence.NOT_ASKED)
        return Trust.ACT if proof.address and proof.token and believed else Trust.CONFIRM
    if proof.evidence is Evidence.PASS:
        return Trust.ACT if proof.address else Trust.CONFIRM
    proven = proof.address and proof.token and proof.evidence is Evidence.NOT_ASKED
    return Trust.ACT if proven else Trust.CONFIRM


def evidence(octets: bytes, sender_domain: str, trusted_authserv_id: str, border_host: str) -> Evidence:
    """What our own border found out about a mail from `sender_domain` (an A-label, lower case)."""
    if not trusted_authserv_id:
        return Evidence.NOT_ASKED
    found = Evidence.NONE
    for value in _own_results(octets, border_host):
        verdict = _verdict(value, trusted_authserv_id, sender_domain)
        if verdict is Evidence.FAIL:
            return Evidence.FAIL
        if verdict is Evidence.PASS:
            found = Evidence.PASS
    return found


def _own_results(octets: bytes, border_host: str) -> list[str]:
    """The Authentication-Results above the topmost Received of our border; without a border host: above any Received.

    A mail without such a Received line never passed our border: then none counts.
    """
    results = []
    for name, value in _fields(octets):
        if name == "authentication-results":
            results.append(value)
        elif name == "received":
            by = _WRITTEN_BY.search(value)
            if not border_host or (by and by[1].lower().rstrip(".") == border_host.lower()):
                return results
    return []


def _fields(octets: bytes) -> list[tuple[str, str]]:
    """The header fields in their sequence, unfolded."""
    ends = [end for end in (octets.find(b"\n\r\n"), octets.find(b"\n\n")) if end >= 0]
    head = octets[: min(ends, default=len(octets)) + 1][:MOST_HEADER_OCTETS]
    fields = []
    position = 0
    while position < len(head):
        match = _FIELD.match(head, position)
        if match:
            fields.append((match[1].decode("ascii").lower(), " ".join(match[2].decode("latin-1").split())))
            position = match.end()
        line_end = head.find(b"\n", position)
        position = line_end + 1 if line_end >= 0 else len(head)
    return fields


def _verdict(value: str, trusted_authserv_id: str, sender_domain: str) -> Evidence:
    statement, *results = _without_comments(value).split(";")
    words = statement.split()
    if not words or words[0].lower() != trusted_authserv_id.lower():
        return Evidence.NONE
    found = Evidence.NONE
    for result in results:
        match = _RESULT.match(result)
        if not match:
            continue
        method, outcome, properties = match[1].lower(), match[2].lower(), match[3]
        if method == "dmarc" and outcome == "fail":
            return Evidence.FAIL
        if outcome == "pass" and _about_sender(method, properties, sender_domain):
            found = Evidence.PASS
    return found


def _about_sender(method: str, properties: str, sender_domain: str) -> bool:
    """Whether a passed check speaks of the domain in From: dmarc of it, or dkim of it or a domain above it."""
    if method == "dmarc":
        about = _HEADER_FROM.search(properties)
        return about is None or about[1].rpartition("@")[2].lower().rstrip(".") == sender_domain
    if method == "dkim":
        signers = {match[1].rpartition("@")[2].lower().rstrip(".") for match in _SIGNED_BY.finditer(properties)}
        return any(
            sender_domain == signer or ("." in signer and sender_domain.endswith("." + signer)) for signer in signers
        )
    return False


def _without_comments(value: str) -> str:
    """The value without comments in parentheses; what is quoted neither opens a comment nor parts results."""
    kept, depth, quoted = [], 0, False
    for character in value:
        if character == '"' and depth == 0:
            quoted = not quoted
        if not quoted and character == "(":
            depth += 1
        elif not quoted and character == ")" and depth:
            depth -= 1
        elif depth == 0 and not (quoted and character in ";="):
            kept.append(character)
    return "".join(kept)
