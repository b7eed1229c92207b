"""What a mail is (SPEC 2), decided by evidence that is kept: a flat list of questions, the first that holds decides."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from intake.deliverynotes import DAEMON, NOTICE
from intake.folding import fold
from intake.message import Kind, Message, ReadingRules
from intake.orderform import ProblemCode, ReadOrder

_AUTO_SUBJECT = re.compile(
    r"^\s{0,4}(?:(?:re|回复|答复)\s?:\s?)?[\[【(]?(?:自动回复|自动答复|自动应答|自动回覆|"
    r"自动转发通知|休假自动|外出自动|automatic reply|auto(?:matic)?[- ]?(?:reply|response)|autoreply|"
    r"out of (?:the )?office|ooo\b|vacation|i am out of|不在办公室|休假通知|假期自动|away from)"
)
_AUTO_TEXT = re.compile(
    r"(?:这是|此邮件为|本邮件为|此为|系统)[^。\n]{0,12}自动(?:回复|发送|发出|生成|答复)|this is an "
    r"automat(?:ic|ed) (?:reply|response|message)|(?:正在|我在|目前)(?:出差|休假|度假|"
    r"外出)[^。\n]{0,40}(?:返回|回来|回复|联系)|自动回复|i am (?:currently )?out of (?:the )?office|"
    r"已收到您的(?:邮件|来信)[^。\n]{0,20}(?:尽快|会)"
)
_WORK_ORDER = re.compile(r"\[wo \d{8}-\d{4,6}")
_CANCEL = re.compile(
    r"(?:订单|这单|那单|此单|该单|上一?单|这票|那票|上一?票|此票|该票|发货|提货|下单|托运|运单|单子|"
    r"这批货?|货|业务|预约)[^。!?\n]{0,20}?(?:取消|作废|撤销|撤回|撤单|不发了|不走了|不用发|不要发|"
    r"不用提|不用来|不要来|不要提|不出了|停发|退单)"
    r"|(?:取消|作废|撤销|撤回|撤消|撤掉)(?:掉|一?下|了)?[^。!?\n]{0,20}?(?:订单|这单|那单|这票|那票|"
    r"上[一]?票|此单|此票|该单|发货|提货|托运|下单|\d{8}-\d{4}|运单|单子|预约|委托|单)"
    r"|撤单|(?:先|暂时?|今天|明天|就|我们|那?货|都|别|也)?(?:不发了|不发货了|不走了|不寄了|"
    r"不用来(?:提|拉|取|装)?(?:货)?了?|不要来(?:提|拉|取)|不用提(?:货)?了|别来(?:提|拉|取)|"
    r"不需要(?:提货|发货|发)了|别发了|不要发了|不用发了)|车不用来|不用派车"
    r"|(?:请|帮忙|麻烦)[^。!?\n]{0,12}取消(?!\w{0,6}(?:尾板|回单|上楼|保价|备注))|"
    r"已?取消[了掉,。!\s]|^\s{0,4}取消\s{0,4}$|作废"
    r"|(?:please |kindly |want to |need to |would like to |have to |must )?cancel(?:led|ing|"
    r"lation)?\b[^.!?\n]{0,40}(?:order|shipment|pickup|booking|freight|\d{8}-\d{4})|(?:order|"
    r"shipment|pickup|booking)[^.!?\n]{0,40}(?:cancel|call(?:ed)? off)|please cancel"
)
_NOT_CANCEL = re.compile(
    r"(?:不要|请勿|别|勿|没有|没|未|不想|不能|不会|不)(?:再)?(?:取消|作废|撤销)|取消不了|(?:能|可以|"
    r"怎么|如何|是否)[^。\n]{0,12}取消|取消[^。\n]{0,12}[吗?]|do not cancel|don't cancel|not cancel"
)
_CHANGE = re.compile(
    r"改为|改成|改到|改发|改一下|改下|修改|更改|变更|更正|订正|应为|应该是|应是|写错|填错|有误|换成|"
    r"换为|调整|补充|补一下|补上|改(?:月结|到付|现付|回单付|寄付)|不是[^。\n]{1,30}是|change|amend|"
    r"correct(?:ion)|revis|update|instead of|should be"
)
_MORE = re.compile(
    r"还有[一两三几\d]?\s?[票单批]|再发|再来|另外[一还]|另有|新增|加一[票单]|又[有来]一|今天(?:还|"
    r"也)有|新的?(?:订单|一票|一单)|another (?:order|shipment)|one more|new order"
)
_AGAIN = re.compile(
    r"重新(?:填|发|提交)|以此为准|以这[个份]为准|补充完整|已补充|已更正|更正如下|补充如下|修改如下|"
    r"重填|完整信息|as corrected"
)
_OURS = re.compile(r"[【\[]?(?:订单|order)\s?\d{8}-\d{4,6}")
_NUMBER = re.compile(r"(?<![\w-])20\d{6}-\d{4,6}(?![\w-])")
_FREIGHT = re.compile(
    r"[\u4e00-\u9fff]{2}|order|shipment|pick-?up|consignee|shipper|freight|cargo|pallet|carton|delivery"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
_REPLY = re.compile(r"^\s{0,4}(?:re|回复|答复|回覆|答覆|aw|sv)\s?[:\[]")
_COMPLAINT = re.compile(
    r"投诉|索赔|赔偿|赔付|破损|货损|损坏|丢失|丢件|少货|短少|货差|态度(?:恶劣|差|很差)|太差|不满|"
    r"野蛮|进水|受潮|拒付|质量事故|complaint|damaged|claim for|compensation|unacceptable|lost "
    r"(?:goods|cargo|shipment)"
)
_ENQUIRY = re.compile(
    r"查件|查货|查一下|查询|催单|催一下|催件|到哪[里儿了]?|到了吗|到了没|什么时候到|何时到|几时到|"
    r"签收了[吗没]|货到(?:哪|了)|进度|状态|还没(?:到|收到|提)|没人来提|怎么还没|where is|track|"
    r"status of|any update|when will|eta\b|物流信息|回单(?:什么时候|何时|寄)"
)
_QUOTE = re.compile(
    r"询价|报价|报个价|运费(?:是)?(?:多少|怎么算|几何|大概)|多少钱|什么价|价格(?:是|怎么|多少|表)?|"
    r"几天(?:能)?到|时效|quot(?:e|ation)|how much|price|rate\b|freight rate|咨询"
)
_AD = re.compile(r"退订|unsubscribe|取消订阅|订阅|代开发票|专线直达|优惠|促销|招商|推广")
_NO_WORDS = re.compile(  # "*+": a word that was read is not tried again in another way
    r"^(?:\s|请?见?附件|如附件|请查收|谢谢|发货单?|照片|图片|您好|你好|如图|见图|"
    r"订单|托运单|请安排|安排提货|[,。.!:;\[\]【】]|发自我的\S{1,12}|hi|hello)*+$"
)


@dataclass(frozen=True)
class Signs:
    """What the questions look at. `own` are the sender's own words, folded."""

    message: Message
    rules: ReadingRules
    subject: str
    own: str
    orders: Sequence[ReadOrder]
    forwarded: bool  # the orders stand in a forwarded part
    changes: ReadOrder | None


