"""The outbox: every reply's way to its shopper, retried until the channel took it.

A conversation's replies go out one after the other, oldest first. One that is written in a process
which runs its channel is leased to that process at once and handed over after the commit, so the
usual case needs no look-up; all others are found by a poll. Sending is at least once: a process
killed between the sending and the note of it sends again.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func
from sqlmodel import Session, col, select

from bot import conversation
from bot.conversation import chat_of, saved
from bot.db import Database
from bot.errors import DatabaseError, DeliveryError
from bot.leases import LEASE, backoff, is_gone, new_owner
from bot.tables import ConversationRow, OutboxRow, TurnRow
from bot.types import Channel, Chat, Turn, now

log = structlog.get_logger()
MAX_ATTEMPTS = 10
SEND_TIMEOUT = 60.0  # seconds after which a channel's send counts as failed
_SENDER, _WRITTEN = "outbox.sender", "outbox.written"


@dataclass(frozen=True)
class Delivery:
    """A leased row on its way: what to send and where."""

    outbox_id: int
    conversation_id: int
    chat: Chat
    turn: Turn
    attempts: int


@dataclass(frozen=True)
class _Sender:
    """What `put` must know of this process's deliverer."""

    owner: str
    channels: frozenset[str]
    lease: timedelta


def put(
    session: Session,
    conversation_row: ConversationRow,
    turn_row: TurnRow,
    *,
    at: datetime,
) -> None:
    """Send `turn_row` to the shopper once the caller's transaction is committed.

    The caller holds the conversation's lock. `Deliverer` hears of it by itself.
    """
    row = OutboxRow(
        conversation_id=saved(conversation_row.id),
        turn_id=saved(turn_row.id),
        channel=conversation_row.channel,
        next_at=at,
        created_at=at,
    )
    sender: _Sender | None = session.info.get(_SENDER)
    ours = sender is not None and row.channel in sender.channels
    written: list[Delivery | int] = session.info.setdefault(_WRITTEN, [])
    if sender is None or not ours or _has_open(session, row.conversation_id):
        session.add(row)
        session.flush()
        written.append(row.conversation_id)
        return
    row.lease_owner, row.lease_until = sender.owner, at + sender.lease
    session.add(row)
    session.flush()
    written.append(_delivery(row, conversation_row, turn_row))


def _has_open(session: Session, conversation_id: int) -> bool:
    query = select(OutboxRow.id).where(
        OutboxRow.status == "open", OutboxRow.conversation_id == conversation_id
    )
    return session.exec(query.limit(1)).first() is not None


def _delivery(row: OutboxRow, conversation_row: ConversationRow, turn: TurnRow) -> Delivery:
    return Delivery(
        saved(row.id),
        row.conversation_id,
        chat_of(conversation_row),
        conversation.turn_of(turn),
        row.attempts,
    )


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


def settle(
    session: Session, delivery: Delivery, owner: str, error: BaseException | None, *, at: datetime
) -> str:
    """Note what became of `delivery`: "sent", "open" (to be tried again), "dead" or "lost".

    A `DeliveryError` says when to try again, or that it never will work; any other error is tried
    again after a growing pause. "lost": another process holds the row now, nothing is noted.
    """
    query = select(OutboxRow).where(OutboxRow.id == delivery.outbox_id).with_for_update()
    row = session.exec(query).one()
    if row.status != "open" or row.lease_owner != owner:
        return "lost"
    row.lease_owner = row.lease_until = None
    if error is None:
        row.status, row.sent_at, row.error = "sent", at, None
        return row.status
    row.attempts += 1
    row.error = error.key if isinstance(error, DeliveryError) else type(error).__name__
    pause = backoff(row.attempts)
    if isinstance(error, DeliveryError):
        pause = max(pause, timedelta(seconds=error.retry_after or 0))
    row.next_at = at + pause
    hopeless = isinstance(error, DeliveryError) and error.retry_after is None
    if hopeless or row.attempts >= MAX_ATTEMPTS:
        row.status = "dead"
    return row.status


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


