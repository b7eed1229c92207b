"""Every sentence that names a problem or a reason, Chinese first, English beside; the mend is for the handbook."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from string import Template


class Sentence:
    """A sentence in which `$name`s are to be filled; where they stand is found once, filling it is one formatting."""

    __slots__ = ("_pattern", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._pattern = Template(text.replace("%", "%%")).safe_substitute(_Slots())

    def fill(self, values: Mapping[str, object]) -> str:
        """The sentence with `values`. Raises KeyError for a name without one."""
        return self._pattern % values


class _Slots(dict[str, str]):
    """Every name as the place that `%` fills."""

    def __missing__(self, name: str) -> str:
        return f"%({name})s"


class _Known(dict[str, str]):
    """Values; a name without one stays as it is."""

    def __missing__(self, name: str) -> str:
        return f"${name}"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """code -> {"zh": …, "en": …, "mend": …} from phrases.toml."""
    text = resources.files("config").joinpath("phrases.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def phrase(code: str, language: str = "zh", /, **values: str) -> str:
    """The sentence for `code`; `$name` in it is filled from `values`. Raises KeyError for a code nobody has worded."""
    return _sentence(code, language).fill(_Known(values))


@cache
def _sentence(code: str, language: str) -> Sentence:
    return Sentence(catalogue()[code][language])
