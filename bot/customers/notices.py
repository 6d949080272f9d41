"""Letters that tell a customer that somebody guessed at their orders: one a day, however many try.

Whether somebody did, `typed_proof` decides; `mail_sender` sends them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlmodel import Session, col, delete, select

from bot.customers.codes import ASKED
from bot.database.leases import backoff
from bot.database.tables import CustomerRow, NoticeRow
from bot.types import Language

EVERY = timedelta(days=1)
_SENDING = timedelta(seconds=60)  # after which a letter whose sender died is tried again
_ATTEMPTS = 4


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
    session.flush()
    session.info.setdefault(ASKED, set()).add(customer_id)


def sweep(session: Session, *, at: datetime) -> None:
    """Delete what is done and counts no more."""
    done = (col(NoticeRow.status) != "open") & (col(NoticeRow.created_at) <= at - EVERY)
    session.exec(delete(NoticeRow).where(done))


def waiting(session: Session, *, at: datetime) -> bool:
    """Whether `take` may find something: a cheap look."""
    due = select(NoticeRow.customer_id).where(NoticeRow.status == "open", NoticeRow.next_at <= at)
    return session.exec(due.limit(1)).first() is not None


def take(
    session: Session, *, at: datetime, limit: int = 20, busy: Collection[str] = ()
) -> list[Notice]:
    """Up to `limit` letters to send now, none to customers to whom one is on its way (`busy`)."""
    query = (
        select(NoticeRow)
        .where(
            NoticeRow.status == "open",
            NoticeRow.next_at <= at,
            col(NoticeRow.customer_id).not_in(busy),
        )
        .order_by(col(NoticeRow.next_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    letters = []
    for row in session.exec(query).all():
        customer = session.get(CustomerRow, row.customer_id)
        if customer is None or not customer.email or row.attempts >= _ATTEMPTS:
            row.status = "dead"
            continue
        row.attempts, row.next_at = row.attempts + 1, at + _SENDING
        letters.append(Notice(row.customer_id, customer.email, cast(Language, row.language)))
    session.flush()
    return letters


def sent(session: Session, notice: Notice, *, ok: bool, at: datetime) -> None:
    """A letter has left, or could not: then it is tried again after a growing pause."""
    row = session.get(NoticeRow, notice.customer_id, populate_existing=True)
    if row is None or row.status != "open":
        return
    if ok:
        row.status = "sent"
    else:
        row.next_at = at + backoff(row.attempts)
    session.flush()
