"""Changes to an order that a person enters field by field: the form anew, with its problems weighed anew."""

from collections.abc import Mapping

from intake.form import complete, read_fields
from intake.merging import with_values
from intake.orderform import ReadOrder
from intake.record import OrderRecord

# Where the name of a field and that of its value differ.
STORED = {"cargo.weight": "cargo.weight_kg", "cargo.volume": "cargo.volume_m3"}


def changed_order(order: OrderRecord, changes: Mapping[str, str]) -> ReadOrder:
    """The order with the given fields ("consignee.phone": "0571-88886666") read as the form is read.

    An empty text empties its field. Raises KeyError for a field that the form does not have.
    """
    typed = {name: text for name, text in changes.items() if text.strip()}
    emptied = [STORED.get(name, name) for name in changes if name not in typed]
    read_fields(dict.fromkeys(changes, "0"))  # a field that the form does not have is refused, emptied or not
    form = with_values(order.form, dict.fromkeys(emptied)) if emptied else order.form
    problems = tuple(problem for problem in order.problems if problem.field not in changes)
    origins = {name: origin for name, origin in order.origins.items() if name not in emptied}
    return complete(ReadOrder(form=form, problems=problems, origins=origins), read_fields(typed))
