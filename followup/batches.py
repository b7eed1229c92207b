"""The batches in which goods travel: those that have arrived, and how many there are, where nobody says it (SPEC 9)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from followup.tables_journey import Batch


def arrived_batches(session: Session, order_id: int) -> Sequence[Batch]:
    """Those that are at their station, in the sequence in which they came."""
    return session.scalars(select(Batch).where(Batch.order_id == order_id).order_by(Batch.place)).all()


def how_many(pieces: Sequence[int | None], wanted: int | None, so_far: int, told: int | None = None) -> int:
    """In how many batches the goods travel, by the `pieces` that came with each of those here; pure.

    `told` counts where it is said. Otherwise, while fewer pieces than `wanted` have arrived, at least one more batch is
    to come; who counts no pieces says nothing: it stays at `so_far`.
    """
    here, counted = len(pieces), [count for count in pieces if count is not None]
    if told is not None:
        return max(told, here)
    if wanted is None or len(counted) < here:
        return max(so_far, here)
    return here if sum(counted) >= wanted else max(so_far, here + 1)
