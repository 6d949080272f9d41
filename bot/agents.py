"""What an agent does with a ticket: look, take, reply, note, hand back, close.

Every change runs in the caller's transaction and holds the conversation's lock, so two agents who
press at once are put in order: one wins, the other gets a `ConflictError` that names who has it.
Repeats are harmless: taking one's own ticket, closing a closed one or sending the same
`request_id` twice changes nothing. Who may log in is in `users.py`; the caller passes
`takeover=True` for an admin, who may act on anybody's ticket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from bot import outbox
from bot.conversation import add_turn, chat_of, last_rows, lock, move, saved, sent_before, turn_of
from bot.errors import ConflictError, InputError, NotFoundError
from bot.tables import ConversationRow, TicketRow, TurnRow
from bot.texts import t
from bot.types import Author, Chat, Correction, Language, Media, Reason, Status, Turn, now

REPLY_LIMIT = 4000
"""Characters of one reply or note: what the tightest channel carries in one message."""

_CLOSED_SHOWN = 200


@dataclass(frozen=True)
class TicketView:
    """A ticket as the queue shows it.

    `waiting_since` is when the shopper began to wait for a person: the ticket's opening, or, once
    taken, their first message that no agent has answered; None when nothing is waiting. `last_*`
    is the last thing that a person said, shopper or agent. `origin` is where the shopper came from,
    as the link that they followed says.
    """

    id: int
    conversation_id: int
    chat: Chat
    status: str
    reason: Reason
    priority: int
    summary: str
    mood: float
    language: Language
    agent: str | None
    note: str | None
    created_at: datetime
    taken_at: datetime | None
    first_reply_at: datetime | None
    closed_at: datetime | None
    waiting_since: datetime | None
    waiting_seconds: int
    last_at: datetime
    last_author: Author | None
    last_text: str
    origin: str = ""

    @property
    def first_response_seconds(self) -> int | None:
        """From the ticket's opening to the first reply; None while there is none."""
        if self.first_reply_at is None:
            return None
        return int((self.first_reply_at - self.created_at).total_seconds())


@dataclass(frozen=True)
class Detail:
    """A ticket with its conversation; `meta` holds what the bot noted at each turn, by turn id."""

    ticket: TicketView
    turns: tuple[Turn, ...]
    meta: Mapping[int, Mapping[str, Any]]


def queue(
    session: Session, include_closed: bool = False, *, at: datetime | None = None
) -> list[TicketView]:
    """Unclosed tickets, the most urgent and then the oldest first; after them the newest closed."""
    unclosed = col(TicketRow.status) != "closed"
    rows = list(
        session.exec(
            select(TicketRow)
            .where(unclosed)
            .order_by(col(TicketRow.priority), col(TicketRow.created_at), col(TicketRow.id))
        )
    )
    if include_closed:
        rows += session.exec(
            select(TicketRow)
            .where(~unclosed)
            .order_by(col(TicketRow.closed_at).desc(), col(TicketRow.id).desc())
            .limit(_CLOSED_SHOWN)
        )
    return _views(session, rows, at or now())


def show(
    session: Session,
    ticket_id: int,
    *,
    after: int = 0,
    limit: int = 500,
    at: datetime | None = None,
) -> Detail:
    """One ticket with its conversation's turns after the cursor `after`, oldest first.

    Without a cursor these are the conversation's newest `limit` turns. `NotFoundError`.
    """
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    if after == 0:
        rows = last_rows(session, ticket.conversation_id, limit)
    else:
        later = select(TurnRow).where(
            TurnRow.conversation_id == ticket.conversation_id, col(TurnRow.id) > after
        )
        rows = list(session.exec(later.order_by(col(TurnRow.id)).limit(limit)))
    turns = tuple(turn_of(row) for row in rows)
    meta = {saved(row.id): row.meta for row in rows}
    return Detail(_views(session, [ticket], at or now())[0], turns, meta)


def take(
    session: Session, ticket_id: int, agent: str, at: datetime, *, takeover: bool = False
) -> TicketRow:
    """Give the ticket to `agent` and tell the shopper; the bot is silent from this commit on."""
    ticket, conversation = _locked(session, ticket_id)
    _refuse_closed(ticket)
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
) -> Turn:
    """Say something to the shopper, taking an open ticket on the way.

    A `request_id` seen before gives the turn that it made then: a form sent twice says it once.
    `media` goes with it where the shopper is on Telegram.
    """
    text = _text(text)
    ticket, conversation = _locked(session, ticket_id)
    if request_id and (
        earlier := sent_before(session, ticket.conversation_id, request_id, agent=agent)
    ):
        return turn_of(earlier)
    _refuse_closed(ticket)
    _take(session, ticket, conversation, agent, at, takeover)
    noted = {"ticket": ticket.id, "request": request_id, "media": media and asdict(media)}
    meta = {name: value for name, value in noted.items() if value}
    turn = _say(session, conversation, Author.AGENT, text, at, agent=agent, meta=meta)
    if ticket.first_reply_at is None:
        ticket.first_reply_at = at
        session.add(ticket)
    return turn_of(turn)


