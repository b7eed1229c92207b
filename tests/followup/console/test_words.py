"""Every text that a page or a rule may ask for is there, in both languages."""

import re
import tomllib
from pathlib import Path

import pytest

import followup.console
from dispatch.draft import Purpose
from followup.agenda import TaskKind
from followup.console.fields import FIELDS
from followup.console.plain import Plain, masked
from followup.console.words import word
from followup.outcomes import OUTCOMES
from followup.people import Role
from followup.pickupstate import PickupState
from intake.mailbook import MailState
from intake.orderform import Payment
from intake.record import OrderState
from intake.timeline import Happening
from tests.deskworld import NOON

FOLDER = Path(followup.console.__file__).parent
TEXTS = tomllib.loads((FOLDER / "texts.toml").read_text(encoding="utf-8"))
ASKED = re.compile(r"""\bt\('([a-z0-9_.]+)'|word\("([a-z0-9_.]+)"|Refused\(\d+, "([a-z0-9_]+)\"""")


def asked() -> set[str]:
    files = [*FOLDER.glob("*.py"), *(FOLDER / "templates").glob("*.html")]
    texts = "\n".join(file.read_text(encoding="utf-8") for file in files)
    keys = {next(filter(None, groups)) for groups in ASKED.findall(texts)}
    return {key for key in keys if not key.endswith("_")}


def test_every_text_that_a_page_asks_for_is_there() -> None:
    assert len(asked()) > 150
    assert sorted(asked() - set(TEXTS)) == []


def test_every_code_that_is_named_has_its_text() -> None:
    needed = [f"kind_{kind}" for kind in TaskKind]
    needed += [f"outcome_{rule.code}" for rules in OUTCOMES.values() for rule in rules]
    needed += [f"detail_{name}" for rules in OUTCOMES.values() for rule in rules for name in (*rule.asks, *rule.offers)]
    needed += [f"event_{happening}" for happening in Happening]
    needed += [f"event_{happening}" for happening in Happening]
    needed += [f"purpose_{purpose}" for purpose in Purpose]
    needed += [f"state_{state}" for state in OrderState]
    needed += [f"pickup_{state}" for state in PickupState]
    needed += [f"mailstate_{state}" for state in MailState]
    needed += [f"payment_{payment}" for payment in Payment]
    needed += [f"role_{role}" for role in Role]
    needed += [f"field_{field.name}" for field in FIELDS]
    assert sorted(set(needed) - set(TEXTS)) == []


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_fill_in_the_same_values(key: str) -> None:
    zh, en = TEXTS[key]
    assert zh
    assert en
    assert set(re.findall(r"\$(\w+)", zh)) == set(re.findall(r"\$(\w+)", en)) or key.startswith("script_")


def test_a_text_that_nobody_has_written_is_an_error() -> None:
    with pytest.raises(KeyError):
        word("nonsense", "zh")


def test_values_as_people_write_them() -> None:
    from datetime import timedelta
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    plain = Plain("zh", ZoneInfo("Asia/Shanghai"), NOON)
    assert plain.when(NOON + timedelta(hours=2, minutes=20)) == "今天 14:20"
    assert plain.when(NOON + timedelta(hours=22)) == "明天 10:00"
    assert plain.when(NOON - timedelta(hours=13)) == "昨天 23:00"
    assert plain.when(NOON + timedelta(days=60)) == "2027-01-23 12:00"
    assert (plain.weight(Decimal("1200.00")), plain.weight(Decimal("60.0"))) == ("1.2 吨", "60 公斤")
    assert plain.until(NOON - timedelta(minutes=61)) == "+1:01:00"
    assert plain.span(timedelta(days=3)) == "3 天"
    assert plain.money(Decimal("1234.5")) == "¥1,234.50"
    assert (masked("13800138000"), masked("1234")) == ("138****8000", "****")
