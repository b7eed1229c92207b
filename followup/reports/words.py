"""The words of the reports, Chinese and English, out of words.toml: titles, names of figures, their definitions."""

import tomllib
from functools import cache
from importlib import resources
from string import Template
from typing import Any

LANGUAGES = ("zh", "en")
COMMON = "common"


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files("followup.reports").joinpath("words.toml").read_text(encoding="utf-8"))


def _entry(report: str, code: str) -> list[str]:
    own = _tables()[report].get("words", {})
    entry: list[str] = own[code] if code in own else _tables()[COMMON]["words"][code]
    return entry


def title(report: str, language: str) -> str:
    """Raises KeyError for a report that there is not."""
    return str(_tables()[report]["title"][LANGUAGES.index(language)])


def about(report: str, language: str) -> str:
    """What the report is about, and which period a thing belongs to."""
    return str(_tables()[report]["about"][LANGUAGES.index(language)])


def name(report: str, code: str, language: str) -> str:
    """The name of a figure, column or table. Raises KeyError for one that nobody has written."""
    return _entry(report, code)[LANGUAGES.index(language)]


def definition(report: str, code: str, language: str) -> str:
    """How a figure is reckoned; "" for what needs no definition."""
    entry = _entry(report, code)
    return entry[2 + LANGUAGES.index(language)] if len(entry) == 4 else ""


def defined(report: str) -> list[str]:
    """The codes of a report that have a definition of their own, in the sequence of the file."""
    return [code for code, entry in _tables()[report]["words"].items() if len(entry) == 4]


def word(code: str, language: str, **values: object) -> str:
    """A common word. Raises KeyError for one that nobody has written."""
    text = name(COMMON, code, language)
    return Template(text).substitute({key: str(value) for key, value in values.items()}) if values else text


def knows(code: str) -> bool:
    return code in _tables()[COMMON]["words"]
