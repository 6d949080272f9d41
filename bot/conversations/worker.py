"""The worker: has accepted messages answered, many conversations at once, each strictly in order.

It claims bursts, runs the handler on each, keeps their leases alive, counts failures and gives up
in the end. What an answer is, the handler decides; what is said after giving up, `on_dead`.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from sqlmodel import Session

from bot import metrics
from bot.conversations import bursts
from bot.database.db import Database
from bot.database.leases import LEASE, new_owner
from bot.errors import ConflictError, DatabaseError
from bot.types import Claim, now

log = structlog.get_logger()


class _CrashedError(Exception):
    """What a burst's attempts ended with: not an error that was raised, but the process."""


class Worker:
    """Answers what is in the inbox until it is cancelled.

    `handle` computes the answer and calls `bursts.finish`. `on_dead` runs in the transaction that
    gives a burst's messages up; the conversation is locked. `patience` is how long one call of
    `handle` may take before it counts as failed.
    """

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
        self.db = db
        self.owner = owner or new_owner()
        self._handle = handle
        self._on_dead = on_dead
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._lease = lease
        self._poll = poll
        self._patience = patience
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by conversation
        self._claims: dict[int, Claim] = {}  # what those tasks hold
        self._later: dict[int, Claim] = {}  # claimed while their conversation's task was ending
        self._again: set[int] = set()  # conversations that got more while being answered
        self._more = False  # whether the last look may have left something behind
        self._unwanted: set[asyncio.Task[None]] = set()  # giving back what came too late
        self._draining = False

    async def run(self) -> None:
        """Answer until cancelled or drained."""
        self._loop = asyncio.get_running_loop()
        self.db.info[bursts.CLAIMER] = bursts.Claimer(self.owner, self._lease, self._free)
        self.db.listeners.append(self._heard)
        try:
            await self._recover()
            while not self._draining:
                woken = self._wake.is_set()
                self._wake.clear()
                # Shielded, because a look that is cut off may have claimed something already.
                self._looking = asyncio.create_task(self._look(woken))
                await asyncio.shield(self._looking)
                with suppress(TimeoutError):
                    # Not `wait_for`: Python 3.11 may swallow the cancellation in it.
                    async with asyncio.timeout(self._poll):
                        await self._wake.wait()
        finally:
            if not self._draining:
                await self._stop()

    def wake(self) -> None:
        """Look for messages now. What this process accepts through `db` wakes it by itself."""
        self._wake.set()

    async def drain(self, timeout: float) -> None:
        """Claim nothing new, give running handlers `timeout` seconds, free what is left."""
        self._draining = True
        self._claim_no_more()
        self.wake()
        await self._looked()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=timeout)
        await self._stop()

    async def _looked(self) -> None:
        """Let the look that is under way come to its end."""
        if self._looking is not None:
            await asyncio.wait({self._looking})

    async def _stop(self) -> None:
        """Cancel what runs and give its bursts back, unharmed, for the next process."""
        self._draining = True
        self._claim_no_more()
        await self._looked()
        unfinished = [*self._claims.values(), *self._later.values()]
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._unwanted, return_exceptions=True)
        await self._give_back(unfinished)
        if self._heard in self.db.listeners:
            self.db.listeners.remove(self._heard)

    def _claim_no_more(self) -> None:
        claimer: bursts.Claimer | None = self.db.info.get(bursts.CLAIMER)
        if claimer is not None and claimer.owner == self.owner:
            del self.db.info[bursts.CLAIMER]

    def _heard(self, info: dict[str, Any]) -> None:
        """What a transaction of this process left to do, told on the thread that wrote it."""
        if (loop := self._loop) is None:
            return
        with suppress(RuntimeError):  # the loop has closed: the next process answers
            if bursts.OPENED in info:
                loop.call_soon_threadsafe(self._opened, info[bursts.OPENED])
            if bursts.CLAIMED in info:
                loop.call_soon_threadsafe(self._claimed, info[bursts.CLAIMED])

    async def _give_back(self, claims: Sequence[Claim]) -> None:
        def work(session: Session) -> None:
            for claim in sorted(claims, key=lambda claim: claim.conversation_id):
                bursts.release(session, claim)

        try:
            await self.db.write(work)
        except DatabaseError as error:
            log.error("worker.database_down", error=error.key)

    async def _recover(self) -> None:
        try:
            freed = await self.db.write(lambda session: bursts.recover(session, self.owner))
        except DatabaseError as error:
            log.error("worker.database_down", error=error.key)
            return
        if freed:
            log.info("worker.recovered", conversations=freed)

    def _opened(self, conversations: Collection[int]) -> None:
        running = self._tasks.keys() & conversations
        self._again |= running
        if len(running) < len(conversations):
            self._wake.set()

    def _free(self) -> bool:
        return len(self._tasks) < self._concurrency and not self._draining

    def _claimed(self, claims: Sequence[Claim]) -> None:
        """Begin what this process claimed as it accepted it; too late for that, give it back."""
        if self._draining:
            giving = asyncio.create_task(self._give_back(claims))
            self._unwanted.add(giving)
            giving.add_done_callback(self._unwanted.discard)
            return
        for claim in claims:
            self._start(claim)

    async def _look(self, woken: bool) -> None:
        free = self._concurrency - len(self._tasks)
        self._more = free <= 0
        if self._more:
            return

        alone = not any(claim.suspect for claim in self._claims.values())

        def work(session: Session) -> list[Claim]:
            return bursts.claim(
                session, self.owner, at=now(), lease=self._lease, limit=free, suspects=alone
            )

        try:
            if woken or await self.db.query(lambda session: bursts.waiting(session, at=now())):
                claims = await self.db.write(work)
                suspicious = any(claim.suspect for claim in claims) or not alone
                self._more = suspicious or len(claims) == free
                for claim in claims:
                    self._start(claim)
        except DatabaseError as error:
            log.error("worker.database_down", error=error.key)

    def _start(self, claim: Claim) -> None:
        conversation_id = claim.conversation_id
        if conversation_id in self._tasks:
            # Its answer is stored, which ended the lease, but the handler has not returned yet.
            self._later[conversation_id] = claim
            return

        def done(_: asyncio.Task[None]) -> None:
            del self._tasks[conversation_id], self._claims[conversation_id]
            if conversation_id in self._later and not self._draining:
                self._start(self._later.pop(conversation_id))
            elif self._more or conversation_id in self._again:
                self._again.discard(conversation_id)
                self._wake.set()

        self._claims[conversation_id] = claim
        task = asyncio.create_task(self._serve(claim))
        self._tasks[conversation_id] = task
        task.add_done_callback(done)

    async def _serve(self, claim: Claim) -> None:
        """Run the handler to its end, keep the lease meanwhile, and note a failure."""
        error = _CrashedError() if claim.exhausted else await self._attempt(claim)
        if error is None:
            return
        if isinstance(error, ConflictError):
            log.warning("worker.lease_lost", conversation=claim.conversation_id)
            return
        metrics.answer_failed()
        try:
            await self._fail(claim, error)
        except ConflictError:
            log.warning("worker.lease_lost", conversation=claim.conversation_id)
        except DatabaseError as down:
            log.error("worker.database_down", error=down.key)

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
