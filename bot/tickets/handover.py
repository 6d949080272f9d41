"""A ticket goes to a colleague, a team or back to the queue, or is opened again.

As in `assignment.py`, every change holds the conversation's lock, and `takeover` is a lead's
right to act on anybody's ticket.
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.conversations.conversation import move
from bot.database import audit
from bot.database.tables import ConversationRow, TicketRow, TurnRow, UserRow
from bot.errors import ConflictError
from bot.tickets import assignment, notes, opening, queue, sleep, teams, users
from bot.types import Status, now

LEAST = "*"
_LOST = timedelta(minutes=3)
"""How long a connection may be lost before what is unanswered goes back to the queue."""


def return_unanswered(session: Session, at: datetime) -> list[int]:
    """Back to the queue goes what waits for an agent who has left: who says that they are away, or
    whose pages have been gone for a while and who has written nothing since, from wherever.
    The conversations."""
    gone = select(UserRow).where(col(UserRow.away) | (col(UserRow.seen_at) < at - _LOST))
    left = {user.name: user for user in session.exec(gone)}
    query = select(TicketRow).where(TicketRow.status == "taken", col(TicketRow.agent).in_(left))
    returned = []
    for view in queue.views(session, list(session.exec(query)), at):
        user = left[view.agent or ""]
        if view.waiting_since is None or view.asleep:
            continue
        if not user.away and _worked(session, user, view):
            continue
        ticket, conversation = assignment.locked(session, view.id)
        if ticket.status == "taken" and ticket.agent == user.name:
            ticket.status, ticket.agent = "open", None
            move(conversation, Status.WAITING)
            session.add_all([ticket, conversation])
            audit.note(session, "ticket.returned", "", view.id, at=at, agent=user.name)
            returned.append(view.conversation_id)
    return returned


def _worked(session: Session, user: UserRow, ticket: queue.TicketView) -> bool:
    """Whether the agent took the ticket, or wrote, after their last page was gone: in Telegram."""
    seen = user.seen_at
    if seen is None or (ticket.taken_at is not None and ticket.taken_at > seen):
        return True
    wrote = select(TurnRow.id).where(TurnRow.agent == user.name, TurnRow.at > seen)
    return session.exec(wrote.limit(1)).first() is not None


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
    is empty, or to whoever has least to do where it is "*", or to "team:…", where it waits for its
    members. The shopper is told who answers now. `NotFoundError` for nobody's name."""
    ticket, conversation = assignment.locked(session, ticket_id)
    assignment.refuse_closed(ticket)
    assignment.refuse_others(ticket, agent, takeover)
    team = teams.find(session, to.removeprefix(teams.SIGN)) if to.startswith(teams.SIGN) else None
    if to == LEAST:
        to = teams.least_loaded(session, at, ticket.language, ticket.team)
    name = users.find(session, to).name if to and not team else ""
    if note.strip():
        called = team or name
        notes.add(session, ticket_id, agent, f"@{called} {note}" if called else note, at)
    if not name:
        ticket.team = team
        if ticket.status == "taken":
            ticket.status, ticket.agent = "open", None
            move(conversation, Status.WAITING)
    elif ticket.agent != name:
        assignment.give(session, ticket, conversation, name, at)
    sleep.end(session, ticket, at)
    session.add_all([ticket, conversation])
    audit.note(session, "ticket.assigned", agent, ticket_id, at=at, to=team or name)
    return ticket


def snooze(
    session: Session,
    ticket_id: int,
    agent: str,
    until: datetime | None,
    *,
    at: datetime | None = None,
    takeover: bool = False,
) -> TicketRow:
    """Let the ticket sleep until then, or until the shopper's next word, which wakes it anyway."""
    ticket, _ = assignment.locked(session, ticket_id)
    assignment.refuse_closed(ticket)
    assignment.refuse_others(ticket, agent, takeover)
    sleep.begin(session, ticket, agent, at or now(), until)
    return ticket


def wake(session: Session, ticket_id: int, agent: str, at: datetime | None = None) -> TicketRow:
    """Whoever needs it awake may wake it."""
    ticket, _ = assignment.locked(session, ticket_id)
    sleep.end(session, ticket, at or now())
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
    ready(conversation)
    audit.note(session, "ticket.reopened", agent, ticket_id, at=at)
    assignment.give(session, ticket, conversation, agent, at)
    return ticket


def ready(conversation: ConversationRow) -> None:
    """The steps from wherever the conversation is to where a person can take it."""
    if conversation.status == Status.CLOSED:
        move(conversation, Status.BOT)
    if conversation.status == Status.BOT:
        move(conversation, Status.WAITING)