def correct(
    session: Session,
    ticket_id: int,
    agent: str,
    text: str,
    at: datetime,
    *,
    request_id: str,
    takeover: bool = False,
) -> Turn | None:
    """Word anew what `agent` said by the request `request_id`, and tell the shopper.

    None where they said nothing by it, or say the same now.
    """
    text = _text(text)
    ticket, conversation = _locked(session, ticket_id)
    said = wording(session, ticket.conversation_id, agent, request_id)
    if said is None or said.text == text:
        return None
    _refuse_closed(ticket)
    refuse_others(ticket, agent, takeover)
    meta = {
        "ticket": ticket.id,
        "request": _reworded(request_id),
        "correction": asdict(Correction(said.turn_id, text)),
    }
    whole = t("tickets.corrected", conversation.language, text=text)
    return turn_of(_say(session, conversation, Author.AGENT, whole, at, agent=agent, meta=meta))


def wording(
    session: Session, conversation_id: int, agent: str, request_id: str
) -> Correction | None:
    """The turn that `agent` said by a request, and what it says by now, "" for a file alone; None
    where they said nothing by it."""
    first = sent_before(session, conversation_id, request_id, agent=agent)
    if first is None:
        return None
    last = sent_before(session, conversation_id, _reworded(request_id), agent=agent)
    if last is not None:
        return turn_of(last).correction
    said = turn_of(first)
    alone = said.media is not None and not said.media.caption
    return Correction(said.id, "" if alone else said.text)


def _reworded(request_id: str) -> str:
    """The request of everything that corrects what was said by this one."""
    return f"{request_id}:edit"


def note(session: Session, ticket_id: int, agent: str, text: str, at: datetime) -> TicketRow:
    """Add a line that only agents see; any agent may, on anybody's ticket. Twice is once."""
    text = _text(text)
    ticket, _ = _locked(session, ticket_id)
    line = f"{at:%Y-%m-%d %H:%M} UTC · {agent}: {text}"
    if (ticket.note or "").endswith(line):
        return ticket
    ticket.note = f"{ticket.note}\n{line}" if ticket.note else line
    session.add(ticket)
    return ticket


def hand_back(
    session: Session, ticket_id: int, agent: str, at: datetime, *, takeover: bool = False
) -> TicketRow:
    """Close the ticket and let the bot answer again; the shopper is told."""
    return _end(session, ticket_id, agent, at, takeover, Status.BOT, "tickets.handed_back")


def close(
    session: Session, ticket_id: int, agent: str, at: datetime, *, takeover: bool = False
) -> TicketRow:
    """Close ticket and conversation with a goodbye; the shopper's next message reopens it."""
    return _end(session, ticket_id, agent, at, takeover, Status.CLOSED, "tickets.goodbye")


def _end(
    session: Session,
    ticket_id: int,
    agent: str,
    at: datetime,
    takeover: bool,
    to: Status,
    farewell: str,
) -> TicketRow:
    ticket, conversation = _locked(session, ticket_id)
    if ticket.status == "closed":
        return ticket
    refuse_others(ticket, agent, takeover)
    ticket.status, ticket.closed_at, ticket.agent = "closed", at, agent
    move(conversation, to)
    session.add_all([ticket, conversation])
    _say(session, conversation, Author.SYSTEM, t(farewell, conversation.language), at)
    return ticket


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
    ticket.status, ticket.agent = "taken", agent
    ticket.taken_at = ticket.taken_at or at
    if conversation.status != Status.AGENT.value:
        move(conversation, Status.AGENT)
    session.add_all([ticket, conversation])
    joined = t("tickets.joined", conversation.language, agent=agent)
    _say(session, conversation, Author.SYSTEM, joined, at, agent=agent)


