"""Letters that tell a customer that somebody guessed at their orders: one a day, however many try.

Whether somebody did, `typed_proof` decides; `mail_sender` sends them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlmodel import Session, col, delete

from bot.customers import letters
from bot.database.tables import CustomerRow, NoticeRow
from bot.types import Language

EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Notice:
    """A letter on its way out."""

    customer_id: str
    to: str
    language: Language


def put(session: Session, customer_id: str, language: str, *, at: datetime) -> None:
    """Have the customer told, in their language if we know it, unless they were a day ago."""
    customer = session.get(CustomerRow, customer_id)
    if customer is None or not customer.email:
        return
    row = session.get(NoticeRow, customer_id)
    if row is not None and row.created_at > at - EVERY:
        return
    row = row or NoticeRow(customer_id=customer_id)
    row.language, row.status, row.attempts = customer.language or language, "open", 0
    row.next_at = row.created_at = at
    session.add(row)
    letters.asked(session, customer_id)


def sweep(session: Session, *, at: datetime) -> None:
    """Delete what is done and counts no more."""
    done = (col(NoticeRow.status) != "open") & (col(NoticeRow.created_at) <= at - EVERY)
    session.exec(delete(NoticeRow).where(done))


def take(
    session: Session, *, at: datetime, limit: int = 20, busy: Collection[str] = ()
) -> list[Notice]:
    """Up to `limit` letters to send now, none to customers to whom one is on its way (`busy`)."""
    taken = []
    id = NoticeRow.customer_id
    for row in letters.due(session, NoticeRow, id, at=at, limit=limit, busy=busy):
        customer = session.get(CustomerRow, row.customer_id)
        if customer is None or not customer.email or row.attempts >= letters.ATTEMPTS:
            row.status = "dead"
            continue
        letters.begun(row, at=at)
        taken.append(Notice(row.customer_id, customer.email, cast(Language, row.language)))
    session.flush()
    return taken


def sent(session: Session, notice: Notice, *, ok: bool, at: datetime) -> None:
    """A letter has left, or could not: then it is tried again after a growing pause."""
    row = session.get(NoticeRow, notice.customer_id, populate_existing=True)
    if row is not None and row.status == "open":
        letters.ended(session, row, ok=ok, at=at)
