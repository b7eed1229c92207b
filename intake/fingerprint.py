"""When two mails are the same mail, and when two orders say the same (RELIABILITY G2).

The fingerprint is taken from the octets, not from what a reader made of them: it stays the same when the readers
improve. It leaves out what a second delivery changes: the trace headers above.
"""

import hashlib
import json
import re

from intake.orderform import OrderForm

HEADER = re.compile(rb"^(message-id|from|date|subject)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)


def fingerprint(octets: bytes, company: str = "") -> str:
    """SHA-256 over Message-ID, From, Date, Subject and the body; line ends and trailing blank lines do not count.

    A mail to two companies of one installation is two mails: the key of the further `company` counts with it.
    """
    octets = octets.replace(b"\r\n", b"\n")
    head, _, body = octets.partition(b"\n\n")
    digest = hashlib.sha256()
    fields = sorted((match[1].lower(), b" ".join(match[2].split())) for match in HEADER.finditer(head))
    for name, value in fields:
        digest.update(name + b":" + value + b"\n")
    digest.update(b"\n" + body.rstrip())
    if company:
        digest.update(b"\0" + company.encode())
    return digest.hexdigest()


def content_key(sender: str, form: OrderForm) -> str:
    """The same for two orders of one sender that say the same, whatever their mails looked like."""
    said = json.dumps(form.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"{sender}\n{''.join(said.split())}".encode()).hexdigest()
