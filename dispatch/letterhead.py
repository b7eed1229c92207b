"""What is known when a letter is worded: the company, the deadline, the dispatcher, the words of a language."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from string import Template
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from config.phrases import Sentence


@dataclass(frozen=True)
class House:
    """What the letters must know of the company."""

    name: str
    address: str  # sender of all letters; answers come in here
    phone: str  # customer service
    supervisor: str  # mail address: who is told when a promise is about to break
    timezone: ZoneInfo
    language: str = "zh"  # "zh" | "en"
    key: str = ""  # of [[companies]]; "" for [company]


class Deadline(Protocol):
    """By when the goods are picked up (UTC); why: a sentence of phrases.toml with what fills it (SPEC 6)."""

    @property
    def by(self) -> datetime: ...
    @property
    def phrase(self) -> str: ...
    @property
    def values(self) -> Mapping[str, str]: ...


class OnDuty(Protocol):
    """The dispatcher who gets a work order."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True)
class Words:
    """Labels and short words of one language (templates/<language>/words.toml)."""

    language: str
    colon: str
    comma: str
    nothing: str
    nothing_before: str
    total: str
    fields: Mapping[str, str]
    payments: Mapping[str, str]
    charges: Mapping[str, str]
    services: Mapping[str, str]
    zones: Mapping[str, str]
    answers: Mapping[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    instructions: Mapping[str, Sentence]
    pays: Mapping[str, Sentence]
    units: Mapping[str, Sentence]
    days: Mapping[str, Sentence]
    subjects: Mapping[str, Sentence]
    paper: Mapping[str, Template]
    waybill: Mapping[str, Template]

    def label(self, field: str) -> str:
        """What a dotted field is called. One that nobody has named is told by its key: a letter must not fail on it."""
        return self.fields.get(field, field)

    def unit(self, key: str, number: object = "") -> str:
        return self.units[key].fill({"n": number})

    def subject(self, key: str, /, **values: str) -> str:
        """A subject line; blanks that an empty value leaves behind are closed."""
        return " ".join(self.subjects[key].fill(values).split())


@cache
def words(language: str) -> Words:
    """The words of a language. Raises FileNotFoundError for one that nobody has written."""
    table: dict[str, Any] = tomllib.loads(
        resources.files("dispatch").joinpath("templates", language, "words.toml").read_text(encoding="utf-8")
    )
    days: dict[str, Any] = table["days"]
    return Words(
        language=language,
        colon=table["colon"],
        comma=table["comma"],
        nothing=table["nothing"],
        nothing_before=table["nothing_before"],
        fields=table["fields"],
        total=table["total"],
        payments=table["payments"],
        charges=table["charges"],
        services=table["services"],
        zones=table["zones"],
        answers=table["answers"],
        weekdays=tuple(days.pop("weekdays")),
        months=tuple(days.pop("months", ())),
        instructions=_sentences(table["instructions"]),
        pays=_sentences(table["pays"]),
        units=_sentences(table["units"]),
        days=_sentences(days),
        subjects=_sentences(table["subjects"]),
        paper=_templates(table["paper"]),
        waybill=_templates(table["waybill"]),
    )


def _sentences(table: Mapping[str, str]) -> dict[str, Sentence]:
    return {key: Sentence(text) for key, text in table.items()}


def _templates(table: Mapping[str, str]) -> dict[str, Template]:
    return {key: Template(text) for key, text in table.items()}