@dataclass(frozen=True)
class Judgement:
    kind: Kind
    evidence: str
    topic: str | None = None


def is_reply(message: Message) -> bool:
    """Whether the mail answers another."""
    return bool(message.in_reply_to or message.references or _REPLY.match(fold(message.subject)))


def names_order(text: str) -> bool:
    return bool(_NUMBER.search(text))


def of_headers(message: Message, subject: str, own: str) -> Judgement | None:
    """What headers and subject alone decide: bounces, automatic mail, dispatchers' answers, lists."""
    headers = message.headers
    content = " ".join(headers.get("content-type", ())).lower()
    if "delivery-status" in content or message.bounced or headers.get("x-failed-recipients"):
        return Judgement(Kind.BOUNCE, "delivery status notification")
    sender = message.sender.address if message.sender else fold(message.senders_raw).rpartition("<")[2]
    if NOTICE.search(subject) and (DAEMON.search(sender) or _empty_path(headers)):
        return Judgement(Kind.BOUNCE, f"subject says {NOTICE.search(subject).group()!r}, sender {sender}")  # type: ignore[union-attr]
    automatic = _automatic(headers, subject)
    if automatic:
        return Judgement(Kind.AUTOMATIC, automatic)
    if DAEMON.search(sender):
        return Judgement(Kind.BOUNCE, f"sender is {sender}")
    if any(i.lower().startswith("<wo-") for i in (*message.in_reply_to, *message.references)):
        return Judgement(Kind.DISPATCH_REPLY, "answers a work order (References)")
    if _WORK_ORDER.search(subject):
        return Judgement(Kind.DISPATCH_REPLY, "subject names a work order")
    for name in ("list-id", "list-unsubscribe"):
        if name in headers:
            return Judgement(Kind.OTHER, f"header {name}", _topic(subject, own))
    if any(value.lower() in ("bulk", "list", "junk") for value in headers.get("precedence", ())):
        return Judgement(Kind.OTHER, "header precedence", None)
    return None


