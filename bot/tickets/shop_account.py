"""A person of the shop answers in the shop's own account, past the bot: it holds back there.

What they write is an agent's turn, and their chat a ticket that they have, so that the desk shows
both and can hand it back. By itself it is the bot's again when they were silent for `SILENCE`; what
the shopper wrote since their last word, the bot answers then. It sends nothing.
"""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import cast

import structlog
from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from bot.conversations import attachments, conversation
from bot.conversations.bursts import Opened
from bot.conversations.conversation import move, saved
from bot.conversations.noted import Noted
from bot.database.db import Database
from bot.database.tables import ConversationRow, InboxRow, TicketRow, TurnRow
from bot.database.transaction import tell
from bot.errors import DatabaseError
from bot.language.detect import detect_language
from bot.tickets import accounts, opening, webhooks
from bot.types import Author, Incoming, Language, OwnWords, Reason, Status, now

log = structlog.get_logger()
SILENCE = timedelta(minutes=30)
_POLL = 15.0  # seconds between looks for who has been silent for long
_WORDINGS = 20  # turns of the same words that are looked at
_REQUEST = "own:"  # begins the request of a turn that was written past the bot


class ShopAccount:
    """Takes what the shop's people write themselves; gives their chats back in time."""

    def __init__(self, db: Database, *, poll: float = _POLL) -> None:
        self._db = db
        self._poll = poll

    async def take(self, words: OwnWords) -> None:
        """Returns once it is on disk and the bot holds back."""
        await self._db.write(lambda session: wrote(session, words, at=now()))

    async def run(self) -> None:
        """Give chats back until cancelled."""
        while True:
            try:
                await self._give_back()
            except DatabaseError as error:
                log.error("shop_account.database_down", error=error.key)
            await asyncio.sleep(self._poll)

    async def _give_back(self) -> None:
        before = now() - SILENCE
        for ticket_id in await self._db.query(lambda session: silent(session, before)):
            given = await self._db.write(partial(give_back, ticket_id=ticket_id, before=before))
            if given:
                log.info("shop_account.given_back", ticket=ticket_id)


def wrote(session: Session, words: OwnWords, *, at: datetime) -> None:
    """Store what they wrote and give them the conversation; a repeat changes nothing."""
    said = words.said
    language = detect_language(said.text, said.language or "en")
    row, _ = conversation.opened(session, said.chat, language, at=at)
    conversation_id, request = saved(row.id), f"{_REQUEST}{said.message_id}"
    if conversation.sent_before(session, conversation_id, request) or _unchanged(
        session, conversation_id, said
    ):
        return
    row.name, row.updated_at = row.name or words.shopper, at
    ticket = _ticket(session, row, _name(session, words), at)
    turn = conversation.add_turn(
        session,
        conversation_id,
        Author.AGENT,
        said.text,
        cast(Language, row.language),
        agent=_name(session, words),
        noted=Noted(ticket=ticket.id, request=request),
        at=at,
    )
    if said.attachments:
        attachments.add(session, conversation_id, turn.id, said.attachments, at=at)
    ticket.first_reply_at = ticket.first_reply_at or at
    session.add_all([row, ticket])
    log.info("shop_account.wrote", conversation=conversation_id, ticket=ticket.id)


def _unchanged(session: Session, conversation_id: int, said: Incoming) -> bool:
    """Whether it is an edit that leaves the words as they are: a preview, a reaction."""
    if said.edits is None:
        return False
    query = select(TurnRow).where(
        TurnRow.conversation_id == conversation_id,
        TurnRow.author == Author.AGENT.value,
        TurnRow.text == said.text,
    )
    named = (f"{_REQUEST}{said.edits}", f"{_REQUEST}edit-{said.edits}-")
    rows = session.exec(query.order_by(col(TurnRow.id).desc()).limit(_WORDINGS))
    requests = (Noted.of(row.meta).request for row in rows)
    return any(each == named[0] or each.startswith(named[1]) for each in requests)


def silent(session: Session, before: datetime) -> list[int]:
    """The tickets of people who have written nothing in their account since `before`."""
    return list(_left(session, before))


def give_back(
    session: Session, ticket_id: int, before: datetime, *, at: datetime | None = None
) -> bool:
    """Close the ticket and let the bot answer what came since; False when they wrote meanwhile."""
    at = at or now()
    ticket = session.get_one(TicketRow, ticket_id)
    row = conversation.lock(session, ticket.conversation_id)
    session.refresh(ticket)
    last_word = _left(session, before, col(TicketRow.id) == ticket_id).get(ticket_id)
    if last_word is None or row.status != Status.AGENT:
        return False
    ticket.status, ticket.closed_at = "closed", at
    move(row, Status.BOT)
    unanswered = select(InboxRow).where(
        InboxRow.conversation_id == ticket.conversation_id,
        InboxRow.turn_id > last_word,
        InboxRow.status == "done",
        col(InboxRow.answer_turn_id).is_(None),
    )
    for message in session.exec(unanswered):
        message.status, message.done_at, message.next_at = "open", None, at
        session.add(message)
        tell(session, Opened(ticket.conversation_id))
    session.add_all([row, ticket])
    webhooks.tell(session, "ticket.closed", ticket, at)
    return True


def _ticket(session: Session, row: ConversationRow, agent: str, at: datetime) -> TicketRow:
    """The conversation's ticket, in a person's hands: theirs unless somebody has it already."""
    if row.status == Status.CLOSED:
        move(row, Status.BOT)
    conversation_id = saved(row.id)
    ticket = opening.unclosed(session, conversation_id)
    if ticket is None:
        language = cast(Language, row.language)
        ticket = opening.open_ticket(
            session,
            row,
            Reason.SHOP_WROTE,
            summary=opening.summarise(conversation.history(session, conversation_id), language),
            mood=0.0,
            language=language,
            at=at,
        )
    if ticket.status == "open":
        ticket.status, ticket.agent, ticket.taken_at = "taken", agent, ticket.taken_at or at
        move(row, Status.AGENT)
    return ticket


def _name(session: Session, words: OwnWords) -> str:
    """The desk's user whose account it is; else what they call themselves, with a mark, so that it
    can be taken for no user of the desk."""
    user = accounts.owner(session, words.account)
    return user.name if user else f"{words.said.sender or words.account} · Telegram"


def _left(session: Session, before: datetime, *which: ColumnElement[bool]) -> dict[int, int]:
    """The tickets whose holder's last word, by its turn's id, was written past the bot and before
    `before`."""
    newest = (
        select(func.max(TurnRow.id))
        .where(
            TurnRow.conversation_id == TicketRow.conversation_id,
            TurnRow.author == Author.AGENT.value,
        )
        .correlate(TicketRow)
        .scalar_subquery()
    )
    query = (
        select(TicketRow.id, TurnRow.id, TurnRow.meta)
        .join(TurnRow, col(TurnRow.id) == newest)
        .where(
            TicketRow.status == "taken",
            TurnRow.at <= before,
            TurnRow.agent == TicketRow.agent,
            *which,
        )
    )
    return {
        saved(ticket): saved(turn)
        for ticket, turn, meta in session.exec(query)
        if Noted.of(meta).request.startswith(_REQUEST)
    }
