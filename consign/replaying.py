"""Stored mail against today's reader and given rules: what would be read or decided differently. Changes nothing.

What a person or a conversation added later (confirmations, changes, the question of a duplicate) is no matter of reader
and rules, and is left out of the comparison.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from config.company import Company
from config.database import Database
from intake import customerbook
from intake.judge import judge
from intake.message import Kind, Understanding
from intake.orderform import ReadOrder
from intake.readers import Failure, ReaderPool
from intake.tables import InboundMail, Order, Revision
from intake.verdict import Outcome, Verdict

CHUNK = 50  # mails read at a time


@dataclass(frozen=True)
class Difference:
    """One thing that would come out otherwise today."""

    mail_id: int
    number: str  # of the order; "" where the mail itself is meant
    field: str
    stored: str
    today: str


@dataclass
class Tally:
    """How many mails were read again, and how many came out otherwise."""

    mails: int = 0
    differ: int = 0


def replay(
    database: Database, company: Company, readers: ReaderPool, since: datetime | None, tally: Tally
) -> Iterator[Difference]:
    """Every difference, oldest mail first; `tally` counts along."""
    last = 0
    while True:
        with database.read() as session:
            mails = _chunk(session, last, since)
            stored = _stored_orders(session, [mail.id for mail in mails])
            senders = customerbook.customers_of(session, [mail.sender for mail in mails])
        if not mails:
            return
        last = mails[-1].id
        results = readers.understand([mail.octets or b"" for mail in mails])
        for mail, result in zip(mails, results, strict=True):
            terms = senders.get(mail.sender, (None, None))[1]
            found = _compare(
                mail,
                result,
                stored.get(mail.id, {}),
                lambda read, at, terms=terms: judge(
                    read, company, at=at, customer=terms, sender_known=terms is not None
                ),
            )
            tally.mails += 1
            tally.differ += bool(found)
            yield from found


def _chunk(session: Session, after: int, since: datetime | None) -> list[InboundMail]:
    statement = select(InboundMail).where(
        InboundMail.id > after, InboundMail.octets.is_not(None), InboundMail.state.not_in(("stored", "copy"))
    )
    if since:
        statement = statement.where(InboundMail.arrived_at >= since)
    statement = statement.order_by(InboundMail.id).limit(CHUNK).options(undefer(InboundMail.octets))
    return list(session.scalars(statement))


def _stored_orders(session: Session, mail_ids: list[int]) -> dict[int, dict[int, tuple[str, Revision]]]:
    """The orders of each mail by their place in it, as they were first judged."""
    statement = (
        select(Order, Revision)
        .join(Revision, Revision.order_id == Order.id)
        .where(Order.mail_id.in_(mail_ids), Revision.revision == 1, Revision.round == 1)
    )
    found: dict[int, dict[int, tuple[str, Revision]]] = {}
    for order, revision in session.execute(statement):
        found.setdefault(order.mail_id or 0, {})[order.place] = (order.number, revision)
    return found


def _compare(
    mail: InboundMail, result: Understanding | Failure, stored: dict[int, tuple[str, Revision]], judged: Any
) -> list[Difference]:
    if isinstance(result, Failure):
        return [Difference(mail.id, "", "reading", str(mail.kind or mail.state), f"fails: {result.kind}")]
    if (mail.kind or "") != result.kind.value:
        return [Difference(mail.id, "", "kind", str(mail.kind or mail.state), result.kind.value)]
    if result.kind is not Kind.ORDER or not stored:
        return []
    if len(result.orders) != len(stored):
        return [Difference(mail.id, "", "orders", str(len(stored)), str(len(result.orders)))]
    differences = []
    for place, read in enumerate(result.orders):
        number, revision = stored.get(place, ("", None))
        if revision is None:
            continue
        before = _facts(revision.form, revision.problems) | _decided(Verdict.model_validate(revision.verdict))
        verdict = judged(read, revision.ordered_at)
        today = _as_facts(read) | _decided(verdict)
        differences += [
            Difference(mail.id, number, field, before.get(field, ""), today.get(field, ""))
            for field in sorted(before.keys() | today.keys())
            if before.get(field, "") != today.get(field, "") and not _asked_beyond(field, revision, verdict)
        ]
    return differences


def _as_facts(read: ReadOrder) -> dict[str, str]:
    return _facts(read.form.model_dump(mode="json"), [problem.model_dump(mode="json") for problem in read.problems])


def _facts(form: dict[str, Any], problems: list[Any]) -> dict[str, str]:
    """The form as dotted fields, without what is empty; the problems as one field."""
    facts = {}
    for name, value in form.items():
        for key, inner in value.items() if isinstance(value, dict) else {"": value}.items():
            if inner not in (None, "", [], ()):
                facts[f"{name}.{key}".rstrip(".")] = str(inner)
    told = sorted(f"{problem['field']}:{problem['code']}" for problem in problems)
    return facts | ({"problems": " ".join(told)} if told else {})


def _decided(verdict: Verdict) -> dict[str, str]:
    facts = {"verdict": verdict.outcome.value, "zone": verdict.zone.value, "dispatcher": verdict.dispatcher or ""}
    if verdict.quote:
        facts |= {"total": str(verdict.quote.total), "days": str(verdict.quote.days)}
    return facts


def _asked_beyond(field: str, revision: Revision, today: Verdict) -> bool:
    """Whether the stored verdict rests on a question that is none of the judge's (a duplicate, a doubtful sender)."""
    if field != "verdict" or revision.outcome != Outcome.AWAITING_CONFIRMATION:
        return False
    own = {check.code for check in today.checks}
    stored = Verdict.model_validate(revision.verdict)
    return today.outcome is Outcome.ACCEPTED and any(
        check.code not in own and not check.passed for check in stored.checks
    )
