"""Since when shoppers wait for a word: for a person at all, and for the answer of theirs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.database.tables import TicketRow, TurnRow
from bot.types import Author


def longest_wait(session: Session, at: datetime) -> int:
    """Seconds that the shopper who waits longest for a person has waited; 0 when nobody waits."""
    oldest = session.exec(
        select(func.min(TicketRow.created_at)).where(TicketRow.status == "open")
    ).one()
    taken = session.exec(select(TicketRow.conversation_id).where(TicketRow.status == "taken"))
    moments = [oldest, *unanswered_since(session, list(taken)).values()]
    return max((int((at - moment).total_seconds()) for moment in moments if moment), default=0)


def last_turns(session: Session, ids: Sequence[int]) -> dict[int, TurnRow]:
    """The last thing that a person said in each conversation: what an agent has to answer."""
    people = (Author.SHOPPER.value, Author.AGENT.value)
    newest = (
        select(func.max(TurnRow.id))
        .where(col(TurnRow.conversation_id).in_(ids), col(TurnRow.author).in_(people))
        .group_by(col(TurnRow.conversation_id))
    )
    rows = session.exec(select(TurnRow).where(col(TurnRow.id).in_(newest)))
    return {row.conversation_id: row for row in rows}


def unanswered_since(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When each shopper wrote the first message that came after the last agent's."""
    of = col(TurnRow.conversation_id)
    replies = (
        select(of, func.max(TurnRow.id).label("id"))
        .where(of.in_(ids), TurnRow.author == Author.AGENT.value)
        .group_by(of)
        .subquery()
    )
    rows = session.exec(
        select(of, func.min(TurnRow.at))
        .outerjoin(replies, replies.c.conversation_id == of)
        .where(of.in_(ids), TurnRow.author == Author.SHOPPER.value)
        .where(col(TurnRow.id) > func.coalesce(replies.c.id, 0))
        .group_by(of)
    )
    return dict(rows.all())
