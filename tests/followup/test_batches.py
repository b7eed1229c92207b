"""How many batches there are, where nobody says it."""

import pytest

from followup.batches import how_many


@pytest.mark.parametrize(
    ("pieces", "wanted", "so_far", "told", "batches"),
    [
        ([10], 10, 1, None, 1),
        ([6], 10, 1, None, 2),
        ([6, 4], 10, 2, None, 2),
        ([6, 3], 10, 2, None, 3),
        ([6], 10, 4, None, 4),  # four were said before
        ([6, 4], 10, 4, None, 2),  # … yet all pieces are here
        ([12], 10, 1, None, 1),  # more than ordered: not less than all
        ([None], 10, 1, None, 1),
        ([None], 10, 3, None, 3),
        ([6, None], 10, 2, None, 2),
        ([6], None, 1, None, 1),
        ([6], 10, 1, 1, 1),  # said to be all: the shortage is an exception, not a batch
        ([10], 10, 1, 3, 3),
        ([5, 5], 10, 2, 1, 2),  # fewer than have come cannot be
    ],
)
def test_how_many(pieces: list[int | None], wanted: int | None, so_far: int, told: int | None, batches: int) -> None:
    assert how_many(pieces, wanted, so_far, told) == batches
