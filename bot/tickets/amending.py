"""What an agent has said is worded anew, or taken back, after the shopper has it.

Where the channel can, what the shopper sees changes; where it cannot, they are told in a message of
its own. What was said first stays for the shop's own eyes. Before it is sent, `undo.py` does it.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.conversations import conversation
from bot.conversations.noted import Noted
from bot.database import audit
from bot.database.tables import AttachmentRow, TurnRow
from bot.errors import ConflictError
from bot.texts import t
from bot.tickets import assignment
from bot.types import Author, Correction, Turn


def said_by(session: Session, conversation_id: int, agent: str, request_id: str) -> Turn | None:
    """What `agent` said by a request; None where they said nothing by it."""
    row = conversation.sent_before(session, conversation_id, request_id, agent=agent)
    return conversation.turn_of(row) if row else None


def amend(
    session: Session, ticket_id: int, agent: str, turn_id: int, text: str, at: datetime
) -> Turn | None:
    """Word anew what `agent` said in the turn, or take it back where `text` is empty; the turn that
    tells the shopper, and None where it says that already.

    `ConflictError` for what they did not say, or a ticket that is closed or another's.
    """
    text = assignment.checked_text(text) if text.strip() else ""
    ticket, row = assignment.locked(session, ticket_id)
    assignment.refuse_closed(ticket)
    assignment.refuse_others(ticket, agent)
    first = session.get(TurnRow, turn_id)
    if first is None or first.conversation_id != row.id or first.agent != agent:
        raise ConflictError("tickets.not_yours")
    said = conversation.turn_of(first)
    if said.author is not Author.AGENT or said.correction is not None:
        raise ConflictError("tickets.not_yours")
    if said.now == text or (text and said.words == text):
        return None
    for each in (first, *_told(session, first)):
        conversation.amend(session, each, text)
    if not text:
        session.exec(delete(AttachmentRow).where(col(AttachmentRow.turn_id) == turn_id))
    telling = t("tickets.corrected" if text else "tickets.withdrawn", row.language, text=text)
    audit.note(session, "ticket.corrected" if text else "ticket.withdrawn", agent, ticket_id, at=at)
    noted = Noted(ticket=ticket.id, correction=Correction(turn_id, text))
    return assignment.say(session, row, Author.AGENT, telling, at, agent=agent, noted=noted)


def _told(session: Session, first: TurnRow) -> list[TurnRow]:
    """The corrections of it so far: they say its words as well."""
    query = select(TurnRow).where(
        TurnRow.conversation_id == first.conversation_id,
        TurnRow.agent == first.agent,
        TurnRow.author == Author.AGENT.value,
        col(TurnRow.id) > first.id,
    )
    meant = ((row, Noted.of(row.meta).correction) for row in session.exec(query))
    return [row for row, each in meant if each and each.turn_id == first.id]
