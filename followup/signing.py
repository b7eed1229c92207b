"""The checklist that guards a signing (签收): documents, stamp, the name exactly as on the waybill (SPEC 9). Pure."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from intake.orderform import OrderForm

STAMP_WORDS = ("盖章", "公章", "签章", "收货章", "stamp")


@dataclass(frozen=True)
class Signing:
    """What is told of a signing. A check that nobody has told of is None: a person asks (see `untold`)."""

    signer: str
    at: datetime
    condition: str = ""  # of the goods: "完好", or what is wrong with them
    document: bool | None = None  # the signer's own document was seen
    proxy: bool = False  # signed for the consignee, who is somebody else
    consignee_document: bool = False  # for a proxy: the consignee's was seen too
    stamp: bool = False  # the company's stamp is on the receipt
    change_letter: bool = False  # the shipper's letter names this signer instead


def written(name: str) -> str:
    """A name without what spacing and full-width forms do to it; every sign of it counts: 杨民敬 is not 杨明静."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def wants_stamp(form: OrderForm) -> bool:
    """Whether the receipt asks for the consignee's stamp, in the words of the order."""
    return bool(form.receipt_copies) and any(word in (form.remarks or "").lower() for word in STAMP_WORDS)


def untold(signing: Signing) -> bool:
    """Whether nobody has said that the checklist was gone through: a mail that only says 已签收."""
    return signing.document is None


def faults_of(signing: Signing, form: OrderForm) -> tuple[str, ...]:
    """Codes of phrases.toml for all that the checklist finds; none for a signing that is in order."""
    named = {written(name) for name in (form.consignee.name, form.consignee.company) if name}
    checks = (
        ("signing_no_name", not written(signing.signer)),
        ("signing_no_document", not signing.document),
        ("signing_no_consignee_document", signing.proxy and not signing.consignee_document),
        ("signing_no_stamp", wants_stamp(form) and not signing.stamp),
        (
            "signing_other_name",
            bool(written(signing.signer))
            and written(signing.signer) not in named
            and not signing.proxy
            and not signing.change_letter,
        ),
    )
    return tuple(code for code, fails in checks if fails)
