"""What the JSON interface takes and gives: the values of its description (OpenAPI)."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from followup.console.unwritable import texts_in, unwritable
from intake.record import OrderRecord


class Sent(BaseModel):
    """What a program sends: no fields that are not known, no characters that nothing can hold."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _writable(cls, value: Any) -> Any:
        if any(map(unwritable, texts_in(value))):
            raise ValueError("holds a character that cannot be kept (NUL, another control, half of a pair)")
        return value


class TaskOut(BaseModel):
    """A task of the queue."""

    id: int
    kind: str
    state: str
    role: str
    order: str | None
    mail: int | None
    whom: str
    phone: str
    why: str
    zone: str
    dispatcher: str
    call_from: datetime
    due_at: datetime
    holder: str | None
    attempts: int
    outcome: str | None


class OutcomeIn(Sent):
    """What is said of a task; `time` as people say it ("16:00", "明天10点") or ISO 8601."""

    outcome: str = Field(max_length=40)
    time: str | None = Field(None, max_length=60)
    note: str | None = Field(None, max_length=4000)
    details: dict[str, str] = Field(default={}, max_length=20)
    changes: dict[str, str] = Field(default={}, max_length=40)


class OrderIn(Sent):
    """An order (or what is known of one, for a quote): the fields of the form as text, as a mail would give them."""

    fields: dict[str, Annotated[str, Field(max_length=2000)]] = Field(max_length=40)
    address: str = Field("", max_length=254, description="mail address of the shipper, for the answers")
    confirmed: bool = Field(False, description="the customer has agreed to surcharges and restrictions")
    company: str = Field("", max_length=20, description="key of the company it is for; empty: the first")


class ReasonOut(BaseModel):
    code: str
    field: str | None
    message: str


class ChargeOut(BaseModel):
    code: str
    amount: str
    basis: str
    row: str


class WeighedOut(BaseModel):
    """What would become of an order: verdict, area, deadline, price."""

    verdict: str
    reasons: list[ReasonOut]
    zone: str
    dispatcher: str | None
    pickup_by: datetime | None
    pickup_by_why: str | None
    charges: list[ChargeOut]
    total: str | None
    transfers: int | None
    days: int | None


class EnteredOut(BaseModel):
    number: str
    verdict: str


class OrderDetail(BaseModel):
    """An order with everything that hangs on it."""

    order: OrderRecord
    letters: list[dict[str, Any]]
    tasks: list[TaskOut]
    timeline: list[dict[str, Any]]
