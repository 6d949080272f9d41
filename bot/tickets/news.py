"""What an agent may want to be told of with a sound or on the desktop: who waits for them."""

from dataclasses import dataclass

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from bot.conversations.conversation import saved
from bot.database.tables import ConversationRow, TicketRow
from bot.tickets import queue, teams, waiting
from bot.types import Reason, now


@dataclass(frozen=True)
class News:
    """Something that an agent may want to hear of: a person who waits, or a word in their own
    ticket. Its `key` is another one for each."""

    ticket_id: int
    key: str
    name: str
    text: str
    reason: Reason


def of(session: Session, agent: str | None = None) -> list[News]:
    """The newest that waits for `agent` or their teams, or, without one, for anybody at all."""
    team, free = col(TicketRow.team), col(TicketRow.status) == "open"
    theirs = and_(col(TicketRow.status) == "taken", col(TicketRow.agent) == agent)
    whose = (
        and_(free, team.is_(None))
        if agent is None
        else or_(theirs, and_(free, teams.theirs(agent)))
    )
    found = (
        select(TicketRow, ConversationRow.name)
        .join(ConversationRow, col(ConversationRow.id) == TicketRow.conversation_id)
        .where(whose, ~queue.is_asleep(now()))
        .order_by(col(TicketRow.id).desc())
        .limit(queue.PAGE)
    )
    rows = session.exec(found).all()
    ids = [ticket.conversation_id for ticket, _ in rows]
    unanswered = waiting.unanswered_since(session, ids) if agent is not None else {}
    last = waiting.last_turns(session, ids)
    told = []
    for ticket, name in rows:
        chat = ticket.conversation_id
        since = ticket.created_at if ticket.status == "open" else unanswered.get(chat)
        if since is not None:
            key = f"{ticket.id}-{int(since.timestamp())}"
            text = last[chat].text if chat in last else ""
            told.append(News(saved(ticket.id), key, name, text, Reason(ticket.reason)))
    return told
