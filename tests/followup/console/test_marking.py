"""Which words are marked, and where the marks of a chart stand."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from followup.console.charts import HEIGHT, TOP, WIDTH, bar_chart, dot_chart
from followup.console.marking import Piece, marked, pieces
from intake.message import Block
from intake.orderform import Origin


def origin(start: int, end: int, line: int = 1, part: str = "text") -> Origin:
    return Origin(part=part, line=line, start=start, end=end, words="")


def test_a_line_is_cut_where_origins_begin_and_end() -> None:
    assert pieces("货物：配件 12箱 160公斤", [("a", origin(3, 5)), ("b", origin(6, 9))]) == (
        Piece("货物："),
        Piece("配件", ("a",)),
        Piece(" "),
        Piece("12箱", ("b",)),
        Piece(" 160公斤"),
    )


def test_one_word_may_give_several_values() -> None:
    assert pieces("12箱", [("pieces", origin(0, 3)), ("packaging", origin(2, 3))]) == (
        Piece("12", ("pieces",)),
        Piece("箱", ("pieces", "packaging")),
    )


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(-5, 40), st.integers(-5, 40)), max_size=6))
def test_no_word_of_the_mail_is_lost_whatever_the_origins_say(line: str, spans: list[tuple[int, int]]) -> None:
    origins = [(str(number), origin(start, end)) for number, (start, end) in enumerate(spans)]
    assert "".join(piece.text for piece in pieces(line, origins)) == line


def test_lines_are_counted_from_the_first_line_of_their_block() -> None:
    block = Block(part="text", role="own", lines=("您好", "发往：杭州"), first_line=4)
    (found,) = marked([block], {"destination": origin(3, 5, line=5), "other": origin(0, 2, line=5, part="html")})
    assert found.lines[1] == (Piece("发往："), Piece("杭州", ("destination",)))
    assert found.lines[0] == (Piece("您好"),)


def test_dots_stand_at_their_hour_and_over_the_line_when_late() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    noon = datetime(2026, 11, 24, 4, tzinfo=UTC)
    chart = dot_chart([(noon, 0.0), (noon, 180.0), (noon, 181.0), (noon, 9000.0)], zone)
    assert [dot.late for dot in chart.dots] == [False, False, True, True]
    assert chart.dots[1].y == round(chart.limit, 1)
    assert chart.dots[3].y == TOP
    assert all(0 < dot.x < WIDTH and 0 < dot.y < HEIGHT for dot in chart.dots)
    assert chart.dots[0].x == round((46 + WIDTH - 12) / 2, 1)


def test_bars_are_as_long_as_their_values() -> None:
    chart = bar_chart([("a", [("x", 3), ("y", 1)]), ("b", [("x", 2), ("y", 0)])])
    first, second = chart.rows
    assert [bar.width for bar in first.bars] == [first.bars[1].width * 3, first.bars[1].width]
    assert first.bars[1].x == first.bars[0].x + first.bars[0].width
    assert [bar.value for bar in second.bars] == [2]
    assert (first.total, second.total) == (4, 2)
    assert bar_chart([]).rows == ()
