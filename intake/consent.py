"""Whether a mail says yes, and nothing else (SPEC 4: 确认). Pure.

Only the sender's own words count: 确认 inside a quotation is ours, not his. A yes with a condition, a question or a
change beside it is none: a person reads it.
"""

import re
import unicodedata
from collections.abc import Iterable

from intake.message import Message

LONGEST_YES = 60  # characters; who writes more has more to say

_YES = (
    r"确认|確認|同意|可以|认可|没问题|没有问题|无异议|没有异议|接受|好的?|行|是的?|对的?|嗯|恩|收到|知悉|已阅|已确认|已同意|照办|就这样"
    r"|安排吧?|请安排"
    r"|发货吧?|请发货|尽快安排|按此(?:执行|办理|安排)|按(?:这个|以上|该|此)?(?:报价|价格|费用)(?:执行|办理|发货|走)?"
    r"|ok(?:ay)?|yes|agreed?"
    r"|(?:i|we) (?:agree|confirm|accept)|confirm(?:ed)?|accept(?:ed)?|approved?|fine|sure|go ahead"
    r"|please proceed|proceed"
)
_FILLER = (
    r"你好|您好|您们好|hi|hello|dear(?: \w{1,20}){0,2}|谢谢|多谢|感谢|辛苦了?|麻烦了?|拜托"
    r"|thanks?(?: you)?|thx|regards|best regards"
    r"|我们?|我方|我司|本人|这边|此|该|这个?|以上|上述|全部|都|费用|附加费|提货费|价格|报价|运费|金额|订单|单子|内容|信息|无误|了|啦|的|吧|哈"
    r"|order|the|this|charges?|surcharges?|price|it|all|please|and"
)
_DECISIVE = re.compile(rf"(?:{_YES})", re.IGNORECASE)
_WORD = re.compile(rf"(?:{_YES}|{_FILLER})", re.IGNORECASE)
_WEAK = re.compile(r"收到|知悉|已阅|嗯|恩|安排吧?|请安排|发货吧?|请发货|尽快安排|可", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,.;:!~、，。；：！～…\-—_()（）\"'“”\[\]【】#*👌👍🙏]+")
_NUMBER = re.compile(r"(?:订单号?)?\d{8}-\d{4,9}")
_SIGNATURE = re.compile(r"^(?:--|—{2,}|发自|来自|sent from|从我的|获取 outlook)", re.IGNORECASE)


def own_text(message: Message) -> list[str]:
    """The lines that the sender wrote himself in this mail: no quotation, no signature, no attachment."""
    lines = []
    for block in message.blocks:
        if block.role != "own" or block.part not in ("text", "html"):
            continue
        for line in block.lines:
            if _SIGNATURE.match(line.strip()):
                break
            lines.append(line)
    return lines


def says_yes(lines: Iterable[str], signs: Iterable[str] = ()) -> bool:
    """Whether the own lines of a mail agree, and say nothing else; `signs` are names that may stand below."""
    agreed, only = _weighed(lines, signs)
    return agreed and only


def is_courtesy(lines: Iterable[str], signs: Iterable[str] = ()) -> bool:
    """Whether the own lines say nothing but thanks, greetings and yes: 收到，谢谢."""
    return _weighed(lines, signs)[1]


def _weighed(lines: Iterable[str], signs: Iterable[str]) -> tuple[bool, bool]:
    """Whether a decisive yes is among the words, and whether there is nothing but words of agreement and courtesy."""
    text = unicodedata.normalize("NFKC", "\n".join(lines)).strip()
    for name in signs:
        text = text.replace(name, " ") if len(name) > 1 else text
    text = _NUMBER.sub(" ", text).strip()
    if not text or len(text) > LONGEST_YES or "?" in text:
        return False, False
    return _agreeing_words(text)


def _agreeing_words(text: str) -> tuple[bool, bool]:
    """The words one after the other, the longest first; any other word ends it: 不同意, 确认但是, 同意吗."""
    position, agreed = 0, False
    while position < len(text):
        if between := _BETWEEN.match(text, position):
            position = between.end()
            continue
        found = max(
            (match for match in (_DECISIVE.match(text, position), _WORD.match(text, position)) if match),
            key=lambda match: match.end(),
            default=None,
        )
        if found is None:
            return agreed, False
        agreed = agreed or bool(_DECISIVE.fullmatch(found[0]) and not _WEAK.fullmatch(found[0]))
        position = found.end()
    return agreed, True
