"""Whose word counts: the table of authenticity, and the forged headers that must not."""

import pytest

from intake.authenticity import Act, Evidence, Proof, Trust, evidence, trust

OURS = "mx.consign.example"
BORDER = b"Received: from out.good.example by mx.consign.example (Postfix) with ESMTPS id 1\r\n"
INNER = b"Received: from mx.consign.example by store.consign.example (Dovecot) with LMTP\r\n"
REST = b"From: a@good.example\r\nSubject: x\r\n\r\nbody\r\n"


def results(value: str) -> bytes:
    return f"Authentication-Results: {value}\r\n".encode()


def found(octets: bytes, *, domain: str = "good.example", trusted: str = OURS) -> Evidence:
    return evidence(octets, domain, trusted, OURS)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mx.consign.example; dmarc=pass header.from=good.example", Evidence.PASS),
        (
            "mx.consign.example; spf=pass smtp.mailfrom=x@y.example;\r\n dmarc=pass (p=none) header.from=good.example",
            Evidence.PASS,
        ),
        ("mx.consign.example 1; dkim=pass header.d=good.example", Evidence.PASS),
        ("mx.consign.example; dkim=pass header.i=@good.example", Evidence.PASS),
        ("MX.CONSIGN.EXAMPLE; DMARC=PASS header.from=good.example", Evidence.PASS),
        ("mx.consign.example; dkim=pass header.d=evil.example", Evidence.NONE),
        ("mx.consign.example; dkim=pass header.d=notgood.example", Evidence.NONE),
        ("mx.consign.example; dmarc=pass header.from=evil.example", Evidence.NONE),
        ("mx.consign.example; spf=pass smtp.mailfrom=good.example", Evidence.NONE),
        ("mx.consign.example; dmarc=none header.from=good.example", Evidence.NONE),
        ("mx.consign.example; dmarc=fail header.from=good.example", Evidence.FAIL),
        ("mx.consign.example; dkim=pass header.d=good.example; dmarc=fail header.from=good.example", Evidence.FAIL),
        ("mx.consign.example; none", Evidence.NONE),
        ("mx.consign.example (dmarc=pass header.from=good.example); none", Evidence.NONE),
        ('mx.consign.example; dkim=fail reason="; dmarc=pass" header.d=good.example', Evidence.NONE),
        ("other.example; dmarc=pass header.from=good.example", Evidence.NONE),
        ("evil.example mx.consign.example; dmarc=pass header.from=good.example", Evidence.NONE),
        ("", Evidence.NONE),
    ],
)
def test_what_our_border_wrote(value: str, expected: Evidence) -> None:
    assert found(INNER + results(value) + BORDER + REST) is expected


def test_attack_7_results_below_our_own_received_are_not_ours() -> None:
    forged = results("mx.consign.example; dmarc=pass header.from=good.example")
    assert found(INNER + BORDER + forged + REST) is Evidence.NONE
    assert (
        found(INNER + BORDER + forged + b"Received: from x by mx.consign.example with SMTP\r\n" + REST) is Evidence.NONE
    )
    assert found(forged + REST) is Evidence.NONE  # it never passed our border


def test_a_received_line_that_only_mentions_our_border_is_not_of_our_border() -> None:
    forged = results("mx.consign.example; dmarc=pass header.from=good.example")
    liar = b"Received: from mx.consign.example by evil.example with SMTP\r\n"
    assert found(BORDER + liar + forged + REST) is Evidence.NONE


def test_a_failure_beats_every_pass() -> None:
    both = results("mx.consign.example; dkim=pass header.d=good.example") + results("mx.consign.example; dmarc=fail")
    assert found(both + BORDER + REST) is Evidence.FAIL


def test_a_folded_or_broken_header_block_is_read_line_by_line() -> None:
    folded = b"Authentication-Results: mx.consign.example;\r\n\tdmarc=pass\r\n\theader.from=good.example\r\n"
    assert found(b"this is no header\r\n" + folded + BORDER + REST) is Evidence.PASS


def test_nothing_is_asked_where_nothing_is_configured() -> None:
    assert found(results("mx.consign.example; dmarc=fail") + BORDER + REST, trusted="") is Evidence.NOT_ASKED


def test_the_body_is_no_header() -> None:
    forged = results("mx.consign.example; dmarc=pass header.from=good.example")
    assert found(REST + forged + BORDER) is Evidence.NONE


def proof(address: bool = True, token: bool = True, evidence: Evidence = Evidence.NOT_ASKED) -> Proof:
    return Proof(address, token, evidence)


CHANGES = (Act.CHANGE, Act.CANCEL)


@pytest.mark.parametrize("act", Act)
def test_a_failed_check_changes_nothing(act: Act) -> None:
    assert trust(act, proof(evidence=Evidence.FAIL)) is Trust.FORGERY


@pytest.mark.parametrize("evidence", [Evidence.NOT_ASKED, Evidence.NONE, Evidence.PASS])
def test_an_order_is_only_an_order(evidence: Evidence) -> None:
    assert trust(Act.ORDER, proof(False, False, evidence)) is Trust.ACT


def test_an_account_is_charged_on_evidence_where_evidence_is_asked() -> None:
    assert trust(Act.MONTHLY_ORDER, proof(token=False, evidence=Evidence.PASS)) is Trust.ACT
    assert trust(Act.MONTHLY_ORDER, proof(token=False, evidence=Evidence.NONE)) is Trust.CONFIRM
    assert trust(Act.MONTHLY_ORDER, proof(token=False)) is Trust.ACT


@pytest.mark.parametrize("act", CHANGES)
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (proof(), Trust.ACT),
        (proof(token=False), Trust.CONFIRM),
        (proof(address=False), Trust.CONFIRM),
        (proof(evidence=Evidence.NONE), Trust.CONFIRM),
        (proof(evidence=Evidence.PASS), Trust.ACT),
        (proof(token=False, evidence=Evidence.PASS), Trust.ACT),
        (proof(address=False, evidence=Evidence.PASS), Trust.CONFIRM),
    ],
)
def test_a_change_needs_the_customer(act: Act, given: Proof, expected: Trust) -> None:
    assert trust(act, given) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (proof(), Trust.ACT),
        (proof(evidence=Evidence.PASS), Trust.ACT),
        (proof(token=False), Trust.CONFIRM),
        (proof(token=False, evidence=Evidence.PASS), Trust.CONFIRM),
        (proof(address=False), Trust.CONFIRM),
        (proof(evidence=Evidence.NONE), Trust.CONFIRM),
    ],
)
def test_a_dispatcher_needs_address_and_token_and_authentication(given: Proof, expected: Trust) -> None:
    assert trust(Act.DISPATCHER_WORD, given) is expected