def _empty_path(headers: dict[str, tuple[str, ...]]) -> bool:
    return headers.get("return-path", ("?",))[0].strip() in ("<>", "")


def _automatic(headers: dict[str, tuple[str, ...]], subject: str) -> str:
    for value in headers.get("auto-submitted", ()):
        if not value.lower().startswith("no"):
            return f"header auto-submitted: {value}"
    for name in ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-auto-reply", "x-mail-autoreply"):
        if name in headers and headers[name][0].lower() not in ("no", "false", "0"):
            return f"header {name}"
    if any(value.lower() == "auto_reply" for value in headers.get("precedence", ())):
        return "header precedence: auto_reply"
    match = _AUTO_SUBJECT.search(subject)
    return f"subject says {match.group().strip()!r}" if match else ""


def of_content(signs: Signs) -> Judgement:
    """What the words decide, first to last; the last question always holds."""
    for question in _QUESTIONS:
        judgement = question(signs)
        if judgement:
            return judgement
    return Judgement(Kind.OTHER, "nothing of a known kind", _topic(signs.subject, signs.own))


def _is_automatic_text(signs: Signs) -> Judgement | None:
    match = _AUTO_TEXT.search(signs.own) if not signs.orders and len(signs.own) < 600 else None
    return Judgement(Kind.AUTOMATIC, f"says {match.group()[:40]!r}") if match else None


def _is_cancellation(signs: Signs) -> Judgement | None:
    if signs.orders and not signs.forwarded:
        return None
    if signs.orders and signs.forwarded and not is_reply(signs.message) and not _CANCEL.search(signs.own):
        return None
    for text, where in (
        (signs.own, "says"),
        (signs.subject if not _NOT_CANCEL.search(signs.own) else "", "subject says"),
    ):
        match = _CANCEL.search(_NOT_CANCEL.sub("", text)) if not _AD.search(text) else None
        if match and not (where == "subject says" and _REPLY.match(signs.subject)):
            if _COMPLAINT.search(signs.own) and not names_order(text) and not is_reply(signs.message):
                return None
            if signs.changes and _CHANGE.search(signs.own) and not re.search(r"订单|单|票|不发|整", match.group()):
                return None
            return Judgement(Kind.CANCELLATION, f"{where} {match.group().strip()[:40]!r}")
    return None


def _is_order(signs: Signs) -> Judgement | None:
    if not any(_solid(order) for order in signs.orders):
        return None
    score, best = max(((_score(order), order) for order in signs.orders), key=itemgetter(0))
    if score < 5 and (_COMPLAINT.search(signs.own) or _QUOTE.search(signs.subject) or _ENQUIRY.search(signs.own)):
        return None
    if score < 5 and _AD.search(signs.own):
        return None
    chinese = _CHINESE.search(signs.own) or signs.forwarded or signs.message.attachments
    if not chinese and (score < 4 or not set(best.origins) & _MEASURED):
        return None  # English words that look like labels stand in many mails
    where = "a forwarded form" if signs.forwarded else "a form"
    told = f"{where} with {', '.join(_given(best))}"
    if _answers_an_order(signs, best):
        return Judgement(Kind.AMENDMENT, f"answers an order, with {told}")
    if len(signs.orders) == 1 and score < 4 and names_order(signs.own + signs.subject):
        return Judgement(Kind.AMENDMENT, f"names an order, with {told}")
    return Judgement(Kind.ORDER, told)


