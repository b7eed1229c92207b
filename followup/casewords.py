"""What an agent's word does to a case or a complaint: told, answered, cleared up (SPEC 7, 9).

Consequences of outcomes, called by followup.actions in the transaction of the word.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from followup import cases, complaints, penaltybook
from followup.cases import ExceptionKind
from followup.scene import NotUnderstood, Scene
from intake.folding import fold

LARGEST = Decimal("99999999.99")
YES = frozenset({"yes", "y", "是", "满意", "satisfied", "true"})
NO = frozenset({"no", "n", "否", "不满意", "dissatisfied", "false"})


def amount(text: str) -> Decimal:
    """CNY as an agent writes them: 1200, ¥1,200.50, 1200元. Raises NotUnderstood."""
    plain = fold(text).strip().removeprefix("cny").lstrip("¥￥ ").removesuffix("元").replace(",", "").strip()
    try:
        value = Decimal(plain) if len(plain) <= 20 and plain.isascii() else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= LARGEST or value != value.quantize(Decimal("0.01")):
        raise NotUnderstood(f"not an amount of money: {text[:40]}")
    return value


def yes_or_no(text: str) -> bool:
    """Whether somebody is satisfied. Raises NotUnderstood."""
    said = fold(text).strip()
    if said not in YES | NO:
        raise NotUnderstood(f"neither yes nor no: {text[:40]}")
    return said in YES


def kind_of(text: str) -> ExceptionKind:
    """The kind of an exception by its code. Raises NotUnderstood."""
    try:
        return ExceptionKind(text.strip())
    except ValueError as unknown:
        raise NotUnderstood(f"exception is one of {', '.join(ExceptionKind)}") from unknown


READ = {"compensation": amount, "satisfied": yes_or_no, "exception": kind_of}


def check(details: Mapping[str, Any]) -> None:
    """Raises NotUnderstood for a detail that cannot be read as what it is: said at once, not when it takes effect."""
    for name, read in READ.items():
        if details.get(name):
            read(str(details[name]))


def customer_told(scene: Scene) -> None:
    """At the first moment, by phone, and by letter where the agent wrote what it shall say."""
    case = cases.case_of_task(scene.session, scene.task.id)
    if case is None:
        return
    details = scene.word.details
    case.owner = case.owner or scene.word.agent
    cases.tell(scene.session, case, scene.actor, scene.now, details["time"], str(details.get("letter") or ""))


def exception_closed(scene: Scene) -> None:
    """Cause, unit, remedy and compensation go into the case; what the rules make of it is proposed."""
    case = cases.case_of_task(scene.session, scene.task.id)
    if case is None:
        return
    said = _found_out(scene.word.details)
    said.setdefault("remedy", case.remedy or str(scene.word.details["note"]))
    cases.change(scene.session, case, said | {"owner": case.owner or scene.word.agent}, scene.actor, scene.now)
    cases.close(scene.session, case, scene.actor, scene.now)
    penaltybook.after_case(scene.database, scene.session, scene.company, case, scene.now)


def complaint_answered(scene: Scene) -> None:
    """Apologised; the next word is promised for the time that was said."""
    found = complaints.complaint_of_task(scene.session, scene.task.id)
    if found is None:
        return
    details = scene.word.details
    found.owner = found.owner or scene.word.agent
    complaints.answer(scene.session, found, scene.actor, scene.now, details["time"], str(details.get("letter") or ""))


def complaint_closed(scene: Scene) -> None:
    """What came of it, and whether the customer is satisfied."""
    found = complaints.complaint_of_task(scene.session, scene.task.id)
    if found is None:
        return
    details = scene.word.details
    said = _found_out(details) | {"owner": found.owner or scene.word.agent}
    if details.get("satisfied"):
        said["satisfied"] = yes_or_no(str(details["satisfied"]))
    said.setdefault("remedy", found.remedy or str(details["note"]))
    complaints.change(scene.session, found, said, scene.actor, scene.now)
    complaints.close(scene.session, found, scene.actor, scene.now)


def _found_out(details: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {name: str(details[name]) for name in ("cause", "unit", "remedy") if details.get(name)}
    if details.get("compensation"):
        said["compensation"] = amount(str(details["compensation"]))
    return said