class Deliverer:
    """Sends what is in the outbox through this process's `channels` until it is cancelled.

    Conversations go out side by side, at most `concurrency` at once; inside one, in order.
    """

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        *,
        owner: str | None = None,
        concurrency: int = 32,
        lease: timedelta = 2 * LEASE,  # longer than a send may take
        poll: float = 0.5,
    ) -> None:
        self.db = db
        self.channels = dict(channels)
        self.owner = owner or new_owner()
        self._sender = _Sender(self.owner, frozenset(channels), lease)
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._poll = poll
        self._wake = asyncio.Event()
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by conversation
        self._sending: dict[int, int] = {}  # conversation → its row on the way
        self._later: dict[int, Delivery] = {}  # leased while its conversation's task was ending
        self._again: set[int] = set()  # conversations that got more while one was on its way
        self._more = False  # whether the last look may have left something behind
        self._draining = False

    async def run(self) -> None:
        """Deliver until cancelled or drained."""
        loop = asyncio.get_running_loop()

        def heard(info: dict[str, Any]) -> None:
            if _WRITTEN in info:
                with suppress(RuntimeError):  # the loop has closed: the next process delivers it
                    loop.call_soon_threadsafe(self._take, info[_WRITTEN])

        self.db.info[_SENDER] = self._sender
        self.db.listeners.append(heard)
        try:
            await self._recover()
            while not self._draining:
                self._wake.clear()  # before the look: what is written during it is not missed
                await self._look()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._poll)
        finally:
            self.db.listeners.remove(heard)
            self.db.info.pop(_SENDER, None)
            if not self._draining:
                await self._stop()

    def wake(self) -> None:
        """Look for replies now instead of at the next poll; needed after no write of our own."""
        self._wake.set()

    async def drain(self, timeout: float) -> None:
        """Start nothing new, let what is on its way arrive, leave the rest to the next process."""
        self._draining = True
        self.db.info.pop(_SENDER, None)
        self.wake()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=timeout)
        await self._stop()
        await self._recover()

    async def _stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _recover(self) -> None:
        try:
            freed = await self.db.write(lambda session: recover(session, self.owner))
        except DatabaseError as error:
            log.error("outbox.database_down", error=error.key)
            return
        if freed:
            log.info("outbox.recovered", deliveries=freed)

    def _take(self, written: Sequence[Delivery | int]) -> None:
        for item in written:
            if isinstance(item, Delivery):
                self._start(item)
            elif item in self._tasks:
                self._again.add(item)
            else:
                self._wake.set()

    async def _look(self) -> None:
        free = self._concurrency - len(self._tasks)
        self._more = free <= 0
        if self._more:
            return
        names = self._sender.channels
        try:
            if await self.db.query(lambda s: waiting(s, channels=names, at=now())):
                deliveries = await self.db.write(lambda s: self._claim(s, free))
                self._more = len(deliveries) == free
                for delivery in deliveries:
                    self._start(delivery)
        except DatabaseError as error:
            log.error("outbox.database_down", error=error.key)

    def _claim(
        self, session: Session, limit: int, conversation_id: int | None = None
    ) -> list[Delivery]:
        return claim(
            session,
            self.owner,
            channels=self._sender.channels,
            at=now(),
            lease=self._sender.lease,
            limit=limit,
            conversation_id=conversation_id,
        )

    def _start(self, delivery: Delivery) -> None:
        conversation_id = delivery.conversation_id
        if self._draining:
            return  # `drain` frees its lease
        if conversation_id in self._tasks:
            if self._sending.get(conversation_id) != delivery.outbox_id:
                self._later[conversation_id] = delivery
            return

        def done(_: asyncio.Task[None]) -> None:
            del self._tasks[conversation_id], self._sending[conversation_id]
            later = self._later.pop(conversation_id, None)
            if later is not None:
                self._start(later)
            elif self._more or conversation_id in self._again:
                self._wake.set()
            self._again.discard(conversation_id)

        self._sending[conversation_id] = delivery.outbox_id
        task = asyncio.create_task(self._deliver(delivery))
        self._tasks[conversation_id] = task
        task.add_done_callback(done)

    async def _deliver(self, delivery: Delivery) -> None:
        """Send `delivery` and what follows it in its conversation."""
        following: Delivery | None = delivery
        while following is not None:
            delivery = following
            self._sending[delivery.conversation_id] = delivery.outbox_id
            async with self._slots:
                channel = self.channels[delivery.chat.channel]
                sending = asyncio.wait_for(channel.send(delivery.chat, delivery.turn), SEND_TIMEOUT)
                (error,) = await asyncio.gather(sending, return_exceptions=True)
            following = await self._note(delivery, error)

    async def _note(self, delivery: Delivery, error: BaseException | None) -> Delivery | None:
        """Settle `delivery` and claim its successor, in one transaction."""

        def work(session: Session) -> tuple[str, Delivery | None]:
            status = settle(session, delivery, self.owner, error, at=now())
            if self._draining or status not in ("sent", "dead"):
                return status, None
            session.flush()
            return status, next(iter(self._claim(session, 1, delivery.conversation_id)), None)

        while True:
            try:
                status, following = await self.db.write(work)
                break
            except DatabaseError as down:
                # It was sent: forgetting that would send it twice. The lease ends if we give up.
                log.error("outbox.database_down", error=down.key)
                await asyncio.sleep(self._poll)
        report = {"sent": log.info, "open": log.warning, "lost": log.warning, "dead": log.error}
        report[status](
            f"outbox.{'retry' if status == 'open' else status}",
            conversation=delivery.conversation_id,
            turn=delivery.turn.id,
            attempts=delivery.attempts + 1,
            error=None if error is None else type(error).__name__,
        )
        return following
