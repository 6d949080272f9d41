"""The tables of what is measured and refused: experiments, who saw what, who wants no suggestions.

Like `tables.py` it declares and queries nothing. An exposure names nobody: its `unit` is a keyed
hash of the chat, which leads nowhere once the conversation is gone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from bot.database.tables import UtcDateTime
from bot.types import now


def _time() -> Any:
    return Field(default_factory=now, sa_type=UtcDateTime)


def _later() -> Any:
    return Field(default=None, nullable=True, sa_type=UtcDateTime)


class RefusalRow(SQLModel, table=True):
    """A chat in which nothing is to be suggested from orders; `customer_id` is who had proven
    themselves there, for whom it counts in every chat."""

    __tablename__ = "suggestion_refusals"

    conversation_id: int = Field(primary_key=True, foreign_key="conversations.id")
    customer_id: str | None = Field(default=None, foreign_key="customers.id", index=True)
    at: datetime = _time()


class ExperimentRow(SQLModel, table=True):
    """Two variants of something that shoppers see, and by what they are judged.

    `subject` is what is tried and `values` what the two are, the present one first; `outcome` is a
    name of `insights/experiments/outcomes.py`. `least` is the smallest relative effect that is
    worth finding and `days` how long that takes, as it was planned; `baseline` and `daily` are what
    it was planned from.
    """

    __tablename__ = "experiments"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    subject: str = Field(index=True)
    values: list[Any] = Field(default_factory=list, sa_type=JSON)
    outcome: str
    least: float
    baseline: float
    daily: float
    days: int
    state: str = "running"
    started_by: str
    started_at: datetime = _time()
    stopped_at: datetime | None = _later()


class ExposureRow(SQLModel, table=True):
    """Somebody (`unit`) to whom an experiment has shown a variant, 0 or 1, and since when."""

    __tablename__ = "exposures"

    experiment_id: int = Field(primary_key=True, foreign_key="experiments.id")
    unit: str = Field(primary_key=True)
    variant: int
    at: datetime = _time()


class PriceLimitRow(SQLModel, table=True):
    """What the owner allows a product's price to be, what a piece costs, and what others ask."""

    __tablename__ = "price_limits"

    sku: str = Field(primary_key=True)
    lowest: float | None = None
    highest: float | None = None
    cost: float | None = None
    competitor: float | None = None
