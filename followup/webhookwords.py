"""What is posted of an event, and how it is signed: for programs, and for the group robots of WeCom, DingTalk, Feishu.

No name, phone, address or word of a person leaves in a post: only kinds, numbers and times. Pure.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from intake.tables import Event

# Details that say nothing about a person.
TOLD = (
    "kind",
    "outcome",
    "purpose",
    "revision",
    "round",
    "role",
    "task",
    "due_at",
    "put_off_to",
    "expected",
    "at",
    "in_time",
)


@dataclass(frozen=True)
class Post:
    """A request that is ready to go."""

    url: str
    body: bytes
    headers: dict[str, str]


def told(event: Event, number: str) -> dict[str, Any]:
    """An event as data."""
    return {
        "id": event.id,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "order": number or None,
        "mail": event.mail_id,
        "details": {key: event.details[key] for key in TOLD if event.details.get(key) is not None},
    }


def post_for(form: str, url: str, secret: str, event: Event, number: str, text: str, now: datetime) -> Post:
    """The request for one event. `form`: "json" | "wecom" | "dingtalk" | "feishu"; `text` is what robots say."""
    seconds = str(int(now.timestamp()))
    headers = {"content-type": "application/json; charset=utf-8", "user-agent": "consign"}
    if form == "json":
        body = _json(told(event, number))
        return Post(url, body, headers | ({"x-consign-signature": signature(secret, seconds, body)} if secret else {}))
    if form == "feishu":
        signed = {"timestamp": seconds, "sign": _feishu(secret, seconds)} if secret else {}
        return Post(url, _json(signed | {"msg_type": "text", "content": {"text": text}}), headers)
    if form == "dingtalk" and secret:
        url += (
            f"{'&' if '?' in url else '?'}timestamp={seconds}000&sign={quote_plus(_dingtalk(secret, seconds + '000'))}"
        )
    return Post(url, _json({"msgtype": "text", "text": {"content": text}}), headers)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: str, seconds: str, body: bytes) -> str:
    """`t=<seconds>,v1=<hex>`: HMAC-SHA-256 over "<seconds>.<body>", so that an old post cannot be played again."""
    digest = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def _dingtalk(secret: str, milliseconds: str) -> str:
    """As DingTalk's robots want it: the secret is the key, time and secret the message."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _feishu(secret: str, seconds: str) -> str:
    """As Feishu's robots want it: time and secret are the key, the message is empty."""
    digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def taken(form: str, status: int, body: bytes) -> bool:
    """Whether the other side has it; robots say 200 also to what they refuse, with a code in the body."""
    if not 200 <= status < 300:
        return False
    if form == "json":
        return True
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("errcode", answer.get("code", answer.get("StatusCode"))) == 0
