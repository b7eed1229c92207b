"""Which rows a report is narrowed to: zone, dispatcher, customer, each asked where it stands."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, exists
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from followup.reports.report import FIRST, Filters
from followup.tables import Shipment
from intake.tables import Customer, InboundMail, Order

Statement = Select[*tuple[Any, ...]]
AT_A_TIME = 2000  # rows fetched together: the memory of a report does not grow with its period


def narrowed(
    statement: Statement,
    filters: Filters,
    order_id: ColumnElement[Any] | InstrumentedAttribute[Any],
    *,
    zone: InstrumentedAttribute[str] | None = None,
    dispatcher: InstrumentedAttribute[Any] | None = None,
    mail_id: InstrumentedAttribute[Any] | None = None,
) -> Statement:
    """The statement with the filters; zone and dispatcher are asked of the shipment where no column is given, the
    company of the order, or of the mail where there is no order."""
    of_shipment = []
    places = ((filters.zone, zone, Shipment.zone), (filters.dispatcher, dispatcher, Shipment.dispatcher))
    for wanted, given, column in places:
        if wanted and given is not None:
            statement = statement.where(given == wanted)
        elif wanted:
            of_shipment.append(column == wanted)
    if of_shipment:
        statement = statement.where(exists().where(Shipment.order_id == order_id, *of_shipment))
    if filters.customer:
        order = aliased(Order)
        mine = (order.id == order_id, order.customer_id == Customer.id, Customer.key == filters.customer)
        statement = statement.where(exists().where(*mine).correlate_except(order, Customer))
    if filters.company:
        statement = statement.where(_of_company(filters, order_id, mail_id))
    return statement


def _of_company(filters: Filters, order_id: Any, mail_id: Any) -> ColumnElement[bool]:
    key, order, mail = "" if filters.company == FIRST else filters.company, aliased(Order), aliased(InboundMail)
    whose: ColumnElement[bool] = exists().where(order.id == order_id, order.company == key).correlate_except(order)
    if mail_id is not None:
        its_mail = exists().where(mail.id == mail_id, mail.company == key).correlate_except(mail)
        whose = whose | (order_id.is_(None) & its_mail)
    return whose


def streamed(session: Session, statement: Statement) -> Iterator[Any]:
    """The rows of a statement, some at a time."""
    return iter(session.execute(statement.execution_options(yield_per=AT_A_TIME)))
