"""Letters that wait in a table until they are sent: codes and notices alike."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from bot.database.leases import backoff
from bot.database.tables import CodeRow, NoticeRow
from bot.database.transaction import Added, tell

ATTEMPTS = 4
_SENDING = timedelta(seconds=60)  # after which a letter whose sender died is tried again

Row = TypeVar("Row", CodeRow, NoticeRow)


class Asked(Added):
    """A letter waits for this conversation or customer."""


def asked(session: Session, key: int | str) -> None:
    """A letter waits for this conversation or customer."""
    session.flush()
    tell(session, Asked(key))


def waiting(session: Session, *, at: datetime) -> bool:
    """Whether a letter may be due: a cheap look."""
    return any(
        session.exec(
            select(table.status).where(table.status == "open", table.next_at <= at)
        ).first()
        for table in (CodeRow, NoticeRow)
    )


def due(
    session: Session,
    table: type[Row],
    key: Any,
    *,
    at: datetime,
    limit: int,
    busy: Collection[int] | Collection[str],
) -> list[Row]:
    """Up to `limit` letters to send now, locked, none of those whose `key` is `busy`: to whom one
    is on its way."""
    query = (
        select(table)
        .where(table.status == "open", table.next_at <= at, col(key).not_in(busy))
        .order_by(col(table.next_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def begun(row: CodeRow | NoticeRow, *, at: datetime) -> None:
    """It is being sent from now on."""
    row.attempts, row.next_at = row.attempts + 1, at + _SENDING


def ended(session: Session, row: CodeRow | NoticeRow, *, ok: bool, at: datetime) -> None:
    """It has left, or could not: then it is tried again after a growing pause."""
    if ok:
        row.status = "sent"
    else:
        row.next_at = at + backoff(row.attempts)
    session.flush()
