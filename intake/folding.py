"""Folds a line for comparing: full-width to half-width, traditional to simplified, letters to lower case.

Every folding maps one character to one character, so that a place found in the folded line is the same place in the
line as written (provenance). What has no width (zero-width spaces, direction overrides, NUL) is taken out beforehand,
by `clean`, because it hides and reorders words.
"""

import re
from functools import cache
from importlib import resources

INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


@cache
def _widths() -> dict[int, str]:
    """Full-width ASCII, odd spaces and dashes to their plain forms; each one character to one."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table.update({ord(space): " " for space in SPACES})
    table.update({ord(dash): "-" for dash in "‐‑‒–—―−﹣－﹘"})
    table.update({ord("︰"): ":", ord("﹕"): ":", ord("∶"): ":", ord("﹐"): ",", ord("·"): "·"})
    return table


@cache
def _simplified() -> dict[int, str]:
    """Traditional characters to simplified ones, from OpenCC's table; only pairs of one character each."""
    table = {}
    text = resources.files("opencc").joinpath("dictionary/TSCharacters.txt").read_text(encoding="utf-8")
    for row in text.splitlines():
        old, _, new = row.partition("\t")
        first = new.split(" ")[0].strip()
        if len(old) == 1 and len(first) == 1:
            table[ord(old)] = first
    return table


@cache
def _all() -> dict[int, str]:
    table = {**_simplified(), **_widths()}
    table.update({code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
    table.update({code: chr(code - 0xFEE0 + 32) for code in range(0xFF21, 0xFF3B)})
    return table


def _changed(table: dict[int, str]) -> re.Pattern[str]:
    """What a table may change: most lines hold nothing of it, and to look costs a sixth of translating them."""
    plane = "".join(re.escape(chr(code)) for code in table if code < 0x10000)
    return re.compile(f"[{plane}\U00010000-\U0010ffff]")


@cache
def _folder() -> tuple[re.Pattern[str], dict[int, str]]:
    return _changed(_all()), _all()


@cache
def _narrower() -> tuple[re.Pattern[str], dict[int, str]]:
    return _changed(_widths()), _widths()


def clean(text: str) -> str:
    """The text without characters that are not seen or that break what stores it (lone surrogates, NUL)."""
    return INVISIBLE.sub("", text)


def narrow(text: str) -> str:
    """Full-width digits, letters and punctuation as half-width ones; same length."""
    changed, table = _narrower()
    return text.translate(table) if changed.search(text) else text


def fold(text: str) -> str:
    """The text for comparing: narrow, simplified characters, lower case; same length."""
    changed, table = _folder()
    return text.translate(table) if changed.search(text) else text
