"""The outbox: every reply that is on its way to its shopper, and what became of it.

A conversation's replies go out one after the other, oldest first. One that is written in a process
which runs its channel is leased to that process at once and handed over after the commit, so the
usual case needs no look-up. It sends nothing: `deliverer.py` does.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, String, bindparam, case, func, null, update
from sqlalchemy import insert as insert_into
from sqlalchemy import select as select_from
from sqlmodel import Session, SQLModel, col, select

from bot.conversations import conversation
from bot.conversations.conversation import chat_of, saved
from bot.database.leases import backoff, is_gone
from bot.database.tables import ConversationRow, OutboxRow, TurnRow, UtcDateTime
from bot.database.transaction import Added, taker, tell
from bot.errors import ChatGoneError, ConflictError, DeliveryError
from bot.types import Chat, Turn

MAX_ATTEMPTS = 10  # that failed in a row without the channel saying why
MAX_AGE = timedelta(hours=24)  # of a reply that the channel keeps asking patience for
_LONGEST_PAUSE = timedelta(seconds=60)  # unless the channel wants more: it may be back any moment

_NOT_AT_ALL = timedelta()
_GRACE = timedelta(seconds=1)  # between the last moment to take back and the first to send

_OUTBOX = SQLModel.metadata.tables["outbox"]
_NOBODY = {"owner": None, "until": None}
_OPEN = (
    select_from(_OUTBOX.c.id)
    .where(_OUTBOX.c.status == "open", _OUTBOX.c.conversation_id == bindparam("conversation"))
    .limit(1)
)
# Leased to the one who writes it where nothing goes before it.
_ADD = (
    insert_into(_OUTBOX)
    .values(
        conversation_id=bindparam("conversation"),
        turn_id=bindparam("turn"),
        channel=bindparam("by"),
        status="open",
        arrived=0,
        attempts=0,
        next_at=bindparam("due", type_=UtcDateTime),
        held_until=bindparam("held", type_=UtcDateTime),
        created_at=bindparam("at", type_=UtcDateTime),
        lease_owner=case((_OPEN.exists(), null()), else_=bindparam("owner", type_=String)),
        lease_until=case((_OPEN.exists(), null()), else_=bindparam("until", type_=UtcDateTime)),
    )
    .returning(_OUTBOX.c.id, _OUTBOX.c.lease_owner)
)
_HELD = select_from(_OUTBOX).where(_OUTBOX.c.id == bindparam("row")).with_for_update()
_SET = update(_OUTBOX).where(_OUTBOX.c.id == bindparam("row"))  # what else it is executed with
_SENT = _SET.where(_OUTBOX.c.status == "open", _OUTBOX.c.lease_owner == bindparam("me"))


@dataclass(frozen=True)
class Delivery:
    """A leased row on its way: what to send and where; `arrived` of its messages are there.

    It equals another look at the same row, however often that was tried meanwhile.
    """

    outbox_id: int
    conversation_id: int
    chat: Chat = field(compare=False)
    turn: Turn = field(compare=False)  # which an erasure may word anew
    attempts: int = field(compare=False)
    arrived: int = field(default=0, compare=False)
    held: bool = field(default=False, compare=False)


class Written(Added):
    """A conversation got a reply."""


def put(
    session: Session,
    row: ConversationRow,
    turn: Turn,
    *,
    at: datetime,
    hold: timedelta = _NOT_AT_ALL,
) -> None:
    """Send `turn` to the shopper of `row` once the caller's transaction is committed; for as long
    as `hold` it may still be taken back (`withdraw`).

    The caller holds the conversation's lock. `Deliverer` hears of it by itself.
    """
    conversation_id = saved(row.id)
    sender = None if hold else taker(session, Delivery, row.channel)
    given = {"conversation": conversation_id, "turn": turn.id, "by": row.channel, "at": at}
    given |= {"held": at + hold, "due": at + hold + _GRACE} if hold else {"held": None, "due": at}
    lease = {"owner": sender.owner, "until": at + sender.lease} if sender else _NOBODY
    stored = session.connection().execute(_ADD, given | lease).one()
    if stored.lease_owner:
        tell(session, Delivery(stored.id, conversation_id, chat_of(row), turn, attempts=0))
    else:
        tell(session, Written(conversation_id))


def _has_open(session: Session, conversation_id: int) -> bool:
    found = session.connection().execute(_OPEN, {"conversation": conversation_id})
    return found.first() is not None


def _delivery(row: OutboxRow, conversation_row: ConversationRow, turn: TurnRow) -> Delivery:
    return Delivery(
        saved(row.id),
        row.conversation_id,
        chat_of(conversation_row),
        conversation.turn_of(turn),
        row.attempts,
        row.arrived,
        row.held_until is not None,
    )


def withdraw(session: Session, turn_id: int, at: datetime) -> bool:
    """Take a turn out of the outbox; whether that was in time."""
    query = select(OutboxRow).where(
        OutboxRow.turn_id == turn_id,
        OutboxRow.status == "open",
        col(OutboxRow.lease_owner).is_(None),
        col(OutboxRow.held_until) > at,
    )
    row = session.exec(query.with_for_update()).first()
    if row is not None:
        session.delete(row)
        session.flush()
    return row is not None


def claim(
    session: Session,
    owner: str,
    *,
    channels: Collection[str],
    at: datetime,
    lease: timedelta,
    limit: int,
    conversation_id: int | None = None,
) -> list[Delivery]:
    """Lease the oldest open row of up to `limit` conversations, or of one, if it is due.

    Rows of other channels are left alone: another process runs those.
    """
    if conversation_id is not None and not _has_open(session, conversation_id):
        return []  # as most often: the look for what follows need not cost what a claim does
    oldest = select(func.min(OutboxRow.id).label("id")).where(OutboxRow.status == "open")
    if conversation_id is not None:
        oldest = oldest.where(OutboxRow.conversation_id == conversation_id)
    first = oldest.group_by(col(OutboxRow.conversation_id)).subquery()
    query = (
        select(OutboxRow, ConversationRow, TurnRow)
        .join(first, first.c.id == OutboxRow.id)
        .join(ConversationRow, col(ConversationRow.id) == OutboxRow.conversation_id)
        .join(TurnRow, col(TurnRow.id) == OutboxRow.turn_id)
        .where(
            OutboxRow.status == "open",
            col(OutboxRow.channel).in_(channels),
            OutboxRow.next_at <= at,
            col(OutboxRow.lease_until).is_(None) | (col(OutboxRow.lease_until) <= at),
        )
        .order_by(col(OutboxRow.id))
        .limit(limit)
        .with_for_update(of=OutboxRow, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    deliveries = []
    for row, conversation_row, turn in session.exec(query).all():
        row.lease_owner, row.lease_until = owner, at + lease
        deliveries.append(_delivery(row, conversation_row, turn))
    session.flush()
    return deliveries


def waiting(session: Session, *, channels: Collection[str], at: datetime) -> bool:
    """Whether `claim` may find something: a cheap look without a write transaction."""
    query = select(OutboxRow.id).where(
        OutboxRow.status == "open",
        col(OutboxRow.channel).in_(channels),
        OutboxRow.next_at <= at,
        col(OutboxRow.lease_until).is_(None) | (col(OutboxRow.lease_until) <= at),
    )
    return session.exec(query.limit(1)).first() is not None


@dataclass(frozen=True)
class Backlog:
    """What waits for one channel: how many replies, and since when the oldest does."""

    waiting: int
    oldest: datetime


def backlog(session: Session, *, at_most: int) -> dict[str, Backlog]:
    """What is on its way, by channel; counting stops at `at_most` in all, the oldest first."""
    query = select(OutboxRow.channel, OutboxRow.created_at).where(OutboxRow.status == "open")
    waiting = query.order_by(col(OutboxRow.id)).limit(at_most).subquery()
    counts = select(waiting.c.channel, func.count(), func.min(waiting.c.created_at))
    rows = session.exec(counts.group_by(waiting.c.channel)).all()
    return {channel: Backlog(number, oldest) for channel, number, oldest in rows}


def note_arrived(session: Session, delivery: Delivery, owner: str, arrived: int) -> None:
    """Note how many messages of `delivery` are with the shopper while the others are on their way.

    `ConflictError` when another process holds the row: it goes on from what was noted before.
    """
    if _held(session, delivery, owner) is None:
        raise ConflictError("inbox.lease_lost", conversation=delivery.conversation_id)
    session.connection().execute(_SET, {"row": delivery.outbox_id, "arrived": arrived})


def settle(
    session: Session,
    delivery: Delivery,
    owner: str,
    error: BaseException | None,
    *,
    at: datetime,
    arrived: int = 0,
    sent_as: str | None = None,
) -> str:
    """Note what became of `delivery`: "sent", "open" (to be tried again), "dead", "gone" or "lost".

    A `DeliveryError` says when to try again at the soonest, or that it never will work: so a
    channel may be away for as long as `MAX_AGE`. Any other error is tried again after a growing
    pause, `MAX_ATTEMPTS` times in a row. "lost": another process holds the row, nothing is noted.
    "gone": the shopper left the chat, which ends all that was on its way there. `arrived` of its
    messages came through before the error; `sent_as` is what the channel calls the last one.
    """
    free = {"lease_owner": None, "lease_until": None}
    if error is None:
        sent = {"status": "sent", "sent_at": at, "error": None, "sent_as": sent_as, **free}
        given = {"row": delivery.outbox_id, "me": owner, **sent}
        if delivery.held:  # the desk shows when it can no longer be taken back
            tell(session, conversation.Changed(delivery.conversation_id))
        return "sent" if session.connection().execute(_SENT, given).rowcount else "lost"
    row = _held(session, delivery, owner)
    if row is None:
        return "lost"
    if isinstance(error, ChatGoneError):
        _end_all(session, delivery, error.key, arrived=max(row.arrived, arrived))
        return "gone"
    failed = _failed(row, error, at) | free | {"arrived": max(row.arrived, arrived)}
    session.connection().execute(_SET, {"row": delivery.outbox_id, **failed})
    return str(failed["status"])


def _failed(row: Row[Any], error: BaseException, at: datetime) -> dict[str, Any]:
    """What is stored of a send that failed: when the next one is due, or that there is none."""
    explained = isinstance(error, DeliveryError)
    in_a_row = row.error is None or _explained(row.error) == explained
    attempts = row.attempts + 1 if in_a_row else 1
    pause = backoff(attempts)
    if isinstance(error, DeliveryError):
        kind = error.key
        over = error.retry_after is None or at - row.created_at >= MAX_AGE
        least = timedelta(seconds=error.retry_after or 0)
        pause = least if error.asked else max(min(pause, _LONGEST_PAUSE), least)
    else:
        kind = type(error).__name__
        over = attempts >= MAX_ATTEMPTS
    status = "dead" if over else "open"
    return {"status": status, "attempts": attempts, "error": kind, "next_at": at + pause}


def _held(session: Session, delivery: Delivery, owner: str) -> Row[Any] | None:
    """The delivery's row, locked; None when it is not `owner`'s any more."""
    row = session.connection().execute(_HELD, {"row": delivery.outbox_id}).one_or_none()
    if row is None:  # erased meanwhile
        return None
    return row if row.status == "open" and row.lease_owner == owner else None


def _end_all(session: Session, delivery: Delivery, error: str, *, arrived: int) -> None:
    """Nothing more goes to a chat that its shopper has left; of `delivery`, so much arrived."""
    query = select(OutboxRow).where(
        OutboxRow.conversation_id == delivery.conversation_id, OutboxRow.status == "open"
    )
    for row in session.exec(query.with_for_update()).all():
        row.status, row.error = "gone", error
        if row.id == delivery.outbox_id:
            row.arrived, row.lease_owner, row.lease_until = arrived, None, None


@dataclass(frozen=True)
class State:
    """How far a turn is on its way: `status` as in the outbox, and `error`, a text's key or a name.
    Until `held_until` it may be taken back."""

    status: str
    error: str
    held_until: datetime | None


def states(session: Session, turn_ids: Collection[int]) -> dict[int, State]:
    """Of those of these turns that were to be delivered."""
    if not turn_ids:
        return {}
    query = select(
        OutboxRow.turn_id, OutboxRow.status, OutboxRow.error, OutboxRow.held_until
    ).where(col(OutboxRow.turn_id).in_(turn_ids))
    return {
        turn_id: State(status, error or "", held_until)
        for turn_id, status, error, held_until in session.exec(query)
    }


def _explained(error: str) -> bool:
    """Whether a row's error is a text's key and not the name of an exception nobody expected."""
    return "." in error


def recover(session: Session, me: str) -> int:
    """Free the leases of `me` and of this machine's dead processes; how many that were."""
    query = select(OutboxRow).where(
        OutboxRow.status == "open", col(OutboxRow.lease_owner).is_not(None)
    )
    stale = [
        row
        for row in session.exec(query.with_for_update(skip_locked=True)).all()
        if row.lease_owner is not None and (row.lease_owner == me or is_gone(row.lease_owner, me))
    ]
    for row in stale:
        row.lease_owner = row.lease_until = None
    return len(stale)


def dead(session: Session, *, limit: int = 100) -> list[OutboxRow]:
    """The replies that were given up, newest first, with the error of the last attempt."""
    query = select(OutboxRow).where(OutboxRow.status == "dead")
    return list(session.exec(query.order_by(col(OutboxRow.id).desc()).limit(limit)))
