"""A ticket goes to a colleague or back to the queue, sleeps for a while, or is opened again.

As in `assignment.py`, every change holds the conversation's lock, and `takeover` is an admin's
right to act on anybody's ticket.
"""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, select

from bot.conversations.conversation import move
from bot.database import audit
from bot.database.tables import ConversationRow, TicketRow, TurnRow
from bot.errors import ConflictError
from bot.tickets import assignment, notes, opening, users
from bot.types import Status


def assign(
    session: Session,
    ticket_id: int,
    agent: str,
    to: str,
    at: datetime,
    *,
    note: str = "",
    takeover: bool = False,
) -> TicketRow:
    """Give the ticket to the user `to`, who is called by the note, or back to the queue where `to`
    is empty. The shopper is told who answers now. `NotFoundError` for nobody's name."""
    ticket, conversation = assignment.locked(session, ticket_id)
    assignment.refuse_closed(ticket)
    assignment.refuse_others(ticket, agent, takeover)
    name = users.find(session, to).name if to else ""
    if note.strip():
        notes.add(session, ticket_id, agent, f"@{name} {note}" if name else note, at)
    if not name:
        if ticket.status == "taken":
            ticket.status, ticket.agent = "open", None
            move(conversation, Status.WAITING)
    elif ticket.agent != name:
        assignment.give(session, ticket, conversation, name, at)
    ticket.snoozed_turn, ticket.snoozed_until = None, None
    session.add_all([ticket, conversation])
    audit.note(session, "ticket.assigned", agent, ticket_id, at=at, to=name)
    return ticket


def snooze(
    session: Session,
    ticket_id: int,
    agent: str,
    until: datetime | None,
    *,
    takeover: bool = False,
) -> TicketRow:
    """Let the ticket sleep until then, or until the shopper's next word, which wakes it anyway."""
    ticket, _ = assignment.locked(session, ticket_id)
    assignment.refuse_closed(ticket)
    assignment.refuse_others(ticket, agent, takeover)
    newest = select(func.max(TurnRow.id)).where(TurnRow.conversation_id == ticket.conversation_id)
    ticket.snoozed_turn, ticket.snoozed_until = session.exec(newest).one() or 0, until
    session.add(ticket)
    audit.note(session, "ticket.snoozed", agent, ticket_id, until=until)
    return ticket


def wake(session: Session, ticket_id: int, agent: str) -> TicketRow:
    """Whoever needs it awake may wake it."""
    ticket, _ = assignment.locked(session, ticket_id)
    ticket.snoozed_turn, ticket.snoozed_until = None, None
    session.add(ticket)
    audit.note(session, "ticket.woken", agent, ticket_id)
    return ticket


def reopen(session: Session, ticket_id: int, agent: str, at: datetime) -> TicketRow:
    """A closed ticket is `agent`'s, and the bot silent, once more. `ConflictError` where the
    conversation has a newer one that is not closed."""
    ticket, conversation = assignment.locked(session, ticket_id)
    if ticket.status != "closed":
        return ticket
    if newer := opening.unclosed(session, ticket.conversation_id):
        raise ConflictError("tickets.has_newer", ticket=newer.id)
    ticket.closed_at, ticket.outcome = None, None
    _ready(conversation)
    audit.note(session, "ticket.reopened", agent, ticket_id, at=at)
    assignment.give(session, ticket, conversation, agent, at)
    return ticket


def _ready(conversation: ConversationRow) -> None:
    """The steps from wherever the conversation is to where a person can take it."""
    if conversation.status == Status.CLOSED:
        move(conversation, Status.BOT)
    if conversation.status == Status.BOT:
        move(conversation, Status.WAITING)
