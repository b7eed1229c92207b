"""Every move from every stage: allowed by the table, or refused in words with what is possible (SPEC 9)."""

from datetime import UTC, datetime, timedelta

import pytest

from followup.stages import BY_ITSELF, ENDS, LINE, MOVES, Move, MoveRefused, Stage, after, check_moment, possible

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("move", Move)
def test_every_move_from_every_stage(stage: Stage, move: Move) -> None:
    way = MOVES[move]
    if stage in way.start:
        assert after(stage, move, "n") is (way.end or stage)
        return
    with pytest.raises(MoveRefused) as refused:
        after(stage, move, "20261124-0001")
    words = refused.value.words("zh")
    assert "20261124-0001" in words
    assert [each for each in possible(stage) if each in refused.value.values["possible"].split()] == list(
        possible(stage)
    )


def test_the_line_can_be_walked_from_end_to_end() -> None:
    stage = LINE[0]
    walked = [stage]
    for move in (Move.PICKED_UP, Move.DEPARTED, Move.ARRIVED, Move.OUT_FOR_DELIVERY, Move.SIGNED, Move.CLOSED):
        stage = after(stage, move, "n")
        walked.append(stage)
    assert tuple(walked) == LINE


def test_every_stage_is_reached_and_only_ends_have_no_way_on() -> None:
    reached = {way.end for way in MOVES.values()} | {Stage.DISPATCHED}
    assert set(Stage) <= reached
    stuck = {stage for stage in Stage if not possible(stage)}
    assert stuck == {Stage.SIGNED, Stage.CLOSED, Stage.RETURNED, Stage.CANCELLED}
    assert stuck - {Stage.SIGNED} <= set(ENDS)


def test_nothing_can_be_said_of_what_is_closed() -> None:
    assert possible(Stage.LOST, closed=True) == ()
    with pytest.raises(MoveRefused, match="已经结束"):
        after(Stage.LOST, Move.ARRIVED, "n", closed=True)


def test_what_follows_by_itself_is_offered_to_nobody() -> None:
    assert not {move for stage in Stage for move in possible(stage)} & set(BY_ITSELF)


def test_the_refusal_names_what_is_possible_in_both_languages() -> None:
    with pytest.raises(MoveRefused) as refused:
        after(Stage.DISPATCHED, Move.SIGNED, "20261124-0001")
    assert refused.value.words("zh") == "订单 20261124-0001 现在是“已派车”，不能记为“签收”；可以记：提货"
    assert refused.value.words("en") == (
        "order 20261124-0001 is “dispatched” and cannot become “signed”; possible: picked up"
    )


def test_a_move_lies_between_the_pickup_and_now() -> None:
    picked_up = NOW - timedelta(hours=5)
    check_moment(Move.ARRIVED, NOW, NOW, picked_up, "n")
    check_moment(Move.ARRIVED, picked_up, NOW, picked_up, "n")
    check_moment(Move.ARRIVED, NOW + timedelta(minutes=10), NOW, picked_up, "n")  # clocks differ
    with pytest.raises(MoveRefused, match="还没有到"):
        check_moment(Move.ARRIVED, NOW + timedelta(minutes=11), NOW, picked_up, "n")
    with pytest.raises(MoveRefused, match="早于提货"):
        check_moment(Move.ARRIVED, picked_up - timedelta(seconds=1), NOW, picked_up, "n")
