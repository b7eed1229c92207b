"""Changes to an order that a person enters field by field: the form anew, with its problems weighed anew."""

from collections.abc import Mapping

from intake.form import complete, read_fields
from intake.orderform import ReadOrder
from intake.record import OrderRecord


def changed_order(order: OrderRecord, changes: Mapping[str, str]) -> ReadOrder:
    """The order with the given fields ("consignee.phone": "0571-88886666") read as the form is read.

    Raises KeyError for a field that the form does not have.
    """
    return complete(ReadOrder(form=order.form, problems=order.problems, origins=order.origins), read_fields(changes))
