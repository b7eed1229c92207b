"""Who a party is: name, phone, company and address out of what stands behind 发货人 or 收货人, often all in one."""

import re
from dataclasses import dataclass

from intake.lines import Span
from intake.phones import first_phone

COMPANY = re.compile(
    r"(?:公司|集团|工厂|厂|商行|商店|商场|超市|门店|专卖店|店|经营部|贸易部|事务所|研究所|研究院|"
    r"学院|大学|中学|小学|学校|医院|酒店|饭店|宾馆|中心|合作社|部队|局|委员会|有限|企业|工作室|"
    r"批发部|分公司|仓库|物流园|株式会社|营业部|项目部|银行)(?:[(（][^()（）]{0,20}[)）])?$"
    r"|\b(?:ltd|inc|corp|llc|gmbh|limited|company|co)\b\.?,?\s{0,2}(?:ltd\.?|limited)?$",
    re.I,
)
ADDRESS = re.compile(
    r"[省市].{1,30}[区县市镇路街道号]|..(?:路|街|大道|弄|巷).{0,20}\d{1,5}\s?(?:号|弄)|"
    r"[区县镇].{2,30}(?:路|街|号|村|园|楼)|\d{1,5}号|工业园|开发区|"
    r"\b(?:[Rr]oad|[Ss]treet|[Aa]venue|[Bb]uilding|[Dd]istrict|[Ll]ane|[Rr]d|[Aa]ve|[Ff]loor)\b|\b[Nn]o\.\s?\d"
)
NOTHING = re.compile(
    r"^[\s\-/\\*.?_—无]{0,6}$|^(?:x{2,10}|无|暂无|没有|未知|不详|待定|待补|待补充|空|同上|见附件|"
    r"n/?a|none|tbd|tba|未定|待通知|\.{2,6}|\?{1,6})$",
    re.I,
)
_TAIL = re.compile(r"\s?[(（\[][^()（）\[\]]{0,30}[)）\]]\s?$")
_LETTER, _NO_NAME = re.compile(r"[^\W\d_]"), re.compile(r"[@<>{}=]|https?:|www\.")
_WORDS = re.compile(
    r"(?:联系电话|联系方式|电话|手机号码|手机号|手机|座机|固话|tel|mobile|phone|mob|联系人|姓名|收|"
    r"地址|公司|单位)\s{0,2}[:：.]?\s{0,2}",
    re.I,
)
_STOPS, _WESTERN_STOPS, _BLANKS = re.compile(r"[,，;；/／、|\t]+"), re.compile(r"[;；|\t]+"), re.compile(r"\s+")
_BEFORE_PHONE = re.compile(r"(?:联系电话|联系方式|电话|手机|tel|mobile|phone|[(（\[])\s{0,2}[:：.]?$")
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Party:
    """What was read, each with its span; None where nothing was."""

    name: Span | None = None
    phone: Span | None = None
    company: Span | None = None
    address: Span | None = None


def nothing(text: str) -> bool:
    """Whether a value says that there is none: "无", "待定", "XXX"."""
    return bool(NOTHING.match(text.strip()))


def is_company(text: str) -> bool:
    return bool(COMPANY.search(text.strip(" .,;")))


def read_party(span: Span) -> Party:
    """Parts of one span."""
    span = span.sub(0, min(len(span.text), 300))
    folded = span.folded
    phone = first_phone(folded, "021")  # any area code: only its place is wanted here
    pieces = _split(span, phone.start if phone else len(folded), phone.end if phone else len(folded))
    name = company = address = None
    for piece in pieces:
        text = piece.text
        if address is None and ADDRESS.search(text) and not is_company(text):
            address = piece
        elif company is None and is_company(text):
            company = piece
        elif name is None and _name_like(text):
            name = piece
    return Party(name, span.sub(phone.start, phone.end) if phone else None, company, address)


def _name_like(text: str) -> bool:
    return bool(_LETTER.search(text)) and not _NO_NAME.search(text) and len(text) <= LONGEST_NAME and not nothing(text)


def _split(span: Span, start: int, end: int) -> list[Span]:
    """The pieces before and behind the phone. Blanks part them only where one is an address or a company."""
    found = []
    for part in (span.sub(0, start), span.sub(end, len(span.folded))):
        if not part.text:
            continue
        for piece in _cut(part, _WESTERN_STOPS if part.text.isascii() else _STOPS):
            blanks = _cut(piece, _BLANKS) if _BLANKS.search(piece.text) and not piece.text.isascii() else []
            mixed = len(blanks) > 1 and any(ADDRESS.search(blank.text) or is_company(blank.text) for blank in blanks)
            found += blanks if mixed else [piece]
    return [piece for piece in (_trim(piece) for piece in found) if piece.text]


def _cut(span: Span, at: re.Pattern[str]) -> list[Span]:
    pieces, start = [], 0
    for match in at.finditer(span.text):
        pieces.append(span.sub(start, match.start()))
        start = match.end()
    pieces.append(span.sub(start, len(span.text)))
    return [piece.strip() for piece in pieces if piece.text.strip()]


def _trim(span: Span) -> Span:
    """Without the word before a phone (电话), empty brackets, and a bracket behind a person's name."""
    span = span.strip(" \t,;.、。·:|-/")
    lead = _WORDS.match(span.folded)
    if lead and lead.end() < len(span.folded):
        span = span.sub(lead.end(), len(span.folded)).strip()
    tail = _BEFORE_PHONE.search(span.folded)
    if tail and tail.start() > 0:
        span = span.sub(0, tail.start()).strip(" \t,;.、。·:|-/(")
    text = span.text
    if text.startswith((")", "）", "]", "(", "（")) and not re.search(
        r"[^\W\d_]{2,}", re.sub(r"备用|手机|电话|座机|办公|收", "", text)
    ):
        return span.sub(len(text), len(text))
    bracket = _TAIL.search(text)
    if bracket and bracket.start() > 0 and not is_company(text):
        span = span.sub(0, bracket.start())
    return span
