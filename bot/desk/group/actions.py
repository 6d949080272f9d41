"""What agents want in the group, done in the caller's transaction by `bot/tickets/`.

Only an account that is connected to a user of the desk may do anything, and what it may do is what
the user may do there. Whatever is refused is raised as an error that says why. Telegram repeats an
update that it believes lost: everything here may be called twice and happens once.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.conversations.conversation import saved
from bot.database.tables import CardRow, ConversationRow, TicketRow, UserRow
from bot.desk.group import state
from bot.desk.group.updates import ButtonPress, GroupMessage
from bot.errors import ForbiddenError, InputError, NotFoundError
from bot.texts import t
from bot.tickets import accounts, amending, assignment, notes
from bot.types import now

TICKET_COMMANDS = ("take", "note", "close", "back")


@dataclass(frozen=True)
class Notice:
    """What to tell the person who did it; where it is `done`, a nod is enough."""

    key: str
    params: dict[str, Any] = field(default_factory=dict)
    done: bool = False


def press(session: Session, what: ButtonPress, at: datetime) -> Notice:
    """Take the card's ticket. Only "over" takes it from somebody else, and only for an admin, so
    that of two who press "take" together the second never wins."""
    user = agent(session, what.person.id)
    if not what.action:
        raise NotFoundError("agents_group.old_button")
    over = what.action == "over" and user.role == "admin"
    ticket = assignment.take(session, what.ticket_id, user.name, at, takeover=over)
    _bring_here(session, saved(ticket.id), what.chat_id, what.message_id)
    return Notice("agents_group.took", {"ticket": ticket.id})


def write(session: Session, what: GroupMessage, at: datetime) -> Notice | None:
    """Carry out what was written in the group; None where there is nothing to say about it.

    What is not about a ticket is the agents' own talk, whoever writes it.
    """
    ticket = _ticket(session, what)
    if ticket is None:
        if what.to_bot or what.command in TICKET_COMMANDS:
            agent(session, what.person.id)
            raise InputError("agents_group.which_ticket")
        return None
    user = agent(session, what.person.id)
    ticket_id = saved(ticket.id)
    if what.edited:
        return _edited(session, ticket, user, what, at)
    if not what.command:
        turn_id = _reply(session, ticket, user, what, at)
        _await(session, ticket_id, what, turn_id)
        return None
    admin = user.role == "admin"
    if what.command == "take":
        assignment.take(session, ticket_id, user.name, at, takeover=admin)
        _bring_here(session, ticket_id, what.chat_id, None)
        return Notice("agents_group.took", {"ticket": ticket_id}, done=True)
    if what.command == "note":
        # The message's own time makes the line of a repeated update the same line.
        notes.add(session, ticket_id, user.name, what.text, what.at)
        return Notice("agents_group.noted", {"ticket": ticket_id}, done=True)
    if what.command in ("close", "back"):
        if ticket.status == "closed":
            return Notice("tickets.closed", {"ticket": ticket_id})
        end = assignment.close if what.command == "close" else assignment.hand_back
        end(session, ticket_id, user.name, at, takeover=admin)
        done = "closed" if what.command == "close" else "handed_back"
        return Notice(f"agents_group.{done}", {"ticket": ticket_id}, done=True)
    raise InputError("agents_group.unknown_command")


def agent(session: Session, telegram_id: int, *, admin: bool = False) -> UserRow:
    """The desk's user whose account this is; `ForbiddenError` for everybody else."""
    user = accounts.owner(session, telegram_id)
    if user is None:
        raise ForbiddenError(
            "agents_group.anonymous" if not telegram_id else "agents_group.stranger"
        )
    if admin and user.role != "admin":
        raise ForbiddenError("agents_group.admins_only")
    return user


def ticket_of(session: Session, chat_id: int, topic_id: int) -> TicketRow | None:
    """The newest ticket of a topic; None for a topic that people made for themselves."""
    newest = (
        select(TicketRow)
        .join(CardRow, col(CardRow.ticket_id) == TicketRow.id)
        .where(CardRow.topic_id == topic_id, CardRow.chat_id == chat_id)
        .order_by(col(TicketRow.id).desc())
    )
    return session.exec(newest.limit(1)).first()


def _ticket(session: Session, what: GroupMessage) -> TicketRow | None:
    """The ticket whose topic it stands in, or whose card it answers; the newest of a topic."""
    if what.thread_id is not None and (ticket := ticket_of(session, what.chat_id, what.thread_id)):
        return ticket
    return session.get(TicketRow, what.about) if what.about is not None else None


def _reply(
    session: Session, ticket: TicketRow, user: UserRow, what: GroupMessage, at: datetime
) -> int:
    """Say it to the shopper; the turn's id."""
    conversation = session.get_one(ConversationRow, ticket.conversation_id)
    if what.brought:
        raise InputError("agents_group.cannot_pass_on")
    if what.media is not None and conversation.channel != "telegram":
        raise InputError("agents_group.no_files_there")
    text = what.text
    media = what.media
    if media is not None and not text:
        text = t(f"agents_group.sent_{media.kind}", conversation.language)
        media = replace(media, caption=False)
    turn = assignment.reply(
        session, saved(ticket.id), user.name, text, at, request_id=what.request_id, media=media
    )
    return turn.id


def _edited(
    session: Session, ticket: TicketRow, user: UserRow, what: GroupMessage, at: datetime
) -> Notice | None:
    """Pass the new wording on. Words that were taken away stay with the shopper, and nobody is
    left to believe otherwise."""
    ticket_id = saved(ticket.id)
    said = amending.said_by(session, ticket.conversation_id, user.name, what.request_id)
    if said is None:
        return None
    if not what.text.strip():
        return Notice("agents_group.edited") if said.words else None
    turn = amending.amend(session, ticket_id, user.name, said.id, what.text, at)
    if turn is None:
        return None
    _await(session, ticket_id, what, turn.id)
    return Notice("agents_group.corrected", done=True)


def _await(session: Session, ticket_id: int, what: GroupMessage, turn_id: int) -> None:
    """The group is told should the turn not arrive: `undelivered.py`."""
    card = _bring_here(session, ticket_id, what.chat_id, None)
    if card.awaited is None:
        card.awaited = turn_id


def _bring_here(session: Session, ticket_id: int, chat_id: int, message_id: int | None) -> CardRow:
    """From now on the group is where the conversation is shown; the card, locked."""
    card = state.stored(session, ticket_id, chat_id, now())
    if card.message_id is None:
        # Pressed before the card was noted, or after a kill in between: it is this one.
        card.message_id = message_id
    if card.stage == "":
        card.stage = "wanted"
    session.add(card)
    session.flush()
    return card
