"""What follows from what an agent says of a task of the way after the pickup (SPEC 7): the moves behind the words."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from followup import casebook, customervisits, receipts, satisfaction
from followup.agenda import TaskKind
from followup.cases import ExceptionKind
from followup.casewords import kind_of
from followup.journey import Journey
from followup.receipts import ReceiptState, Told
from followup.scene import NotUnderstood, Scene
from followup.signing import Signing
from intake import register
from intake.timeline import Entry, Happening, record

ADDRESS = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,255}")
YES = ("yes", "1", "on", "true", "是", "有")


def exception_kind(said: str) -> ExceptionKind:
    """The kind of exception; delay where nothing is said. Raises NotUnderstood."""
    return kind_of(said) if said else ExceptionKind.DELAY


def whole(scene: Scene, name: str) -> int | None:
    """A detail that is a count. Raises NotUnderstood for what is none."""
    text = (
        str(scene.word.details.get(name) or "").strip().removesuffix("件").removesuffix("份").removesuffix("批").strip()
    )
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 100_000):
        raise NotUnderstood(f"{name} must be a whole number, not {text[:20]!r}")
    return int(text)


def _text(scene: Scene, name: str) -> str:
    return str(scene.word.details.get(name) or "").strip()


def _yes(scene: Scene, name: str) -> bool:
    return _text(scene, name).lower() in YES


def _time(scene: Scene) -> datetime:
    """When it happened: as it was said, otherwise now."""
    said = scene.word.details.get("time")
    return said if isinstance(said, datetime) else scene.now


def journey_of(scene: Scene) -> Journey:
    assert scene.order is not None
    return Journey(scene.database, scene.session, scene.company, scene.order, scene.actor, scene.now)


def _window_agreed(scene: Scene) -> None:
    journey_of(scene).delivery_arranged(_time(scene), _until(scene))


def _until(scene: Scene) -> datetime | None:
    from followup.saidtime import said_time

    text = _text(scene, "until")
    try:
        return (
            said_time(text, _time(scene).astimezone(scene.company.timezone), scene.company.timezone) if text else None
        )
    except ValueError as unclear:
        raise NotUnderstood(str(unclear)) from unclear


def _refused(scene: Scene) -> None:
    journey_of(scene).refused(scene.now, _text(scene, "note"))


def _station_informed(scene: Scene) -> None:
    departed = scene.word.details.get("time")
    journey_of(scene).station_informed(_text(scene, "station"), departed if isinstance(departed, datetime) else None)


def _consignee_informed(scene: Scene) -> None:
    journey_of(scene).consignee_informed()


def _arrived(scene: Scene) -> None:
    counts = {"pieces": whole(scene, "pieces"), "batches": whole(scene, "batches")}
    journey_of(scene).arrived(_time(scene), _text(scene, "station"), **counts)


def _delayed(scene: Scene) -> None:
    journey_of(scene).delayed(_time(scene), _text(scene, "note"))


def _exception(scene: Scene) -> None:
    journey_of(scene).exception(exception_kind(_text(scene, "exception")), _text(scene, "note"))


def _on_its_way(scene: Scene) -> None:
    """The transfer station has sent it on: it is in transit, whether or not its departure was told."""
    way = journey_of(scene)
    if way.shipment.stage == "picked_up":
        way.departed(_time(scene), _text(scene, "station"))


def _signed(scene: Scene) -> None:
    signing = Signing(
        signer=_text(scene, "signer"),
        at=_time(scene),
        condition=_text(scene, "condition"),
        document=_yes(scene, "document"),
        proxy=_yes(scene, "proxy"),
        consignee_document=_yes(scene, "consignee_document"),
        stamp=_yes(scene, "stamp"),
        change_letter=_yes(scene, "change_letter"),
    )
    journey_of(scene).signed(signing, _text(scene, "note"))


def _told(scene: Scene, *, promised: bool = False) -> Told:
    return Told(
        at=scene.now,
        copies=whole(scene, "copies"),
        to=_text(scene, "to"),
        words=_text(scene, "note"),
        promised=_time(scene) if promised else None,
    )


def _returned(scene: Scene) -> None:
    journey_of(scene).receipt(ReceiptState.RECEIVED, _told(scene))


def _defective(scene: Scene) -> None:
    journey_of(scene).receipt(ReceiptState.DEFECTIVE, _told(scene, promised=True))


def _lost(scene: Scene) -> None:
    journey_of(scene).receipt(ReceiptState.LOST, _told(scene))


def _handed(scene: Scene) -> None:
    journey_of(scene).receipt(ReceiptState.HANDED, _told(scene))


def _promised(scene: Scene) -> None:
    """The station promises the receipt for a time: asked again then, while its own clock runs on."""
    receipt = receipts.receipt_of(scene.session, scene.task.order_id or 0)
    if receipt is not None:
        receipts.remind_again(scene.session, receipt, _time(scene))


def _scored(scene: Scene) -> None:
    assert scene.order is not None
    try:
        opinion = satisfaction.Opinion(satisfaction.score_of(_text(scene, "score")), _text(scene, "note"))
    except satisfaction.NoScore as wrong:
        raise NotUnderstood(str(wrong)) from wrong
    satisfaction.give(scene.database, scene.session, scene.order, opinion, way="call", actor=scene.actor, now=scene.now)


def _visited(scene: Scene) -> None:
    customervisits.note_visit(scene.session, scene.task, _text(scene, "note"), scene.actor, scene.now)


def _corrected(scene: Scene) -> None:
    """The right address, where the customer gave one: letters about his order go there from now on."""
    address = _text(scene, "address")
    if not address or scene.order is None:
        return
    if not ADDRESS.fullmatch(address):
        raise NotUnderstood(f"not a mail address: {address[:60]!r}")
    if scene.task.why_values.get("recipient") == scene.order.shipper_address:
        register.correct_address(scene.session, scene.order.id, address)
    told = {"words": f"{scene.task.why_values.get('recipient', '')} → {address}"}
    record(scene.session, [Entry(Happening.NOTED, scene.now, scene.actor, scene.order.id, details=told)])


JOURNEY: Mapping[tuple[TaskKind | None, str], Callable[[Scene], None]] = {
    (TaskKind.ARRANGE_DELIVERY, "window_agreed"): _window_agreed,
    (TaskKind.ARRANGE_DELIVERY, "refused"): _refused,
    (TaskKind.COORDINATE_DESTINATION, "station_informed"): _station_informed,
    (TaskKind.COORDINATE_DESTINATION, "consignee_informed"): _consignee_informed,
    (TaskKind.CHECK_ARRIVAL, "arrived"): _arrived,
    (TaskKind.CHECK_ARRIVAL, "delayed"): _delayed,
    (TaskKind.CHECK_ARRIVAL, "exception"): _exception,
    (TaskKind.WATCH_TRANSFER, "on_its_way"): _on_its_way,
    (TaskKind.WATCH_TRANSFER, "delayed"): _delayed,
    (TaskKind.WATCH_TRANSFER, "exception"): _exception,
    (TaskKind.CHECK_SIGNED, "signed"): _signed,
    (TaskKind.CHECK_SIGNED, "exception"): _exception,
    (TaskKind.CHASE_RECEIPT, "returned"): _returned,
    (TaskKind.CHASE_RECEIPT, "defective"): _defective,
    (TaskKind.CHASE_RECEIPT, "promised"): _promised,
    (TaskKind.CHASE_RECEIPT, "lost"): _lost,
    (TaskKind.HAND_RECEIPT, "handed"): _handed,
    (TaskKind.HAND_RECEIPT, "defective"): _defective,
    (TaskKind.HAND_RECEIPT, "lost"): _lost,
    (TaskKind.SATISFACTION_CALL, "scored"): _scored,
    (TaskKind.CUSTOMER_VISIT, "visited"): _visited,
    (TaskKind.FIX_ADDRESS, "corrected"): _corrected,
}


def wakes(scene: Scene) -> None:
    """After an outcome that closed its task: the next call of the shipment, where none is open (followup.oversight)."""
    if scene.order is not None and scene.task.state == "closed" and casebook.shipment(scene.session, scene.order.id):
        journey_of(scene).go_on()
