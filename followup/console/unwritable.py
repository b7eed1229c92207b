"""Characters that a database or a sheet cannot hold: asked of all that a visitor sends, before any page sees it.

PostgreSQL takes no NUL, UTF-8 no lone surrogate, XML (xlsx) no control but TAB, LF and CR. Nobody types them: they come
from broken programs and from attackers (RELIABILITY §6), and are refused as a whole rather than left out in silence.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def unwritable(text: str) -> bool:
    """Whether the text holds such a character."""
    return _UNWRITABLE.search(text) is not None


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a value of JSON, keys included, however deep it lies."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list | tuple):
            waiting += each
