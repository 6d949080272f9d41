"""A ticket sleeps until a time, or until the shopper's next word; its clocks stand still meanwhile.

Time and the shopper wake it by themselves, and nothing is written then: when a sleep was over is
worked out from what was said.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.database import audit
from bot.database.tables import TicketRow, TurnRow
from bot.types import Author, Pause


def begin(
    session: Session, ticket: TicketRow, agent: str, at: datetime, until: datetime | None
) -> None:
    """Let the locked ticket sleep until then, or until the shopper's next word, which wakes it
    anyway."""
    end(session, ticket, at)
    newest = select(func.max(TurnRow.id)).where(TurnRow.conversation_id == ticket.conversation_id)
    ticket.snoozed_turn = session.exec(newest).one() or 0
    ticket.snoozed_at, ticket.snoozed_until = at, until
    session.add(ticket)
    audit.note(session, "ticket.snoozed", agent, ticket.id, at=at, until=until)


def end(session: Session, ticket: TicketRow, at: datetime) -> None:
    """Whatever sleep the locked ticket was in is over and remembered."""
    for begun, ended in _running(session, [ticket]).values():
        ended = min(at, ended or at)
        if ended > begun:
            ticket.pauses = [*ticket.pauses, [begun.isoformat(), ended.isoformat()]]
    ticket.snoozed_turn, ticket.snoozed_at, ticket.snoozed_until = None, None, None
    session.add(ticket)


def pauses(session: Session, tickets: Iterable[TicketRow]) -> dict[int, tuple[Pause, ...]]:
    """When each ticket slept, the sleep that is going on at the end, without one of its own."""
    rows = list(tickets)
    running = _running(session, [row for row in rows if row.snoozed_at is not None])
    found: dict[int, tuple[Pause, ...]] = {}
    for row in rows:
        over = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in row.pauses]
        last = [running[row.id]] if row.id in running else []
        if row.id is not None and (over or last):
            found[row.id] = (*over, *last)
    return found


def _running(session: Session, tickets: Iterable[TicketRow]) -> dict[int | None, Pause]:
    """The last sleep of each: from when, and until when by the clock or the shopper."""
    sleeping = {row.id: row for row in tickets if row.snoozed_at is not None}
    spoke = (
        select(TicketRow.id, func.min(TurnRow.at))
        .join(TurnRow, col(TurnRow.conversation_id) == TicketRow.conversation_id)
        .where(col(TicketRow.id).in_(sleeping), TurnRow.author == Author.SHOPPER.value)
        .where(col(TurnRow.id) > TicketRow.snoozed_turn)
        .group_by(col(TicketRow.id))
    )
    words = dict(session.exec(spoke).all()) if sleeping else {}
    found: dict[int | None, Pause] = {}
    for number, row in sleeping.items():
        ends = [moment for moment in (row.snoozed_until, words.get(number)) if moment]
        if row.snoozed_at is not None:
            found[number] = (row.snoozed_at, min(ends) if ends else None)
    return found
