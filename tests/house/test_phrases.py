"""Every sentence stands in both languages with its mend, and every code that the program names has a sentence."""

import re
import tomllib
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import pytest

from config.phrases import catalogue, phrase
from config.surcharges import CODES
from config.zone import Zone
from dispatch.letterhead import words
from dispatch.particulars import FIELDS, FORM
from intake.orderform import Payment
from intake.required import REQUIRED

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "intake", "dispatch", "followup", "consign")
NAMED = re.compile(
    r"""\bphrase\(\s*["']([a-z0-9_]+)["']|\bphrase=["']([a-z0-9_]+)["']|\bReason\(\s*(?:code=)?["']([a-z0-9_]+)["']"""
)


def named_codes() -> dict[str, str]:
    """Code -> a file that names it as a literal."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            for groups in NAMED.findall(file.read_text(encoding="utf-8")):
                found[next(filter(None, groups))] = str(file.relative_to(ROOT))
    return found


def placeholders(text: str) -> set[str]:
    return set(Template(text).get_identifiers())


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_a_phrase_is_whole(code: str) -> None:
    texts = catalogue()[code]
    assert set(texts) == {"zh", "en", "mend"}
    assert all(text.strip() == text and text for text in texts.values())
    assert re.search(r"[一-鿿]", texts["zh"]), "the Chinese sentence has no Chinese"
    assert not re.search(r"[一-鿿]", texts["en"]), "the English sentence has Chinese"
    assert placeholders(texts["zh"]) == placeholders(texts["en"])
    assert all(Template(text).is_valid() for text in (texts["zh"], texts["en"]))


def test_every_code_named_in_the_program_has_a_sentence() -> None:
    codes = named_codes()
    assert {code: file for code, file in codes.items() if code not in catalogue()} == {}


def test_values_are_never_templates_themselves() -> None:
    said = phrase("letter_late", "en", number="$recipient", recipient="${number}", reply="%s {{7*7}}")
    assert "$recipient" in said
    assert "${number}" in said
    assert "%s {{7*7}}" in said


def test_a_code_without_a_sentence_is_an_error() -> None:
    with pytest.raises(KeyError):
        phrase("no_such_code")


def tables(language: str) -> dict[str, Any]:
    file = resources.files("dispatch").joinpath("templates", language, "words.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def keys(table: dict[str, Any], above: str = "") -> set[str]:
    found = set()
    for key, value in table.items():
        found |= keys(value, f"{above}{key}/") if isinstance(value, dict) else {above + key}
    return found


def test_both_languages_have_the_same_words_and_letters() -> None:
    assert keys(tables("en")) - keys(tables("zh")) == {"days/months"}
    assert keys(tables("zh")) <= keys(tables("en"))
    names = {
        language: {file.name for file in (ROOT / "dispatch/templates" / language).iterdir()}
        for language in ("zh", "en")
    }
    assert names["zh"] == names["en"]


def test_english_letters_hold_no_chinese() -> None:
    for file in (ROOT / "dispatch/templates/en").iterdir():
        assert not re.search(r"[一-鿿]", file.read_text(encoding="utf-8")), file.name


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_the_rules_can_name_has_a_word_in_the_letters(language: str) -> None:
    tongue = words(language)
    assert set(tongue.charges) >= {*CODES, "freight", "pickup", "delivery"}
    assert set(tongue.payments) == set(tongue.instructions) - {"unpriced"} == set(tongue.pays) == set(Payment)
    assert set(tongue.zones) == set(Zone)
    assert set(tongue.fields) >= {*FIELDS, *FORM, *REQUIRED}
