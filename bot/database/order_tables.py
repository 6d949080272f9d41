"""The tables of orders: what was bought, in which parcels, and what has happened to it since.

Like `tables.py` it declares and queries nothing. Money is in the currency's smallest unit. Reading
goes through `orders/store.py`, where the proven scope is part of every query.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from bot.database.tables import UtcDateTime
from bot.types import now


def _later() -> Any:
    return Field(default=None, nullable=True, sa_type=UtcDateTime)


class OrderRow(SQLModel, table=True):
    """One order. `id` is the shop's own; `number` its letters and digits alone, as shoppers type.

    `vector_id` names its vector. `digest` stands for the whole record, so that an import sees at
    once what has not changed. `email` and `phone` are those given with this order, spelled as in
    `contacts.py`; `payment` is a masked form ("visa 42"), more is never kept. `source` says who
    brought it: "import", "demo", or a live source's name.
    """

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_customer", "customer_id", "placed_at"),)

    id: str = Field(primary_key=True)
    number: str = Field(index=True)
    vector_id: int = Field(unique=True, sa_type=BigInteger)
    customer_id: str = Field(foreign_key="customers.id")
    state: str
    placed_at: datetime | None = _later()
    expected_on: date | None = None
    currency: str
    total: int = Field(sa_type=BigInteger)
    refunded: int = Field(default=0, sa_type=BigInteger)
    email: str | None = Field(default=None, index=True)
    phone: str | None = Field(default=None, index=True)
    payment: str = ""
    address: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    source: str
    digest: str
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class OrderShapeRow(SQLModel, table=True):
    """A form of the shop's own order numbers, as in `orders/numbers.py`: nobody's number."""

    __tablename__ = "order_shapes"

    shape: str = Field(primary_key=True)


class OrderLineRow(SQLModel, table=True):
    """One item of an order. `names` holds its name by language where the shop has more than one."""

    __tablename__ = "order_lines"

    order_id: str = Field(primary_key=True, foreign_key="orders.id")
    position: int = Field(primary_key=True)
    sku: str = ""
    name: str
    names: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    options: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    quantity: int = 1
    price: int = Field(sa_type=BigInteger)


class ShipmentRow(SQLModel, table=True):
    """One parcel of an order. `positions` are the lines in it; empty when the shop does not say."""

    __tablename__ = "shipments"

    order_id: str = Field(primary_key=True, foreign_key="orders.id")
    position: int = Field(primary_key=True)
    carrier: str = ""
    tracking: str = ""
    url: str | None = None
    expected_on: date | None = None
    positions: list[int] = Field(default_factory=list, sa_type=JSON)


class OrderEventRow(SQLModel, table=True):
    """Something that happened to an order, or with `shipment` to that parcel of it.

    `kind` is one of `orders.record.EVENTS`; `note` the shop's or carrier's own words.
    """

    __tablename__ = "order_events"

    order_id: str = Field(primary_key=True, foreign_key="orders.id")
    position: int = Field(primary_key=True)
    shipment: int | None = None
    at: datetime | None = _later()
    kind: str
    place: str = ""
    note: str = ""
