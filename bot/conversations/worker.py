"""The worker: has accepted messages answered, many conversations at once, each strictly in order.

It claims bursts, runs the handler on each, keeps their leases alive, counts failures and gives up
in the end. What an answer is, the handler decides; what is said after giving up, `on_dead`.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog
from sqlmodel import Session

from bot import metrics
from bot.conversations import bursts
from bot.database.db import Database
from bot.database.leases import LEASE, new_owner
from bot.database.runner import Runner
from bot.database.transaction import Taker
from bot.errors import ConflictError, DatabaseError
from bot.types import Claim, now

log = structlog.get_logger()


class _CrashedError(Exception):
    """What a burst's attempts ended with: not an error that was raised, but the process."""


class Worker(Runner[Claim]):
    """Answers what is in the inbox until it is cancelled.

    `handle` computes the answer and calls `bursts.finish`. `on_dead` runs in the transaction that
    gives a burst's messages up; the conversation is locked. `patience` is how long one call of
    `handle` may take before it counts as failed.
    """

    name = "worker"
    added = bursts.Opened
    taken = Claim

    def __init__(
        self,
        db: Database,
        handle: Callable[[Claim], Awaitable[None]],
        *,
        on_dead: Callable[[Session, Claim], None],
        owner: str | None = None,
        concurrency: int = 32,
        lease: timedelta = LEASE,
        poll: float = 0.5,
        patience: timedelta = timedelta(minutes=2),
    ) -> None:
        self.owner = owner or new_owner()
        taker = Taker(self.owner, lease, self._free)
        super().__init__(db, concurrency=concurrency, poll=poll, taker=taker)
        self._handle = handle
        self._on_dead = on_dead
        self._slots = asyncio.Semaphore(concurrency)
        self._lease = lease
        self._patience = patience

    def key(self, job: Claim) -> int:
        return job.conversation_id

    async def claim(self, free: int, *, woken: bool) -> Sequence[Claim]:
        if not (woken or await self.db.query(lambda session: bursts.waiting(session, at=now()))):
            return ()
        alone = not self.withheld
        return await self.db.write(
            lambda session: bursts.claim(
                session, self.owner, at=now(), lease=self._lease, limit=free, suspects=alone
            )
        )

    @property
    def withheld(self) -> bool:
        """Whether one runs that may end the process: then no other such is claimed."""
        return any(claim.suspect for claim in self._jobs.values())

    async def give_back(self, jobs: Sequence[Claim]) -> None:
        def work(session: Session) -> None:
            for claim in sorted(jobs, key=self.key):
                bursts.release(session, claim)

        await self.db.write(work)

    def recover(self, session: Session) -> int:
        return bursts.recover(session, self.owner)

    def _free(self, channel: str) -> bool:
        return len(self._tasks) < self._concurrency and not self._draining

    async def work(self, job: Claim) -> None:
        """Run the handler to its end, keep the lease meanwhile, and note a failure."""
        error = _CrashedError() if job.exhausted else await self._attempt(job)
        if error is None:
            return
        try:
            if isinstance(error, ConflictError):
                raise error
            metrics.answer_failed()
            await self._fail(job, error)
        except ConflictError:
            log.warning("worker.lease_lost", conversation=job.conversation_id)

    async def _attempt(self, claim: Claim) -> BaseException | None:
        """What the handler raised, None when all went well."""
        handling = asyncio.ensure_future(self._in_turn(claim))
        try:
            await self._keep(claim, handling)
        finally:
            if not handling.done():
                handling.cancel()
            await asyncio.wait({handling})
        return TimeoutError() if handling.cancelled() else handling.exception()

    async def _in_turn(self, claim: Claim) -> None:
        async with self._slots:  # a group commit may have claimed a few more than were free
            await self._handle(claim)

    async def _keep(self, claim: Claim, handling: asyncio.Future[None]) -> None:
        """Renew the lease while `handling` runs; returns early when lost or out of patience."""
        until = now() + self._patience
        while now() < until:
            pause = min(self._lease / 3, max(until - now(), timedelta(0)))
            done, _ = await asyncio.wait({handling}, timeout=pause.total_seconds())
            if done:
                return
            try:
                await self.db.write(
                    lambda session: bursts.renew(session, claim, until=now() + self._lease)
                )
            except ConflictError:
                # Either lost or just finished: the handler itself will say which.
                await asyncio.wait({handling}, timeout=1)
                return
            except DatabaseError as error:
                log.error("worker.database_down", error=error.key)

    async def _fail(self, claim: Claim, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else ""
        crashed = isinstance(error, _CrashedError)
        kind = bursts.CRASHED if crashed else f"{type(error).__name__} {where}".strip()

        def work(session: Session) -> bool:
            if not bursts.fail(session, claim, kind, at=now()):
                return False
            self._on_dead(session, claim)
            return True

        dead = await self.db.write(work)
        report = log.error if dead else log.warning
        report(
            "worker.gave_up" if dead else "worker.failed",
            conversation=claim.conversation_id,
            attempts=claim.messages[0].attempts + (not crashed),
            error=bursts.CRASHED if crashed else type(error).__name__,
            where=where,
        )
