"""Replies that agents have begun and not sent: another browser goes on where one stopped."""

from datetime import datetime

from sqlmodel import Session, select

from bot.database.tables import DraftRow
from bot.tickets import assignment


def get(session: Session, ticket_id: int, agent: str) -> str:
    """What `agent` has begun to write, "" for nothing."""
    row = _row(session, ticket_id, agent)
    return row.text if row else ""


def keep(session: Session, ticket_id: int, agent: str, text: str, at: datetime) -> None:
    """Keep the text as it is now, cut to what a reply may be; an empty one is forgotten."""
    assignment.locked(session, ticket_id)  # two tabs of one agent
    row = _row(session, ticket_id, agent)
    text = text[: assignment.REPLY_LIMIT]
    if text.strip():
        row = row or DraftRow(ticket_id=ticket_id, agent=agent, text=text)
        row.text, row.updated_at = text, at
        session.add(row)
    elif row is not None:
        session.delete(row)


def _row(session: Session, ticket_id: int, agent: str) -> DraftRow | None:
    query = select(DraftRow).where(DraftRow.ticket_id == ticket_id, DraftRow.agent == agent)
    return session.exec(query).one_or_none()
