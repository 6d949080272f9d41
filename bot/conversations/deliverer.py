"""The deliverer: sends what is in the outbox, many conversations at once, each strictly in order.

What this process writes it is told of; everything else a poll finds. Sending is at least once: a
process killed between the sending of a message and the note of it sends that one again. What a
reply says, how many messages it takes and when it is given up are not its matter.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from sqlmodel import Session

from bot import metrics
from bot.conversations.outbox import (
    SENDER,
    WRITTEN,
    Delivery,
    Sender,
    claim,
    note_arrived,
    recover,
    settle,
    waiting,
)
from bot.database.db import Database
from bot.database.leases import LEASE, new_owner
from bot.errors import DatabaseError
from bot.types import Channel, Progress, now

T = TypeVar("T")

log = structlog.get_logger()
SEND_TIMEOUT = 60.0  # seconds after which a channel's send counts as failed


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
        concurrency: int = 64,
        lease: timedelta = 2 * LEASE,  # longer than a send may take
        poll: float = 0.5,
    ) -> None:
        self.db = db
        self.channels = dict(channels)
        self.owner = owner or new_owner()
        self._sender = Sender(self.owner, frozenset(channels), lease)
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._poll = poll
        self._wake = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
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
            if WRITTEN in info:
                with suppress(RuntimeError):  # the loop has closed: the next process delivers it
                    loop.call_soon_threadsafe(self._take, info[WRITTEN])

        self.db.info[SENDER] = self._sender
        self.db.listeners.append(heard)
        try:
            await self._recover()
            while not self._draining:
                self._wake.clear()  # before the look: what is written during it is not missed
                # Shielded, because a look that is cut off may have claimed something already.
                self._looking = asyncio.create_task(self._look())
                await asyncio.shield(self._looking)
                with suppress(TimeoutError):
                    # Not `wait_for`: Python 3.11 may swallow the cancellation in it.
                    async with asyncio.timeout(self._poll):
                        await self._wake.wait()
        finally:
            self.db.listeners.remove(heard)
            self.db.info.pop(SENDER, None)
            if not self._draining:
                await self._stop()

    def wake(self) -> None:
        """Look for replies now instead of at the next poll; needed after no write of our own."""
        self._wake.set()

    async def drain(self, timeout: float) -> None:
        """Start nothing new, let what is on its way arrive, leave the rest to the next process."""
        self._draining = True
        self.db.info.pop(SENDER, None)
        self.wake()
        if self._looking is not None:
            await asyncio.wait({self._looking})
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
            progress = self._progress(delivery)
            async with self._slots:
                channel = self.channels[delivery.chat.channel]
                sending = asyncio.wait_for(
                    channel.send(delivery.chat, delivery.turn, progress), SEND_TIMEOUT
                )
                (sent,) = await asyncio.gather(sending, return_exceptions=True)
            if isinstance(sent, BaseException):
                following = await self._note(delivery, sent, arrived=progress.arrived)
                continue
            try:
                following = await self._note(
                    delivery, None, first=sent is not None, sent_as=progress.sent_as
                )
            finally:
                if sent is not None:
                    sent()

    def _progress(self, delivery: Delivery) -> Progress:
        async def keep(arrived: int) -> None:
            def work(session: Session) -> None:
                note_arrived(session, delivery, self.owner, arrived)

            await self._surely(work, first=True)

        return Progress(keep, delivery.arrived)

    async def _note(
        self,
        delivery: Delivery,
        error: BaseException | None,
        *,
        first: bool = False,
        arrived: int = 0,
        sent_as: str | None = None,
    ) -> Delivery | None:
        """Settle `delivery` and claim its successor, in one transaction."""

        def work(session: Session) -> tuple[str, Delivery | None]:
            status = settle(
                session,
                delivery,
                self.owner,
                error,
                at=now(),
                arrived=arrived,
                sent_as=sent_as,
            )
            if self._draining or status not in ("sent", "dead"):
                return status, None
            session.flush()
            return status, next(iter(self._claim(session, 1, delivery.conversation_id)), None)

        status, following = await self._surely(work, first=first)
        if error is not None and status != "lost":
            metrics.delivery_failed(delivery.chat.channel, permanent=status in ("dead", "gone"))
        report = {"sent": log.info, "open": log.warning, "lost": log.warning, "dead": log.error}
        report["gone"] = log.info  # the shopper's own choice
        report[status](
            f"outbox.{'retry' if status == 'open' else status}",
            conversation=delivery.conversation_id,
            turn=delivery.turn.id,
            attempts=delivery.attempts + 1,
            error=None if error is None else type(error).__name__,
        )
        return following

    async def _surely(self, work: Callable[[Session], T], *, first: bool) -> T:
        """Have `work` written, however long the database is away.

        Something was sent: forgetting that would send it twice. The lease ends if we give up.
        """
        while True:
            try:
                return await self.db.write(work, first=first)
            except DatabaseError as down:
                log.error("outbox.database_down", error=down.key)
                await asyncio.sleep(self._poll)