def _answers_an_order(signs: Signs, order: ReadOrder) -> bool:
    """A form in an answer changes the order it answers, unless it says that it is another one."""
    if signs.forwarded or not is_reply(signs.message) or len(signs.orders) != 1 or _MORE.search(signs.own):
        return False
    again = _OURS.search(signs.subject) or _AGAIN.search(signs.own)
    return bool(again) or (_score(order) < 5 and not _whole(order))


def _is_amendment(signs: Signs) -> Judgement | None:
    changes = signs.changes
    if changes is None or not (_given(changes) or changes.problems):
        return None
    if not _speaks_of_freight(signs):
        return None
    if _AD.search(signs.own) or (_QUOTE.search(signs.subject + signs.own) and not names_order(signs.subject)):
        return None
    match = _CHANGE.search(signs.own)
    if match and not (_COMPLAINT.search(signs.own) and not is_reply(signs.message)):
        return Judgement(Kind.AMENDMENT, f"says {match.group()!r}: {', '.join(_given(changes)) or 'doubtful'}")
    if (
        (is_reply(signs.message) or names_order(signs.subject))
        and not _ENQUIRY.search(signs.own)
        and not _COMPLAINT.search(signs.own)
    ):
        return Judgement(Kind.AMENDMENT, f"answers, with {', '.join(_given(changes)) or 'a doubtful value'}")
    return None


def _speaks_of_freight(signs: Signs) -> bool:
    """Words in Chinese; English words only where they speak of freight and answer a mail or name an order."""
    if _CHINESE.search(signs.own):
        return True
    known = is_reply(signs.message) or names_order(signs.subject + " " + signs.own)
    return (
        known
        and len(signs.own) < 1500
        and not signs.message.bounced
        and bool(_FREIGHT.search(signs.own) or _OURS.search(signs.subject))
    )


def _is_picture(signs: Signs) -> Judgement | None:
    files = signs.message.attachments
    if not files or any(file.readable for file in files) or not _NO_WORDS.match(signs.own):
        return None
    if any(file.note in ("image", "no_text", "encrypted", "broken") for file in files):
        return Judgement(Kind.OTHER, "pictures or unreadable files only", "images_only")
    return None


_QUESTIONS: tuple[Callable[[Signs], Judgement | None], ...] = (
    _is_automatic_text,
    _is_cancellation,
    _is_order,
    _is_amendment,
    _is_picture,
)


def _given(order: ReadOrder) -> list[str]:
    return [name for name in order.origins if name not in ("remarks", "services", "phone", "pickup_request")]


_MEASURED = frozenset(("cargo.pieces", "cargo.weight_kg", "cargo.volume_m3", "payment"))
_CORE = frozenset(("shipper", "pickup_address", "destination", "consignee", "payment", "cargo"))


def _told(order: ReadOrder) -> set[str]:
    """The fields of the form that are there, well or badly written."""
    return {*_given(order), *(problem.field for problem in order.problems if problem.code is not ProblemCode.MISSING)}


def _score(order: ReadOrder) -> int:
    """How many of the six parts of the form are there, well or badly written."""
    return len({name.partition(".")[0] for name in _told(order)} & _CORE)


def _solid(order: ReadOrder) -> bool:
    """Enough of a form to be one: three parts, a party with a name or a phone, an address or destination,
    cargo or payment."""
    given = _told(order)
    heads = {name.partition(".")[0] for name in given}
    return (
        len(heads & _CORE) >= 3
        and bool(heads & {"shipper", "consignee"})
        and bool(
            heads & {"pickup_address", "destination"}
            or "consignee.address" in given
            or heads >= {"shipper", "consignee", "cargo"}
        )
    )


def is_whole_form(order: ReadOrder) -> bool:
    """Whether this is the form again, and not a few lines of it."""
    return _solid(order) and _score(order) >= 5


def _whole(order: ReadOrder) -> bool:
    return not any(problem.code is ProblemCode.MISSING for problem in order.problems)


def _topic(subject: str, own: str) -> str | None:
    if _AD.search(own) or _AD.search(subject):
        return None
    for topic, pattern in (("complaint", _COMPLAINT), ("quote_request", _QUOTE), ("inquiry", _ENQUIRY)):
        if pattern.search(subject):
            return topic
    for topic, pattern in (("complaint", _COMPLAINT), ("inquiry", _ENQUIRY), ("quote_request", _QUOTE)):
        if pattern.search(own):
            return topic
    return None
