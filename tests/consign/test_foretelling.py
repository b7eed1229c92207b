"""`consign explain` of a mail that is part of a conversation: what would change, told and undone."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.company import load_company
from config.database import open_database
from config.settings import Settings
from consign import schema
from consign.cli import main
from intake.record import OrderState
from tests.route.talk import ORDER, SHIPPER, Talk


@pytest.mark.parametrize(
    ("text", "sender", "becomes", "kinds"),
    [
        ("查件 {number}，货到哪了？", SHIPPER, "answered", ["enquired"]),
        ("订单号 {number} 请取消，不发了", "x@evil.example", "review", ["change_unproven"]),
        ("你们好，想谈长期合作", "x@other.example", "review", ["mail_for_review"]),
    ],
)
def test_what_would_become_of_it_is_told_and_nothing_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sender: str, becomes: str, kinds: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    database = open_database(f"sqlite:///{tmp_path / 'consign.db'}")
    schema.upgrade(database)
    talk = Talk(database, load_company(Settings()))
    talk.write(ORDER)
    number, mails = talk.order.number, talk.last_mail.id
    (tmp_path / "x.eml").write_bytes(
        talk.octets(text.format(number=number), sender=sender, subject=f"关于 {number}" if "{" in text else "合作")
    )
    result = CliRunner().invoke(main, ["explain", "--json", "x.eml"])
    assert result.exit_code == 0, result.output
    heard = json.loads(result.output)["conversation"]
    assert heard["becomes"] == becomes
    assert [event["kind"] for event in heard["events"]] == kinds
    assert heard["order"] == (number if "{" in text else None)
    assert CliRunner().invoke(main, ["explain", "x.eml"]).exit_code == 0
    assert talk.last_mail.id == mails
    assert talk.order.state is OrderState.ACCEPTED
    assert not talk.events(kinds[0])
    database.close()
