"""What the group has to show and what it shows already: reads tickets, cards, turns; notes cards.

It sends nothing and decides on no words.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists
from sqlmodel import Session, col, select

from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.conversations.noted import Noted
from bot.database.tables import (
    AttachmentRow,
    CardRow,
    ConversationRow,
    InboxRow,
    TicketRow,
    TurnRow,
)
from bot.database.upsert import insert_missing
from bot.tickets.queue import Ticket
from bot.types import Turn, now

EARLIER = 8  # turns that a topic begins with
_AT_ONCE = 20  # turns that one look brings


@dataclass(frozen=True)
class Card(Ticket):
    """A ticket as the group knows it. `message_id`, `topic_id`, `shown`, `relayed` and `stage` are
    the stored card's (`bot/database/tables.py`); without a card `message_id` is None. `unrelayed`:
    there are turns after `relayed`."""

    message_id: int | None = None
    topic_id: int | None = None
    shown: str = ""
    relayed: int = 0
    stage: str = ""
    unrelayed: bool = False


@dataclass(frozen=True)
class TopicTurn:
    """A turn for the topic. `message_id` is the shopper's message on Telegram where it holds
    something to be copied from there, `kind` and `file_id` where only its file can be sent."""

    turn: Turn
    message_id: int | None = None
    kind: str = ""
    file_id: str = ""
    from_here: bool = False


def unfinished(session: Session, chat_id: int) -> list[Card]:
    """Every card that may have to change, and every unclosed ticket; the most urgent first.

    A card in another group counts as none: its ticket is shown anew in this one, and handled here
    if it was handled there.
    """
    later = exists().where(
        col(TurnRow.conversation_id) == TicketRow.conversation_id, col(TurnRow.id) > CardRow.relayed
    )
    query = (
        select(TicketRow, ConversationRow, CardRow, later)
        .join(ConversationRow, col(ConversationRow.id) == TicketRow.conversation_id)
        .outerjoin(CardRow, col(CardRow.ticket_id) == TicketRow.id)
    )
    unclosed = query.where(TicketRow.status != "closed")
    # Asked one by one, both are found by an index; together they would be a look at every ticket.
    changing = query.where(
        col(CardRow.stage).in_(("", "wanted", "open")), TicketRow.status == "closed"
    )
    rows = [*session.exec(unclosed), *session.exec(changing)]
    cards = [
        _card(ticket, row, card, bool(more), chat_id)
        for ticket, row, card, more in rows
        if ticket.status != "closed" or (card and card.chat_id == chat_id)
    ]
    return sorted(cards, key=lambda card: (card.priority, card.created_at, card.id))


def beside(session: Session, chat_id: int, message_id: int) -> list[Card]:
    """All cards of one message, oldest first."""
    query = (
        select(TicketRow, ConversationRow, CardRow)
        .join(ConversationRow, col(ConversationRow.id) == TicketRow.conversation_id)
        .join(CardRow, col(CardRow.ticket_id) == TicketRow.id)
        .where(CardRow.chat_id == chat_id, CardRow.message_id == message_id)
        .order_by(col(TicketRow.priority), col(TicketRow.created_at), col(TicketRow.id))
    )
    return [_card(ticket, row, card, False, chat_id) for ticket, row, card in session.exec(query)]


def topic_before(session: Session, card: Card, chat_id: int) -> tuple[int, int] | None:
    """The topic that the conversation had for its last ticket, and how far that was relayed."""
    query = (
        select(CardRow.topic_id, CardRow.relayed)
        .join(TicketRow, col(TicketRow.id) == CardRow.ticket_id)
        .where(
            TicketRow.conversation_id == card.conversation_id,
            CardRow.chat_id == chat_id,
            col(CardRow.topic_id).is_not(None),
            TicketRow.id != card.id,
        )
        .order_by(col(TicketRow.id).desc())
        .limit(1)
    )
    found = session.exec(query).first()
    return (found[0], found[1]) if found and found[0] is not None else None


def beginning(session: Session, conversation_id: int) -> int:
    """The turn after which a topic begins: the last few before now are shown in it."""
    rows = conversation.last_rows(session, conversation_id, EARLIER + 1)
    return int(rows[0].id) if len(rows) > EARLIER else 0


def unrelayed(session: Session, card: Card, chat_id: int) -> list[TopicTurn]:
    """The next turns after `card.relayed`, oldest first, with what came with them; what may be
    taken back still waits."""
    query = (
        select(TurnRow)
        .where(TurnRow.conversation_id == card.conversation_id, col(TurnRow.id) > card.relayed)
        .order_by(col(TurnRow.id))
        .limit(_AT_ONCE)
    )
    held = conversation.held(session, card.conversation_id, now())
    turns = [turn for turn in session.exec(query) if held is None or saved(turn.id) < held]
    ids = [saved(turn.id) for turn in turns]
    heard = select(InboxRow.turn_id, InboxRow.choice).where(col(InboxRow.turn_id).in_(ids))
    choices = dict(session.exec(heard).all())
    kept = select(AttachmentRow).where(col(AttachmentRow.turn_id).in_(ids))
    files = {file.turn_id: file for file in session.exec(kept)}
    return [
        _topic_turn(card, turn, choices.get(saved(turn.id)), files.get(saved(turn.id)), chat_id)
        for turn in turns
    ]


def card(session: Session, row: CardRow, chat_id: int) -> Card:
    """A stored card with its ticket, whatever became of both."""
    ticket = session.get_one(TicketRow, row.ticket_id)
    talk = session.get_one(ConversationRow, ticket.conversation_id)
    return _card(ticket, talk, row, False, chat_id)


def stored(session: Session, ticket_id: int, chat_id: int, at: datetime) -> CardRow:
    """The ticket's card, locked; made where there is none. Whoever posted it and whoever presses
    its button at that very moment meet here, and neither may fail."""
    blank = {"shown": "", "relayed": 0, "stage": "", "created_at": at}
    insert_missing(session, CardRow, {"ticket_id": ticket_id, "chat_id": chat_id, **blank})
    return session.get_one(CardRow, ticket_id, with_for_update=True, populate_existing=True)


def posted(
    session: Session, card: Card, chat_id: int, message_id: int, shown: str, at: datetime
) -> None:
    """Note that the message is the ticket's card; what another group knew of it is forgotten."""
    row = stored(session, card.id, chat_id, at)
    if row.chat_id != chat_id:
        row.chat_id, row.topic_id, row.relayed, row.stage = chat_id, None, 0, card.stage
    row.message_id, row.shown = message_id, shown
    session.add(row)


