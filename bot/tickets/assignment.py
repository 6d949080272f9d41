"""What an agent does with a ticket: look at it, take, reply, hand back, close.

Every change runs in the caller's transaction and holds the conversation's lock, so two agents who
press at once are put in order: one wins, the other gets a `ConflictError` that names who has it.
Repeats are harmless: taking one's own ticket, closing a closed one or sending the same
`request_id` twice changes nothing. Who may log in is in `users.py`, which tickets wait is in
`queue.py`; the caller passes `takeover=True` for who leads, who may act on anybody's ticket.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.conversations import attachments, feedback, outbox
from bot.conversations.conversation import (
    add_turn,
    lock,
    move,
    saved,
    sent_before,
    signature,
    turn_of,
)
from bot.conversations.noted import Noted
from bot.database import audit
from bot.database.tables import ConversationRow, DraftRow, TicketRow, TurnRow
from bot.errors import ConflictError, InputError, NotFoundError
from bot.texts import t
from bot.tickets import sleep, webhooks
from bot.tickets.queue import TicketView, views
from bot.types import Attachment, Author, Button, Language, Media, Status, Turn, now

REPLY_LIMIT = 4000
"""Characters of one reply or note: what the tightest channel carries in one message."""

_UNASKED = ("no_answer", "spam")
"""What a ticket came to where nobody asks how content the shopper is."""

OUTCOMES = ("solved", "unsolved", "no_answer", "spam")

GAP = re.compile(r"\{(name|order|agent|ticket)\}")
"""What a reply that was kept ready leaves open where it is not known."""


@dataclass(frozen=True)
class Detail:
    """A ticket with what belongs to it of its conversation; `meta` holds what the bot noted at each
    turn, by turn id. What was said up to the end of the ticket `before` is that one's."""

    ticket: TicketView
    turns: tuple[Turn, ...]
    meta: Mapping[int, Mapping[str, Any]]
    before: int | None = None


def show(
    session: Session,
    ticket_id: int,
    *,
    after: int = 0,
    limit: int = 500,
    at: datetime | None = None,
) -> Detail:
    """One ticket with its turns after the cursor `after`, oldest first: what was said since the
    conversation's ticket before it was closed, until it is closed itself.

    Without a cursor these are the newest `limit` turns. `NotFoundError`.
    """
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    before = _before(session, ticket)
    query = select(TurnRow).where(
        TurnRow.conversation_id == ticket.conversation_id, col(TurnRow.id) > after
    )
    if before is not None and before.closed_at is not None:
        query = query.where(col(TurnRow.at) > before.closed_at)
    if ticket.closed_at is not None:
        query = query.where(col(TurnRow.at) <= ticket.closed_at)
    order = col(TurnRow.id)
    rows = session.exec(query.order_by(order if after else order.desc()).limit(limit)).all()
    turns = tuple(turn_of(row) for row in (rows if after else reversed(rows)))
    meta = {saved(row.id): row.meta for row in rows}
    view = views(session, [ticket], at or now())[0]
    return Detail(view, turns, meta, before.id if before else None)


def _before(session: Session, ticket: TicketRow) -> TicketRow | None:
    query = select(TicketRow).where(
        TicketRow.conversation_id == ticket.conversation_id, col(TicketRow.id) < ticket.id
    )
    return session.exec(query.order_by(col(TicketRow.id).desc()).limit(1)).first()


def take(
    session: Session, ticket_id: int, agent: str, at: datetime, *, takeover: bool = False
) -> TicketRow:
    """Give the ticket to `agent` and tell the shopper; the bot is silent from this commit on."""
    ticket, conversation = locked(session, ticket_id)
    refuse_closed(ticket)
    _take(session, ticket, conversation, agent, at, takeover)
    return ticket


def reply(
    session: Session,
    ticket_id: int,
    agent: str,
    text: str,
    at: datetime,
    *,
    request_id: str | None = None,
    takeover: bool = False,
    media: Media | None = None,
    file: Attachment | None = None,
    hold: timedelta = timedelta(),
) -> Turn:
    """Say something to the shopper, taking an open ticket on the way; for as long as `hold` it can
    be taken back (`undo.py`).

    A `request_id` seen before gives the turn that it made then: a form sent twice says it once.
    `media` goes with it where the shopper is on Telegram, a `file` that was uploaded on every
    channel that shows files; its name stands for it where nothing was said.
    """
    if file is not None:
        kind = "photo" if file.kind == "photo" else "document"
        media = Media(kind, "", caption=bool(text.strip()))
    text = checked_text(text.strip() or (file.name if file else ""))
    if gap := GAP.search(text):
        raise InputError("canned.gap", gap=gap[0])
    ticket, conversation = locked(session, ticket_id)
    if request_id and (
        earlier := sent_before(session, ticket.conversation_id, request_id, agent=agent)
    ):
        return turn_of(earlier)
    refuse_closed(ticket)
    _take(session, ticket, conversation, agent, at, takeover)
    noted = Noted(ticket=ticket.id, request=request_id or "", media=media, by=agent)
    turn = say(session, conversation, Author.AGENT, text, at, agent=agent, noted=noted, hold=hold)
    if file is not None:
        attachments.add(session, ticket.conversation_id, turn.id, [file], at=at)
    audit.note(session, "ticket.replied", agent, ticket_id, at=at)
    if ticket.first_reply_at is None:
        ticket.first_reply_at = at
        session.add(ticket)
    webhooks.tell(session, "ticket.replied", ticket, at, hold=hold)
    session.exec(
        delete(DraftRow).where(col(DraftRow.ticket_id) == ticket.id, col(DraftRow.agent) == agent)
    )
    return turn


