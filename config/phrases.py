"""Every sentence that names a problem or a reason, Chinese first, English beside; the mend is for the handbook."""

import tomllib
from functools import cache
from importlib import resources
from string import Template


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """code -> {"zh": …, "en": …, "mend": …} from phrases.toml."""
    text = resources.files("config").joinpath("phrases.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def phrase(code: str, language: str = "zh", /, **values: str) -> str:
    """The sentence for `code`; `$name` in it is filled from `values`. Raises KeyError for a code nobody has worded."""
    return Template(catalogue()[code][language]).safe_substitute(values)
