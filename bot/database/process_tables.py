"""The tables by which the processes of one shop keep a common count. They hold nobody's name: what
is counted stands there as a keyed hash."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from bot.database.tables import UtcDateTime
from bot.types import now


class SendBudgetRow(SQLModel, table=True):
    """What was sent to one chat on Telegram lately, or by the whole bot; times are seconds of the
    database's clock (`channels/telegram/shared_budget.py`)."""

    __tablename__ = "send_budgets"

    subject: str = Field(primary_key=True)
    rested: float = 0.0
    closed: float = 0.0
    minute: list[float] = Field(default_factory=list, sa_type=JSON)
    used_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)


class TryRow(SQLModel, table=True):
    """How often something at the desk's door was tried, and when last."""

    __tablename__ = "login_tries"

    subject: str = Field(primary_key=True)
    number: int = 0
    tried_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)


class RunningCallRow(SQLModel, table=True):
    """A call of a capped model that is under way in some process, with about what it will take;
    nobody's any more after `until`, whatever became of its process."""

    __tablename__ = "running_calls"

    id: int | None = Field(default=None, primary_key=True)
    owner: str
    conversation_id: int
    tokens: int
    until: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
