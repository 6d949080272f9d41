"""Guessing is slowed, then locked: wrong proofs are counted by chat, by order and by address.

Counts are rows of the database that are locked while they are looked at, so that neither a restart
nor many chats at once buy a guesser another try. Orders and addresses are named by keyed hashes,
whether they exist or not. What a proof is and what the shopper hears is not decided here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from string import ascii_uppercase

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from bot import keys
from bot.tables import GuessRow

log = structlog.get_logger()
REMEMBERED = timedelta(hours=24)
REPORTED_AT = 5
"""So many wrong proofs in a day bring a person in, once."""

_KEPT = 20  # moments of one subject; more make no pause longer
_PAUSES = (  # wrong proofs in a day, from so many on → how long nothing is looked at
    (10, REMEMBERED),
    (6, timedelta(hours=1)),
    (5, timedelta(minutes=10)),
    (4, timedelta(minutes=2)),
    (3, timedelta(seconds=30)),
)


def chat(conversation_id: int) -> str:
    """The subject for a chat."""
    return f"chat:{conversation_id}"


def order(session: Session, number: str) -> str:
    """The subject for an order's number, as `number_of` spells it, with its letters or without."""
    digits = number.lstrip(ascii_uppercase) or number
    return f"order:{keys.mac(session, 'guesses.order', digits)}"


def open_again(wrong: Sequence[datetime], at: datetime) -> datetime | None:
    """When the next try is looked at, after wrong ones at these times; None: at once. Pure."""
    recent = [moment for moment in wrong if moment > at - REMEMBERED]
    pause = next((pause for count, pause in _PAUSES if len(recent) >= count), None)
    if pause is None or max(recent) + pause <= at:
        return None
    return max(recent) + pause


def closed_until(session: Session, subjects: Sequence[str], *, at: datetime) -> datetime | None:
    """Until when no try at any of the subjects is looked at; None when one is allowed.

    Their rows stay locked for the caller's transaction: tries at one subject come one by one.
    """
    moments = [open_again(_times(row), at) for row in _locked(session, subjects)]
    return max((moment for moment in moments if moment), default=None)


def wrong(session: Session, subjects: Sequence[str], *, at: datetime) -> bool:
    """Count a wrong try at each; True when it is the one that a person should hear of."""
    report = False
    for row in _locked(session, subjects):
        recent = [moment for moment in _times(row) if moment > at - REMEMBERED]
        row.times = [moment.isoformat() for moment in [*recent, at]][-_KEPT:]
        row.updated_at = at
        report = report or len(recent) + 1 == REPORTED_AT
        if len(recent) + 1 >= REPORTED_AT:
            log.warning("guesses.locked", subject=row.subject.partition(":")[0], count=len(recent))
    session.flush()
    return report


def spend(session: Session, subject: str, allowed: int, within: timedelta, *, at: datetime) -> bool:
    """Count one use of something that may be had `allowed` times in `within`; False: not now."""
    [row] = _locked(session, [subject])
    recent = [moment for moment in _times(row) if moment > at - within]
    if len(recent) >= allowed:
        return False
    row.times, row.updated_at = [moment.isoformat() for moment in [*recent, at]], at
    session.flush()
    return True


def spent(session: Session, subject: str, within: timedelta, *, at: datetime) -> int:
    """How many uses `spend` has counted in `within`; it locks nothing."""
    row = session.get(GuessRow, subject, populate_existing=True)
    return sum(moment > at - within for moment in _times(row)) if row else 0


def right(session: Session, conversation_id: int) -> None:
    """The shopper has proven who they are: their own wrong tries are forgotten, not the order's."""
    session.exec(delete(GuessRow).where(col(GuessRow.subject) == chat(conversation_id)))


def sweep(session: Session, *, at: datetime) -> int:
    """Delete what counts no more; how many rows."""
    old = delete(GuessRow).where(col(GuessRow.updated_at) <= at - REMEMBERED)
    return session.exec(old).rowcount


def _times(row: GuessRow) -> list[datetime]:
    return [datetime.fromisoformat(moment) for moment in row.times]


def _locked(session: Session, subjects: Sequence[str]) -> list[GuessRow]:
    """The subjects' rows, made where missing, locked in one order everywhere: no deadlocks."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    names = sorted(set(subjects))
    made = insert(GuessRow).values([{"subject": name, "times": []} for name in names])
    session.execute(made.on_conflict_do_nothing())
    query = (
        select(GuessRow)
        .where(col(GuessRow.subject).in_(names))
        .order_by(col(GuessRow.subject))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query))
