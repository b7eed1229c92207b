"""What may stand in a letter: text without the characters that end lines, turn their direction or show nothing.

Shippers' words go into headers and into what a dispatcher reads; a line break makes a header, a direction override
makes an address read differently from what it is (RELIABILITY §6, rows 2 and 22).
"""

import re

# Left out everywhere but TAB and LF: controls, surrogates, and what turns the direction of reading or is invisible.
# (General categories Cc and Cs, which Unicode has fixed for good.)
_CONTROLS = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000))))
_TURNING = "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_BREAKS = "\r\n\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"

_UNSOUND = re.compile("[" + re.escape("".join(sorted(set(_CONTROLS) - {"\t", "\n"}))) + _TURNING + "\u2028\u2029]")
_LINE_END = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_SPACES = re.compile(rf"[ {re.escape(_BREAKS)}]+")
_PLAIN = bytes(range(0x20, 0x7F)) + b"\n"


def sound(text: str) -> str:
    """Several lines of text: every kind of line break is LF, what is not text is left out."""
    # Nearly all text is plain ASCII and printable characters (and the ideographic space), and that is asked much faster
    # of octets, and of the few that are left, than a pattern searches.
    others = text.encode("utf-8", "surrogatepass").translate(None, _PLAIN).decode("utf-8", "surrogatepass")
    return text if others.replace("\u3000", "").isprintable() else _mended(text)


def _mended(text: str) -> str:
    return _UNSOUND.sub("", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    """The text in one line, runs of blanks and breaks as one space, nothing at the ends."""
    if text.isprintable() and "  " not in text:
        return text.strip(" ")
    return _SPACES.sub(" ", _mended(text)).strip(" ")
