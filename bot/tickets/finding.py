"""What the desk's search finds: a ticket by its number, people by name and contact, and what was
said or noted in any conversation (`bot/conversations/search.py`).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from bot.conversations import search
from bot.conversations.conversation import saved
from bot.database.tables import (
    ConversationRow,
    CustomerRow,
    NoteRow,
    ProofRow,
    TicketRow,
    TurnRow,
)

MOST = 30
_TYPED = 200  # characters that are read of what was typed
_LEAST_DIGITS = 4  # of a phone's number


@dataclass(frozen=True)
class Hit:
    """A conversation that was found. `ticket_id` is its newest ticket's, None where there is none;
    `parts` a piece of what was found, every second part of which is what was looked for; `by` who
    said it ("note" for a note, "" where the conversation itself was found)."""

    conversation_id: int
    ticket_id: int | None
    name: str
    language: str
    parts: tuple[str, ...]
    by: str
    at: datetime


def find(session: Session, typed: str) -> list[Hit]:
    """The newest first, people and tickets before words; at most thirty."""
    typed = typed.strip()[:_TYPED]
    if not typed:
        return []
    said = {found.conversation_id: found for found in search.find(session, typed, MOST)}
    ids = list(dict.fromkeys([*_by_number(session, typed), *_people(session, typed), *said]))[:MOST]
    newest = select(TicketRow.conversation_id, func.max(TicketRow.id))
    of = newest.where(col(TicketRow.conversation_id).in_(ids)).group_by(
        col(TicketRow.conversation_id)
    )
    tickets = dict(session.exec(of).all())
    chats = select(
        ConversationRow.id,
        ConversationRow.name,
        ConversationRow.language,
        ConversationRow.updated_at,
    ).where(col(ConversationRow.id).in_(ids))
    rows = {id: (name, language, at) for id, name, language, at in session.exec(chats)}
    texts = _texts(session, said.values())
    hits = []
    for conversation_id in ids:
        name, language, changed = rows[conversation_id]
        text, by, at = texts.get(conversation_id, ("", "", changed))
        parts = search.marked(text, typed)
        number = tickets.get(conversation_id)
        hits.append(Hit(conversation_id, number, name, language, parts, by, at))
    return hits


def _texts(
    session: Session, found: Collection[search.Found]
) -> dict[int, tuple[str, str, datetime]]:
    """By conversation: what was said, by whom and when."""
    turns, written = (
        [each.ref for each in found if each.kind == kind] for kind in ("turn", "note")
    )
    said = select(TurnRow.conversation_id, TurnRow.text, TurnRow.author, TurnRow.at)
    noted = select(NoteRow.conversation_id, NoteRow.text, NoteRow.at)
    texts = {
        chat: (text, author, at)
        for chat, text, author, at in session.exec(said.where(col(TurnRow.id).in_(turns)))
    }
    for chat, text, at in session.exec(noted.where(col(NoteRow.id).in_(written))):
        texts[chat] = (text, "note", at)
    return texts


def _by_number(session: Session, typed: str) -> Iterable[int]:
    digits = typed.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        return []
    ticket = session.get(TicketRow, int(digits))
    return [ticket.conversation_id] if ticket else []


def _people(session: Session, typed: str) -> Iterable[int]:
    """By the chat's name, or by name, e-mail, phone or number of whom its shopper has proven to be
    last."""
    if len(typed) < 2:
        return []
    wanted = typed.casefold()
    digits = "".join(filter(str.isdigit, typed))
    named = func.lower(ConversationRow.name).contains(wanted, autoescape=True)
    chats = select(ConversationRow.id).where(named).order_by(col(ConversationRow.id).desc())
    found = [saved(each) for each in session.exec(chats.limit(MOST))]
    conditions = [
        func.lower(CustomerRow.name).contains(wanted, autoescape=True),
        func.lower(CustomerRow.email).startswith(wanted, autoescape=True),
        func.lower(CustomerRow.id) == wanted,
    ]
    if len(digits) >= _LEAST_DIGITS:
        conditions.append(col(CustomerRow.phone).contains(digits, autoescape=True))
    proven = (
        select(ProofRow.conversation_id)
        .join(CustomerRow, col(CustomerRow.id) == ProofRow.customer_id)
        .where(or_(*conditions))
        .order_by(col(ProofRow.conversation_id).desc())
    )
    return [*session.exec(proven.limit(MOST)), *found]
