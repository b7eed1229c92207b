"""Every text of the desk, in Chinese and English, from texts.toml: key = ["中文", "English"]; `$name` is filled in."""

import tomllib
from functools import cache
from importlib import resources
from string import Template

LANGUAGES = ("zh", "en")


@cache
def _texts() -> dict[str, tuple[str, str]]:
    text = resources.files("followup.console").joinpath("texts.toml").read_text(encoding="utf-8")
    return {key: (zh, en) for key, (zh, en) in tomllib.loads(text).items()}


def word(key: str, language: str, **values: object) -> str:
    """The text for `key`. Raises KeyError for a text that nobody has written."""
    text = _texts()[key][LANGUAGES.index(language)]
    return Template(text).safe_substitute({name: str(value) for name, value in values.items()}) if values else text


def knows(key: str) -> bool:
    return key in _texts()
