"""What a returned mail says: which address failed and which of our letters it is about. Standard notes (RFC
3464) and the
Chinese ones of QQ and NetEase, which are plain text. What is believed of it is decided elsewhere."""

import re
from collections.abc import Iterable
from email.message import Message as Mime

_ADDRESS = r"[\w.+\-=]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8}"
_FINAL = re.compile(
    rf"^(?:final|original)-recipient\s{{0,4}}:\s{{0,4}}(?:[\w\-]{{1,20}}\s{{0,4}};\s{{0,4}})?<?({_ADDRESS})",
    re.I | re.M,
)
_ACTION = re.compile(r"^action\s{0,4}:\s{0,4}(\w{1,20})", re.I | re.M)
_CHINESE = re.compile(
    rf"(?:收件人|邮件地址|邮箱|无法送达|无法发送|投递失败|退信)[^\n@]{{0,40}}?[(<（:：\s]\s{{0,3}}({_ADDRESS})"
)
_ID = re.compile(
    r"^(?:message-id|x-original-message-id|original-message-id|in-reply-to)\s{0,4}:\s{0,4}(<[^<>\s\x00-\x1f\x7f]{1,300}>)",
    re.I | re.M,
)
NOTICE = re.compile(
    r"系统退信|退信通知|邮件退回|退信|邮件发送失败|投递失败|undelivered mail|undeliverable|delivery "
    r"status notification|returned mail|"
    r"failure notice|mail delivery (?:failed|failure|system)|delivery (?:has )?failed|mail system "
    r"error|无法投递|未送达|delivery failure|"
    r"non ?delivery|could not be delivered|未能送达",
    re.I,
)
DAEMON = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mdaemon|bounce[sd]?)(?:@|\+|-)", re.I)


def failed_addresses(statuses: Iterable[str], texts: Iterable[str], mime: Mime) -> tuple[str, ...]:
    """The addresses that failed for good; a mere delay names none."""
    found: dict[str, None] = {}
    for status in statuses:
        actions = [action.lower() for action in _ACTION.findall(status)]
        if actions and all(action not in ("failed", "expired") for action in actions):
            continue
        found.update(dict.fromkeys(address.lower() for address in _FINAL.findall(status)))
    for value in mime.get_all("X-Failed-Recipients", []):
        found.update(dict.fromkeys(address.lower() for address in re.findall(_ADDRESS, str(value)[:2000])))
    if not found and is_notice(mime):
        for text in texts:
            found.update(dict.fromkeys(address.lower() for address in _CHINESE.findall(text[:20000])))
    return tuple(found)[:50]


def is_notice(mime: Mime) -> bool:
    """Whether the sender is a mail system."""
    return bool(DAEMON.search(str(mime.get("From", "")).rpartition("<")[2]))


def message_ids(statuses: Iterable[str], returned: Iterable[str]) -> tuple[str, ...]:
    """The Message-IDs of the letters that came back."""
    found = [match for text in (*returned, *statuses) for match in _ID.findall(text[:65536])]
    return tuple(dict.fromkeys(found))[:50]
