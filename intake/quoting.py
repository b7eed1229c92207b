"""Parts a mail's lines into the sender's own words and what is quoted, forwarded or signature.

Chinese clients mark quotations each in its own way; the table of markers stands here. A header block (发件人:
… 发送时间: …
主题: …) begins a quotation wherever it stands, and its lines are mail headers, never fields of an order.
"""

import re
from dataclasses import dataclass, field

from intake.folding import fold

_FORWARD_MARK = re.compile(
    r"^[>\s]{0,8}(?:-{2,40}\s{0,4}(?:forwarded (?:message|mail|by)|转发(?:的)?(?:原)?(?:邮件|消息|"
    r"信息|信件)|轉寄(?:郵件|信件)|转寄邮件|邮件原件|轉發(?:郵件)?)\s{0,4}(?:-{2,40}|:|$)"
    r"|begin forwarded message|开始转发的邮件|下面是被转发的邮件|以下是转发(?:的)?邮件|转发邮件信息|fwd:)"
)
_REPLY_MARK = re.compile(
    r"^[>\s]{0,8}(?:-{2,40}\s{0,4}(?:原始邮件|原邮件|原始信息|原始消息|回复的原邮件|回复邮件|"
    r"历史邮件|original message|original|original appointment|replied message|reply message|邮件原件|"
    r"原始郵件|原始讯息|原信件|原文)\s{0,4}(?:-{2,40}|:|$)"
    r"|_{20,80}\s{0,4}$|(?:原始邮件|original message)\s{0,4}:?\s{0,4}$)"
)
_SAYS = re.compile("写道|wrote|来信|的信中|寫道")  # no line that lacks these is _WROTE, which is dear to ask
_WROTE = re.compile(
    r"^[>\s]{0,8}(?:(?:在|于|at|on)\s?[^\n]{0,160}(?:写道|wrote|来信|的信中|寫道)\s?[:：]?\s?$"
    r"|[^\n]{0,160}(?:于|在)\s?\d{4}[^\n]{0,80}(?:写道|寫道|wrote)\s?:?\s?$|[^\n]{0,120}\bwrote\s?:\s?$"
    r"|[^\n]{0,120}(?:写道|寫道)\s?:\s?$)"
)
_WROTE_START = re.compile(
    r"^[>\s]{0,8}(?:在\s?\d{4}|于\s?\d{4}|at 20\d\d|on (?:mon|tue|wed|thu|fri|sat|sun|\d)|"
    r"[^\n]{0,80}<[^<>\s]{1,100}@[^<>\s]{1,100}>\s?(?:于|在))"
)
_HEADER = re.compile(
    r"^[>\s*]{0,8}(?P<name>发件人|发件時間|发件时间|发送时间|发送日期|寄件者|寄件人|收件人|收件者|"
    r"抄送|副本|密送|主题|主旨|日期|时间|附件|回复|from|sent|to|cc|bcc|date|subject|reply-to|"
    r"importance|attachments?)\*{0,2}\s{0,4}:\s{0,8}(?P<value>.{0,400})$"
)
_SURE = frozenset(
    (
        "发送时间",
        "发送日期",
        "发件时间",
        "主题",
        "主旨",
        "抄送",
        "sent",
        "subject",
        "date",
        "cc",
        "日期",
        "时间",
        "副本",
        "密送",
    )
)
_SENDER = frozenset(("发件人", "寄件者", "寄件人", "from"))
_SIGNATURE = re.compile(
    r"^\s{0,8}(?:--\s?$|—{2,}\s?$|_{3,19}$|发自我的|发自我|sent from my|从我的|来自我的|發自我的|从 "
    r"windows 版邮件发送|发送自|get outlook for|获取 outlook|由网易邮箱|通过邮件客户端|"
    r"本邮件及其附件|this e-?mail (?:and|is|may)|此邮件(?:及|可能|包含)|免责声明|保密声明|disclaimer|"
    r"confidentiality)"
)


LONGEST_BLOCK = 60  # lines of a block of headers, with their continuations


@dataclass
class Layer:
    """A run of lines: `kind` own, quoted, forwarded or signature; `first` is the number of its first line (1-based)."""

    kind: str
    first: int
    lines: list[str] = field(default_factory=list)


def layers(lines: list[str], *, forward: bool) -> list[Layer]:
    """The lines in runs of one kind. `forward`: the subject says that the mail is a forwarded one."""
    found = [Layer("own", 1)]
    folded = [fold(line[:600]) for line in lines]
    skip_until = 0
    for n, line in enumerate(lines):
        if n < skip_until:
            continue
        mark = _mark(folded, n)
        if mark:
            kind, skip_until = mark
            found.append(Layer(_kind_after(kind, found, forward), skip_until + 1))
            continue
        _place(found, n, line, folded[n], forward)
    return [layer for layer in found if layer.lines]


def _place(found: list[Layer], n: int, line: str, text: str, forward: bool) -> None:
    current = found[-1]
    if text.lstrip().startswith(">"):
        bare = re.sub(r"^(?:\s{0,3}>){1,40} ?", "", line)
        if current.kind in ("own", "signature") or (current.kind == "cited"):
            if current.kind != "cited":
                found.append(Layer("cited", n + 1))
            found[-1].lines.append(bare)
        else:
            current.lines.append(bare)
        return
    if current.kind == "cited" and text.strip():
        found.append(Layer("own", n + 1))  # an answer written between quoted lines
    elif current.kind == "own" and _SIGNATURE.match(text):
        found.append(Layer("signature", n + 1))
    found[-1].lines.append(line)


def _kind_after(mark: str, found: list[Layer], forward: bool) -> str:
    quoted = any(layer.kind == "quoted" for layer in found)
    if mark == "forward":
        return "quoted" if quoted and not forward else "forwarded"
    return "forwarded" if forward and not quoted else "quoted"


def _mark(folded: list[str], n: int) -> tuple[str, int] | None:
    """A quotation that begins at line n: ("forward" | "reply", the line where its text begins)."""
    text = folded[n]
    if not text:
        return None
    kind = ""
    if _FORWARD_MARK.match(text):
        kind, after = "forward", n + 1
    elif _REPLY_MARK.match(text) or (_SAYS.search(text) and _WROTE.match(text)):
        kind, after = "reply", n + 1
    elif _WROTE_START.match(text) and n + 1 < len(folded) and _WROTE.match(text + " " + folded[n + 1]):
        kind, after = "reply", n + 2  # the client broke the line
    elif _HEADER.match(text):
        after = n
    else:
        return None
    block = _header_block(folded, after, certain=bool(kind))
    if block:
        return kind or "reply", block
    if kind and text.lstrip("> ").startswith("___"):
        return None  # a rule without a header block is only a rule
    return (kind, after) if kind else None


def _header_block(folded: list[str], start: int, *, certain: bool) -> int:
    """The line after a block of mail headers that begins at `start`; 0 when there is none."""
    n, names = start, []
    while n < len(folded) and n - start < 3 and not folded[n].strip("> "):
        if not certain:
            return 0
        n += 1
    while n < min(len(folded), start + LONGEST_BLOCK):
        match = _HEADER.match(folded[n])
        if match:
            names.append(match["name"])
        elif not names or not folded[n].strip("> ") or not folded[n].startswith((" ", "\t")):
            break
        n += 1
        if not certain and len(names) == 1 and names[0] not in _SENDER:
            return 0
    enough = len(set(names)) >= 2 and any(name in _SURE for name in names) and any(name in _SENDER for name in names)
    return n if enough or (certain and names) else 0