def note(session: Session, ticket_id: int, **values: Any) -> None:
    """Set `values` on the stored card."""
    row = session.get_one(CardRow, ticket_id, with_for_update=True)
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)


def _topic_turn(
    card: Card, turn: TurnRow, choice: str | None, file: AttachmentRow | None, chat_id: int
) -> TopicTurn:
    shown = conversation.turn_of(turn)
    request = Noted.of(turn.meta).request.split(":")
    if request[0] == "telegram":
        # Written in this topic, unless the topic is younger than the message.
        here = request[1] == str(chat_id) and int(request[2]) > (card.topic_id or 0)
        return TopicTurn(shown, from_here=here)
    if not (choice or "").startswith("media:"):
        return TopicTurn(shown)
    number = (turn.message_id or "").removeprefix("edit-").split("-")[0]
    if card.chat.channel == "telegram" and "@" not in card.chat.id and number.isdigit():
        return TopicTurn(shown, message_id=int(number))
    # From the shop's own account nothing can be copied, but a file is known to the bot by its id.
    if card.chat.channel == "telegram" and file is not None:
        return TopicTurn(shown, kind=file.kind, file_id=file.remote_id)
    return TopicTurn(shown)


def _card(
    ticket: TicketRow, row: ConversationRow, card: CardRow | None, more: bool, chat_id: int
) -> Card:
    if card is None:
        return Card.of(ticket, row)
    if card.chat_id != chat_id:
        return Card.of(ticket, row, stage="wanted" if card.stage in ("wanted", "open") else "")
    return Card.of(
        ticket,
        row,
        message_id=card.message_id,
        topic_id=card.topic_id,
        shown=card.shown,
        relayed=card.relayed,
        stage=card.stage,
        unrelayed=more,
    )