def _say(
    session: Session,
    conversation: ConversationRow,
    author: Author,
    text: str,
    at: datetime,
    *,
    agent: str | None = None,
    meta: Mapping[str, Any] | None = None,
) -> TurnRow:
    """The turn and its way to the shopper, in one transaction: said means will be delivered."""
    turn = add_turn(
        session,
        saved(conversation.id),
        author,
        text,
        _language(conversation.language),
        agent=agent,
        meta=meta,
        at=at,
    )
    outbox.put(session, conversation, turn, at=at)
    return turn


def _locked(session: Session, ticket_id: int) -> tuple[TicketRow, ConversationRow]:
    """Both rows, read *after* the lock: what was seen before it may be another agent's past."""
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    conversation = lock(session, ticket.conversation_id)
    session.refresh(ticket)
    return ticket, conversation


def _refuse_closed(ticket: TicketRow) -> None:
    if ticket.status == "closed":
        raise ConflictError("tickets.closed", ticket=ticket.id)


def refuse_others(ticket: TicketRow, agent: str, takeover: bool) -> None:
    """`ConflictError` when another agent has the ticket; `takeover` is an admin's right."""
    if ticket.status == "taken" and ticket.agent != agent and not takeover:
        raise ConflictError("tickets.taken", ticket=ticket.id, agent=ticket.agent)


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        raise InputError("tickets.empty")
    if len(text) > REPLY_LIMIT:
        raise InputError("tickets.too_long", limit=REPLY_LIMIT)
    return text


def _views(session: Session, tickets: Sequence[TicketRow], at: datetime) -> list[TicketView]:
    ids = [ticket.conversation_id for ticket in tickets]
    conversations = {
        row.id: row
        for row in session.exec(select(ConversationRow).where(col(ConversationRow.id).in_(ids)))
    }
    last = _last_turns(session, ids)
    unanswered = _unanswered(session, ids)
    return [
        _view(
            ticket,
            conversations[ticket.conversation_id],
            last.get(ticket.conversation_id),
            unanswered.get(ticket.conversation_id),
            at,
        )
        for ticket in tickets
    ]


def _view(
    ticket: TicketRow,
    conversation: ConversationRow,
    last: TurnRow | None,
    unanswered: datetime | None,
    at: datetime,
) -> TicketView:
    since: datetime | None = None
    if ticket.status == "open":
        since = ticket.created_at
    elif ticket.status == "taken" and unanswered is not None:
        since = max(ticket.created_at, unanswered)
    return TicketView(
        id=saved(ticket.id),
        conversation_id=ticket.conversation_id,
        chat=chat_of(conversation),
        status=ticket.status,
        reason=Reason(ticket.reason),
        priority=ticket.priority,
        summary=ticket.summary,
        mood=ticket.mood,
        language=_language(ticket.language),
        agent=ticket.agent,
        note=ticket.note,
        created_at=ticket.created_at,
        taken_at=ticket.taken_at,
        first_reply_at=ticket.first_reply_at,
        closed_at=ticket.closed_at,
        waiting_since=since,
        waiting_seconds=max(0, int((at - since).total_seconds())) if since else 0,
        last_at=last.at if last else conversation.updated_at,
        last_author=Author(last.author) if last else None,
        last_text=last.text if last else "",
        origin=conversation.origin,
    )


def _last_turns(session: Session, ids: Sequence[int]) -> dict[int, TurnRow]:
    """The last thing that a person said in each conversation: what an agent has to answer."""
    people = (Author.SHOPPER.value, Author.AGENT.value)
    newest = (
        select(func.max(TurnRow.id))
        .where(col(TurnRow.conversation_id).in_(ids), col(TurnRow.author).in_(people))
        .group_by(col(TurnRow.conversation_id))
    )
    rows = session.exec(select(TurnRow).where(col(TurnRow.id).in_(newest)))
    return {row.conversation_id: row for row in rows}


def _unanswered(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When each shopper wrote the first message that came after the last agent's."""
    earlier = aliased(TurnRow)
    last_reply = (
        select(func.coalesce(func.max(earlier.id), 0))
        .where(
            earlier.conversation_id == TurnRow.conversation_id,
            earlier.author == Author.AGENT.value,
        )
        .scalar_subquery()
    )
    rows = session.exec(
        select(TurnRow.conversation_id, func.min(TurnRow.at))
        .where(
            col(TurnRow.conversation_id).in_(ids),
            TurnRow.author == Author.SHOPPER.value,
            col(TurnRow.id) > last_reply,
        )
        .group_by(col(TurnRow.conversation_id))
    )
    return dict(rows.all())


def _language(value: str) -> Language:
    return "zh" if value == "zh" else "en"
