"""Taking back what an agent has just said or closed, while it lies in the outbox and nobody saw it.

The turn goes as if it had never been; a reply's words are the agent's draft again, and a closed
ticket is whose it was.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.conversations import outbox, search
from bot.conversations.conversation import move, saved
from bot.conversations.noted import Noted
from bot.database import audit
from bot.database.tables import (
    AttachmentRow,
    ConversationRow,
    FeedbackRow,
    OutboxRow,
    TicketRow,
    TurnRow,
)
from bot.errors import ConflictError
from bot.tickets import assignment, drafts, handover, webhooks
from bot.types import Author, Status

HOLD = timedelta(seconds=5)
"""How long a reply and a goodbye of the desk's can be taken back."""


def take_back(
    session: Session, ticket_id: int, agent: str, turn_id: int, at: datetime
) -> TicketRow:
    """`ConflictError` when it is too late, or was not theirs to say."""
    ticket, conversation = assignment.locked(session, ticket_id)
    turn = session.get(TurnRow, turn_id)
    if turn is None or turn.conversation_id != conversation.id:
        raise ConflictError("tickets.too_late")
    noted = Noted.of(turn.meta)
    if noted.ticket != ticket_id or noted.by != agent:
        raise ConflictError("tickets.too_late")
    if turn.author == Author.SYSTEM and conversation.status != Status.CLOSED:
        raise ConflictError("tickets.too_late")  # the shopper has written since
    if not outbox.withdraw(session, turn_id, at):
        raise ConflictError("tickets.too_late")
    if turn.author == Author.SYSTEM:
        _open_again(ticket, conversation, noted.had)
    else:
        if ticket.first_reply_at == turn.at:
            ticket.first_reply_at = None
        kept = drafts.get(session, ticket_id, agent)
        drafts.keep(session, ticket_id, agent, "\n".join(filter(None, (turn.text, kept))), at)
    event = "ticket.closed" if turn.author == Author.SYSTEM else "ticket.replied"
    webhooks.untell(session, event, ticket_id, turn.at)
    audit.note(session, "ticket.undone", agent, ticket_id, at=at, what=event)
    session.add_all([ticket, conversation])
    for table in (AttachmentRow, FeedbackRow):
        session.exec(delete(table).where(col(table.turn_id) == turn_id))
    search.reindex(session, "turn", turn_id, saved(conversation.id), "")
    session.delete(turn)
    return ticket


def last_close(session: Session, ticket_id: int, agent: str, at: datetime) -> int | None:
    """The goodbye of `agent` that can still be taken back."""
    query = (
        select(TurnRow)
        .join(OutboxRow, col(OutboxRow.turn_id) == TurnRow.id)
        .join(TicketRow, col(TicketRow.conversation_id) == TurnRow.conversation_id)
        .where(TicketRow.id == ticket_id, col(OutboxRow.held_until) > at)
        .where(TurnRow.author == Author.SYSTEM.value, OutboxRow.status == "open")
    )
    for turn in session.exec(query):
        noted = Noted.of(turn.meta)
        if noted.ticket == ticket_id and noted.by == agent:
            return turn.id
    return None


def _open_again(ticket: TicketRow, conversation: ConversationRow, had: str) -> None:
    """Whose it was before: an agent's, or nobody's."""
    ticket.closed_at, ticket.outcome = None, None
    ticket.status, ticket.agent = ("taken", had) if had else ("open", None)
    handover.ready(conversation)
    if had:
        move(conversation, Status.AGENT)
