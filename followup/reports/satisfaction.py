"""Satisfaction (SPEC 7): the scores that customers gave, by dispatcher, destination and way of asking."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.company import Company
from followup.reports.narrowing import narrowed, streamed
from followup.reports.period import Period
from followup.reports.report import ALL, LONGEST, Chart, Column, Figure, Filters, Report, Table, Unit, listing
from followup.reports.tally import Tally, mean, share
from followup.tables import Shipment
from followup.tables_journey import Satisfaction
from intake.tables import Order

NAME = "satisfaction"
SCORES = ("score_1", "score_2", "score_3", "score_4", "score_5")
UNHAPPY = 2  # a score up to this is listed with its words


class Opinion(NamedTuple):
    number: str
    score: int
    words: str
    way: str
    at: datetime
    dispatcher: str | None
    destination: str | None


def rows(session: Session, period: Period, filters: Filters) -> Iterable[Opinion]:
    """By the moment at which the score was given."""
    statement = (
        select(
            Order.number,
            Satisfaction.score,
            Satisfaction.words,
            Satisfaction.way,
            Satisfaction.at,
            Shipment.dispatcher,
            Shipment.destination,
        )
        .join(Order, Order.id == Satisfaction.order_id)
        .outerjoin(Shipment, Shipment.order_id == Satisfaction.order_id)
        .where(Satisfaction.at >= period.start, Satisfaction.at < period.end)
        .order_by(Satisfaction.at)
    )
    statement = narrowed(statement, filters, Satisfaction.order_id, zone=Shipment.zone, dispatcher=Shipment.dispatcher)
    return map(Opinion._make, streamed(session, statement))


def reckon(found: Iterable[Opinion], period: Period, filters: Filters = ALL) -> Report:
    by_dispatcher, by_destination, by_way = Tally(*SCORES), Tally(*SCORES), Tally(*SCORES)
    unhappy: list[Opinion] = []
    count = 0
    for opinion in found:
        score = SCORES[opinion.score - 1]
        by_dispatcher.add(opinion.dispatcher or "", score)
        by_destination.add(opinion.destination or "", score)
        by_way.add(f"way_{opinion.way}", score)
        if opinion.score <= UNHAPPY:
            count += 1
            if len(unhappy) < LONGEST:
                unhappy.append(opinion)
    spread = [by_way.of(score) for score in SCORES]
    figures = (
        Figure("count", by_way.whole),
        Figure("mean", _mean(spread), Unit.SCORE),
        Figure("happy", share(by_way.of("score_4", "score_5"), by_way.whole), Unit.SHARE),
        Figure("unhappy", count),
    )
    tables = (
        _spread(spread),
        _with_mean(by_dispatcher, "by_dispatcher", Column("dispatcher", Unit.DISPATCHER)),
        _with_mean(by_destination, "by_destination", Column("destination", Unit.TEXT)),
        _with_mean(by_way, "by_way", Column("way", Unit.BAND)),
        _unhappy(unhappy, count),
    )
    charts = (Chart("spread", ("count",)), Chart("by_dispatcher", SCORES))
    return Report(NAME, period, figures, tables, charts, filters)


def figures(session: Session, company: Company, period: Period, filters: Filters = ALL) -> Report:
    return reckon(rows(session, period, filters), period, filters)


def _mean(spread: Sequence[int]) -> Decimal | None:
    return mean(sum(score * count for score, count in enumerate(spread, 1)), sum(spread))


def _spread(spread: Sequence[int]) -> Table:
    """How often each score was given."""
    whole = sum(spread)
    columns = (Column("score", Unit.BAND), Column("count"), Column("part", Unit.SHARE))
    rows = tuple((code, count, share(count, whole)) for code, count in zip(SCORES, spread, strict=True))
    return Table("spread", columns, rows if whole else (), (None, whole, share(whole, whole)) if whole else None)


def _with_mean(tally: Tally, code: str, group: Column) -> Table:
    table = tally.table(code, group)

    def added(row: tuple[object, ...]) -> Decimal | None:
        return _mean([int(str(value)) for value in row[2:]])

    rows = tuple((*row, added(row)) for row in table.rows)
    total = (*table.total, added(table.total)) if table.total else None
    return Table(code, (*table.columns, Column("mean", Unit.SCORE)), rows, total)


def _unhappy(opinions: list[Opinion], count: int) -> Table:
    columns = (
        Column("order", Unit.ORDER),
        Column("at", Unit.MOMENT),
        Column("score"),
        Column("words", Unit.TEXT),
        Column("dispatcher", Unit.DISPATCHER),
        Column("destination", Unit.TEXT),
    )
    found = [
        (each.number, each.at, each.score, each.words, each.dispatcher or "", each.destination or "")
        for each in opinions
    ]
    return listing("unhappy_words", columns, found, count)