def hand_back(
    session: Session, ticket_id: int, agent: str, at: datetime, *, takeover: bool = False
) -> TicketRow:
    """Close the ticket and let the bot answer again; the shopper is told."""
    return _end(session, ticket_id, agent, at, takeover, Status.BOT, "tickets.handed_back")


def close(
    session: Session,
    ticket_id: int,
    agent: str,
    at: datetime,
    *,
    takeover: bool = False,
    outcome: str = "",
    hold: timedelta = timedelta(),
) -> TicketRow:
    """Close ticket and conversation with a goodbye; the shopper's next message reopens it, and for
    as long as `hold` it can be taken back."""
    if outcome and outcome not in OUTCOMES:
        raise InputError("tickets.bad_outcome")
    end = (Status.CLOSED, "tickets.goodbye")
    return _end(session, ticket_id, agent, at, takeover, *end, outcome=outcome, hold=hold)


def _end(
    session: Session,
    ticket_id: int,
    agent: str,
    at: datetime,
    takeover: bool,
    to: Status,
    farewell: str,
    *,
    outcome: str = "",
    hold: timedelta = timedelta(),
) -> TicketRow:
    """Also asks, once, how content the shopper is, where somebody has helped and says goodbye."""
    ticket, conversation = locked(session, ticket_id)
    if ticket.status == "closed":
        return ticket
    refuse_others(ticket, agent, takeover)
    noted = Noted(ticket=ticket.id, by=agent, had=ticket.agent or "")
    ticket.status, ticket.closed_at, ticket.agent = "closed", at, agent
    ticket.outcome = outcome or None
    sleep.end(session, ticket, at)
    move(conversation, to)
    session.add_all([ticket, conversation])
    number, language = saved(ticket.id), _language(conversation.language)
    helped = to is Status.CLOSED and ticket.first_reply_at and outcome not in _UNASKED
    asks = bool(helped) and not feedback.asked(session, number)
    keys = [farewell, *(["tickets.ask_content"] if asks else [])]
    turn = say(
        session,
        conversation,
        Author.SYSTEM,
        "\n\n".join(t(key, language) for key in keys),
        at,
        buttons=content_buttons(number, language) if asks else (),
        noted=noted,
        hold=hold,
    )
    if asks:
        feedback.ask(session, turn, ticket.conversation_id, number)
    act = "ticket.closed" if to is Status.CLOSED else "ticket.handed_back"
    audit.note(session, act, agent, ticket_id, at=at, outcome=outcome)
    webhooks.tell(session, "ticket.closed", ticket, at, hold=hold)
    return ticket


def content_buttons(ticket_id: int, language: Language) -> tuple[Button, ...]:
    """👍 and 👎 for a person's help, as `dialogue/satisfaction.py` reads them."""
    return tuple(
        Button(t(f"tickets.content_{which}", language), f"rate:{ticket_id}:{which}")
        for which in ("up", "down")
    )


def _take(
    session: Session,
    ticket: TicketRow,
    conversation: ConversationRow,
    agent: str,
    at: datetime,
    takeover: bool,
) -> None:
    if ticket.status == "taken" and ticket.agent == agent:
        return
    refuse_others(ticket, agent, takeover)
    audit.note(session, "ticket.taken", agent, ticket.id, at=at, before=ticket.agent)
    give(session, ticket, conversation, agent, at)


def give(
    session: Session, ticket: TicketRow, conversation: ConversationRow, agent: str, at: datetime
) -> None:
    """The locked ticket is `agent`'s from now on, and the shopper told."""
    ticket.status, ticket.agent = "taken", agent
    ticket.taken_at = ticket.taken_at or at
    if conversation.status != Status.AGENT.value:
        move(conversation, Status.AGENT)
    session.add_all([ticket, conversation])
    shown = signature(session, agent)
    key = "tickets.joined_as" if shown else "tickets.joined"
    joined = t(key, conversation.language, agent=shown or agent)
    say(session, conversation, Author.SYSTEM, joined, at, agent=agent)


def say(
    session: Session,
    conversation: ConversationRow,
    author: Author,
    text: str,
    at: datetime,
    *,
    agent: str | None = None,
    noted: Noted | None = None,
    buttons: Sequence[Button] = (),
    hold: timedelta = timedelta(),
) -> Turn:
    """The turn and its way to the shopper, in one transaction: said means will be delivered."""
    turn = add_turn(
        session,
        saved(conversation.id),
        author,
        text,
        _language(conversation.language),
        agent=agent,
        buttons=buttons,
        noted=noted or Noted(),
        at=at,
    )
    outbox.put(session, conversation, turn, at=at, hold=hold)
    return turn


def locked(session: Session, ticket_id: int) -> tuple[TicketRow, ConversationRow]:
    """Both rows, read *after* the lock: what was seen before it may be another agent's past."""
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    conversation = lock(session, ticket.conversation_id)
    session.refresh(ticket)
    return ticket, conversation


def refuse_closed(ticket: TicketRow) -> None:
    """`ConflictError` when the ticket is closed."""
    if ticket.status == "closed":
        raise ConflictError("tickets.closed", ticket=ticket.id)


def refuse_others(ticket: TicketRow, agent: str, takeover: bool = False) -> None:
    """`ConflictError` when another agent has the ticket; `takeover` is a lead's right."""
    if ticket.status == "taken" and ticket.agent != agent and not takeover:
        raise ConflictError("tickets.taken", ticket=ticket.id, agent=ticket.agent)


def checked_text(text: str) -> str:
    """What an agent wrote, without the space around it. `InputError` for nothing or too much."""
    text = text.strip()
    if not text:
        raise InputError("tickets.empty")
    if len(text) > REPLY_LIMIT:
        raise InputError("tickets.too_long", limit=REPLY_LIMIT)
    return text


def _language(value: str) -> Language:
    return "zh" if value == "zh" else "en"
