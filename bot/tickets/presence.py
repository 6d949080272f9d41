"""Which agents look at a ticket at this moment, and who of them writes; kept for a minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.database.tables import LookerRow
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
