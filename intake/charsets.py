"""Octets to text by a fixed ladder, without statistics: what the label means in practice, UTF-8 where it fits, GB18030.

Chinese clients write GBK under the label gb2312, UTF-8 under gb2312, and often no label at all. UTF-8 that decodes
strictly is UTF-8: longer Chinese text in another encoding never passes as such.
"""

import base64
import binascii
import re

GB = frozenset(
    [
        "gb2312",
        "gb_2312-80",
        "euc-cn",
        "gbk",
        "x-gbk",
        "cp936",
        "gb18030",
        "chinese",
        "gb2312-80",
        "x-euc-cn",
        "ms936",
        "windows-936",
    ]
)
BIG5 = frozenset(["big5", "big5-hkscs", "x-x-big5", "cp950", "big5hkscs", "big5-tw"])
LATIN = frozenset(
    [
        "iso-8859-1",
        "latin1",
        "latin-1",
        "us-ascii",
        "ascii",
        "windows-1252",
        "cp1252",
        "iso8859-1",
        "iso-8859-15",
        "8bit",
        "unknown-8bit",
    ]
)
STATEFUL = re.compile("hz|utf-?7|utf-?16|utf-?32|iso-?2022")
_HIGH = bytes(range(128, 256))
_CJK = re.compile("[\u4e00-\u9fff\u3000-\u3020\uff00-\uff5e]")
_WORD = re.compile(r"=\?([\w.:+\-]{1,40})(?:\*[^?]{0,20})?\?([BbQq])\?([^?]{0,20000})\?=")
_RUN = re.compile(
    r"=\?[\w.:+*\-]{1,60}\?[BbQq]\?[^?]{0,20000}\?=(?:\s{1,80}=\?[\w.:+*\-]{1,60}\?[BbQq]\?[^?]{0,20000}\?=){0,200}"
)


def decode(octets: bytes, label: str) -> tuple[str, bool]:
    """The text, and whether the label was not followed. Never raises; what fits nothing becomes U+FFFD."""
    label = label.strip().strip("\"'").lower()
    if STATEFUL.match(label) and (text := _try(octets, label)) is not None:
        return text, False
    if octets.isascii():
        return octets.decode("ascii"), False
    for step in _ladder(octets, label):
        text = _try(octets, step)
        if text is not None:
            follows = (
                step == label or (step == "gb18030" and label in GB) or (step.startswith("big5") and label in BIG5)
            )
            return text, not (follows or (step == "utf-8-sig" and label in ("utf-8", "utf8")))
    label = "gb18030" if label in GB or not label else "utf-8"
    return octets.decode(label, "replace"), True


def _ladder(octets: bytes, label: str) -> list[str]:
    if label in GB:
        steps = ["gb18030"]
    elif label in BIG5:
        steps = ["big5hkscs", "cp950", "gb18030"]
    elif label in LATIN and label:
        gb = _try(octets, "gb18030")
        chinese = gb is not None and 4 <= len(_CJK.findall(gb)) >= 0.8 * sum(1 for c in gb if ord(c) > 127)
        steps = ["gb18030", label] if chinese or "ascii" in label else [label, "cp1252", "latin-1"]
    else:
        steps = [label, "gb18030"] if label not in ("", "utf-8", "utf8") else ["gb18030"]
    head = octets[:4000]
    long = len(head) - len(head.translate(None, _HIGH)) >= 12
    return ["utf-8-sig", *steps] if long or label in ("", "utf-8", "utf8") or label in LATIN else [*steps, "utf-8-sig"]


def _try(octets: bytes, name: str) -> str | None:
    try:
        return octets.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None


def header_text(raw: str) -> str:
    """A header with its encoded words decoded; words that a client cut inside a character are joined first."""
    if not raw.isascii():
        raw = decode(raw.encode("utf-8", "surrogateescape"), "")[0]
    return _RUN.sub(lambda run: _joined(run.group()), raw) if "=?" in raw else raw


def _joined(run: str) -> str:
    words: list[tuple[str, bytes]] = []
    for charset, kind, text in _WORD.findall(run):
        octets = _octets(kind, text)
        if words and words[-1][0] == charset.lower():
            words[-1] = (charset.lower(), words[-1][1] + octets)
        else:
            words.append((charset.lower(), octets))
    return "".join(decode(octets, charset)[0] for charset, octets in words)


def _octets(kind: str, text: str) -> bytes:
    if kind in "Bb":
        clean = re.sub(r"[^A-Za-z0-9+/]", "", text)
        clean = clean[:-1] if len(clean) % 4 == 1 else clean
        try:
            return base64.b64decode(clean + "=" * (-len(clean) % 4))
        except binascii.Error:
            return b""
    return binascii.a2b_qp(text.replace("_", " ").encode("utf-8", "replace"), header=False)


def encoded_word(text: str) -> str:
    """The text as one encoded word that any reader decodes."""
    return f"=?utf-8?b?{base64.b64encode(text.encode('utf-8', 'replace')).decode()}?="


def plain_header(raw: str) -> str:
    """The header relabelled: every run of encoded words as one UTF-8 word, so that no reader has to guess."""
    if not raw.isascii():
        raw = decode(raw.encode("utf-8", "surrogateescape"), "")[0]
    return _RUN.sub(lambda run: encoded_word(_joined(run.group())), raw) if "=?" in raw else raw
