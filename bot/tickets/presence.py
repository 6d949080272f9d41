"""Which agents are there, who looks at a ticket at this moment, and who of them writes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from bot.database.tables import LookerRow, UserRow
from bot.database.upsert import insert_missing

BEAT = timedelta(seconds=20)
"""How often an open page says so."""

_HERE, _WRITES = timedelta(seconds=50), timedelta(seconds=8)


@dataclass(frozen=True)
class Looker:
    """An agent at a ticket."""

    agent: str
    writes: bool


def look(
    session: Session, ticket_id: int, agent: str, at: datetime, *, writes: bool = False
) -> None:
    """`agent` looks at the ticket, or `writes` there."""
    session.exec(delete(LookerRow).where(col(LookerRow.seen_at) < at - _HERE))
    insert_missing(session, LookerRow, {"ticket_id": ticket_id, "agent": agent, "seen_at": at})
    row = session.get_one(LookerRow, (ticket_id, agent), populate_existing=True)
    row.seen_at = at
    row.typed_at = at if writes else row.typed_at
    session.add(row)


def others(session: Session, ticket_id: int, agent: str, at: datetime) -> list[Looker]:
    """Who looks at the ticket besides `agent`, by name."""
    query = select(LookerRow).where(
        LookerRow.ticket_id == ticket_id,
        LookerRow.agent != agent,
        col(LookerRow.seen_at) >= at - _HERE,
    )
    return [
        Looker(row.agent, row.typed_at is not None and row.typed_at >= at - _WRITES)
        for row in session.exec(query.order_by(LookerRow.agent))
    ]


def here(session: Session, agent: str, at: datetime) -> None:
    """A page of `agent`'s is open."""
    session.exec(update(UserRow).where(col(UserRow.name) == agent).values(seen_at=at))


def step_out(session: Session, agent: str, away: bool) -> None:
    """`agent` says that they are `away`, or there again."""
    session.exec(update(UserRow).where(col(UserRow.name) == agent).values(away=away))


def there(session: Session, at: datetime) -> list[UserRow]:
    """Who has a page open and has not said that they are away."""
    query = select(UserRow).where(~col(UserRow.away), col(UserRow.seen_at) >= at - _HERE)
    return list(session.exec(query.order_by(UserRow.name)))
