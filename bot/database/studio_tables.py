"""The studio's tables: drafts with their versions, what people signed for, and jobs of many.

Nobody of whom the shop knows anything stands in them: products and the shop's own texts. Like
`tables.py` it declares and queries nothing.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.database.tables import UtcDateTime
from bot.types import now

_NEVER_AGAIN = {"sqlite_autoincrement": True}


def _time() -> Any:
    return Field(default_factory=now, sa_type=UtcDateTime)


def _later() -> Any:
    return Field(default=None, nullable=True, sa_type=UtcDateTime)


class DraftRow(SQLModel, table=True):
    """One text for one product. `item` is the product as it was known when it was written, `brief`
    what it is for; `version` counts its wordings. `risk` is "none", "low" or "high", `coverage` the
    share of what is stated that a record holds. `state`: "waiting", "approved", "rejected"."""

    __tablename__ = "studio_drafts"
    __table_args__ = (
        Index("ix_studio_drafts_state", "state", "kind", "risk"),
        Index("ix_studio_drafts_sku", "sku", "kind"),
        UniqueConstraint("job_id", "position", name="uq_studio_drafts_job"),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    job_id: int | None = Field(default=None, foreign_key="studio_jobs.id", nullable=True)
    position: int = 0
    sku: str
    kind: str
    language: str
    item: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    brief: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    model: str = ""
    state: str = "waiting"
    version: int = 1
    risk: str = "none"
    coverage: float = 1.0
    marks: int = 0
    reason: str = ""
    decided_by: str = ""
    created_at: datetime = _time()
    decided_at: datetime | None = _later()
    exported_at: datetime | None = _later()


class DraftVersionRow(SQLModel, table=True):
    """One wording of a draft; rows are only added. `how`: "made", "edited" or "undone"."""

    __tablename__ = "studio_versions"

    draft_id: int = Field(primary_key=True, foreign_key="studio_drafts.id")
    number: int = Field(primary_key=True)
    text: str
    how: str
    by: str = ""
    at: datetime = _time()


class SignatureRow(SQLModel, table=True):
    """A person answers for something marked: `mark` says what and in which words."""

    __tablename__ = "studio_signatures"

    draft_id: int = Field(primary_key=True, foreign_key="studio_drafts.id")
    mark: str = Field(primary_key=True)
    reason: str
    by: str
    at: datetime = _time()


class JobRow(SQLModel, table=True):
    """Many drafts in one go. `state`: "running", "paused", "done" or "stopped"; costs are in the
    currency of the configured prices, `cap` 0 for none."""

    __tablename__ = "studio_jobs"
    __table_args__ = (_NEVER_AGAIN,)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    brief: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: str = "running"
    estimate: float = 0.0
    cap: float = 0.0
    spent: float = 0.0
    why: str = ""
    by: str = ""
    created_at: datetime = _time()


class TaskRow(SQLModel, table=True):
    """One draft of a job that is still to be made, or could not be: `error` is why."""

    __tablename__ = "studio_tasks"
    __table_args__ = (Index("ix_studio_tasks_state", "job_id", "state", "position"),)

    job_id: int = Field(primary_key=True, foreign_key="studio_jobs.id")
    position: int = Field(primary_key=True)
    item: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: str = "waiting"
    error: str = ""
