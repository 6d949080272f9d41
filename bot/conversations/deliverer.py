"""The deliverer: sends what is in the outbox, many conversations at once, each strictly in order.

What this process writes it is told of; everything else a poll finds. Sending is at least once: a
process killed between the sending of a message and the note of it sends that one again. What a
reply says, how many messages it takes and when it is given up are not its matter.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import structlog
from sqlmodel import Session

from bot import metrics
from bot.conversations import outbox
from bot.conversations.outbox import Delivery
from bot.database.db import Database
from bot.database.leases import LEASE, new_owner
from bot.database.runner import Runner
from bot.database.transaction import Taker
from bot.errors import DatabaseError
from bot.types import Channel, Progress, now

T = TypeVar("T")

log = structlog.get_logger()
SEND_TIMEOUT = 60.0  # seconds after which a channel's send counts as failed


class Deliverer(Runner[Delivery]):
    """Sends what is in the outbox through this process's `channels` until it is cancelled.

    Conversations go out side by side, at most `concurrency` at once; inside one, in order.
    """

    name = "outbox"
    added = outbox.Written
    taken = Delivery

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
        self.channels = dict(channels)
        self.owner = owner or new_owner()
        self._lease = lease
        taker = Taker(self.owner, lease, self.channels.__contains__)
        super().__init__(db, concurrency=concurrency, poll=poll, taker=taker)
        self._slots = asyncio.Semaphore(concurrency)

    def key(self, job: Delivery) -> int:
        return job.conversation_id

    async def claim(self, free: int, *, woken: bool) -> Sequence[Delivery]:
        if not await self.db.query(lambda s: outbox.waiting(s, channels=self.channels, at=now())):
            return ()
        return await self.db.write(lambda session: self._claim(session, free))

    def _claim(
        self, session: Session, limit: int, conversation_id: int | None = None
    ) -> list[Delivery]:
        return outbox.claim(
            session,
            self.owner,
            channels=self.channels,
            at=now(),
            lease=self._lease,
            limit=limit,
            conversation_id=conversation_id,
        )

    def recover(self, session: Session) -> int:
        return outbox.recover(session, self.owner)

    async def drain(self, timeout: float) -> None:
        """Start nothing new, let what is on its way arrive, leave the rest to the next process."""
        await super().drain(timeout)
        await self._recover()

    async def work(self, job: Delivery) -> None:
        """Send `job` and what follows it in its conversation."""
        following: Delivery | None = job
        while following is not None:
            delivery = self._jobs[self.key(job)] = following
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
                outbox.note_arrived(session, delivery, self.owner, arrived)

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
            status = outbox.settle(
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
