"""Works on what is claimed from a queue in the database until it is cancelled or drained.

Jobs of different keys (conversations, files, letters) run side by side, those of one key one after
the other. What a transaction of this process put into the queue is taken up at once; what others
put there a poll finds. How jobs are claimed, worked on, tried again and given up, the queue's own
subclass knows.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Sequence
from contextlib import suppress
from types import NoneType
from typing import ClassVar, Generic, TypeVar

import structlog
from sqlmodel import Session

from bot.database.db import Database
from bot.database.transaction import Added, Taker
from bot.errors import DatabaseError

Job = TypeVar("Job")

log = structlog.get_logger()


class Runner(ABC, Generic[Job]):
    """One queue's loop: claim, work, nap. It runs at most `concurrency` jobs at once and looks for
    more every `poll` seconds.

    With a `taker`, transactions of this process may claim for it the jobs of the type `taken` that
    they write.
    """

    name: ClassVar[str]  # of the queue, in the log
    added: ClassVar[type[Added]]  # what a transaction tells that added jobs
    taken: ClassVar[type] = NoneType

    def __init__(
        self,
        db: Database,
        *,
        concurrency: int,
        poll: float,
        taker: Taker | None = None,
    ) -> None:
        self.db = db
        self._concurrency = concurrency
        self._poll = poll
        self._taker = taker
        self._wake = asyncio.Event()
        self._stopped = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}
        self._jobs: dict[Hashable, Job] = {}  # what those tasks work on
        self._later: dict[Hashable, Job] = {}  # claimed while their key's task was ending
        self._again: set[Hashable] = set()  # keys that got more while being worked on
        self._more = False  # whether the last look may have left something behind
        self._unwanted: set[asyncio.Task[None]] = set()  # giving back what came too late
        self._draining = False

    @abstractmethod
    def key(self, job: Job) -> Hashable:
        """What the job must be alone with."""

    @abstractmethod
    async def claim(self, free: int, *, woken: bool) -> Sequence[Job]:
        """Up to `free` jobs that are due. `woken` says that there most likely are some."""

    @abstractmethod
    async def work(self, job: Job) -> None:
        """Do the job and note what became of it, a failure, too."""

    async def give_back(self, jobs: Sequence[Job]) -> None:
        """Free what will not be worked on; by default their leases end by themselves."""

    def recover(self, session: Session) -> int:
        """Free what processes that are gone have leased; how many jobs that were."""
        return 0

    @property
    def busy(self) -> Collection[Hashable]:
        """The keys of what is worked on now."""
        return self._jobs.keys()

    @property
    def withheld(self) -> bool:
        """Whether `claim` kept something back because of what runs now."""
        return False

    async def run(self) -> None:
        """Work until cancelled or drained."""
        with self.db.listening(self._on_commit, self.added, self.taken):
            if self._taker and not self._draining:
                self.db.process.takers[self.taken] = self._taker
            try:
                await self._recover()
                while not self._draining:
                    woken = self._wake.is_set()
                    self._wake.clear()  # before the look: what is written during it is not missed
                    # Shielded, because a look that is cut off may have claimed something already.
                    self._looking = asyncio.create_task(self._look(woken))
                    await asyncio.shield(self._looking)
                    await nap(self._wake, self._poll)
                await self._stopped.wait()
            finally:
                if not self._draining:
                    await self._stop()

    def wake(self) -> None:
        """Look for jobs now. What this process writes through `db` wakes it by itself."""
        self._wake.set()

    async def drain(self, timeout: float) -> None:
        """Claim nothing new, give running jobs `timeout` seconds, give back what is left."""
        self._claim_no_more()
        self.wake()
        await self._looked()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=timeout)
        await self._stop()

    def _claim_no_more(self) -> None:
        self._draining = True
        takers = self.db.process.takers
        if self._taker and takers.get(self.taken) is self._taker:
            del takers[self.taken]

    async def _looked(self) -> None:
        """Let the look that is under way come to its end."""
        if self._looking is not None:
            await asyncio.wait({self._looking})

    async def _stop(self) -> None:
        """Cancel what runs and give it back, unharmed, for the next process."""
        self._claim_no_more()
        await self._looked()
        unfinished = [*self._jobs.values(), *self._later.values()]
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._unwanted, return_exceptions=True)
        await self._give_back(unfinished)
        self._stopped.set()

    async def _recover(self) -> None:
        try:
            freed = await self.db.write(self.recover)
        except DatabaseError as error:
            self._database_down(error)
            return
        if freed:
            log.info(f"{self.name}.recovered", jobs=freed)

    async def _give_back(self, jobs: Sequence[Job]) -> None:
        try:
            await self.give_back(jobs)
        except DatabaseError as error:
            self._database_down(error)

    def _database_down(self, error: DatabaseError) -> None:
        log.error(f"{self.name}.database_down", error=error.key)

    def _on_commit(self, events: Sequence[Added | Job]) -> None:
        """What a transaction of this process left to do."""
        added = set()
        for event in events:
            if isinstance(event, Added):
                added.add(event.key)
            else:
                self._start(event)
        running = self._tasks.keys() & added
        self._again |= running
        if len(running) < len(added):
            self.wake()

    async def _look(self, woken: bool) -> None:
        free = self._concurrency - len(self._tasks)
        self._more = free <= 0
        if self._more:
            return
        try:
            jobs = await self.claim(free, woken=woken)
        except DatabaseError as error:
            self._database_down(error)
            return
        for job in jobs:
            self._start(job)
        self._more = len(jobs) >= free or self.withheld

    def _start(self, job: Job) -> None:
        """Begin the job; what the process claimed although it is stopping is given back."""
        key = self.key(job)
        if self._draining:
            giving = asyncio.create_task(self._give_back([job]))
            self._unwanted.add(giving)
            giving.add_done_callback(self._unwanted.discard)
            return
        if key in self._tasks:
            # What it follows is stored as done, but its task has not come to its end yet.
            if self._jobs[key] != job:
                self._later[key] = job
            return
        self._jobs[key] = job
        self._tasks[key] = task = asyncio.create_task(self.work(job))
        task.add_done_callback(lambda task: self._ended(key, task))

    def _ended(self, key: Hashable, task: asyncio.Task[None]) -> None:
        del self._tasks[key], self._jobs[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, DatabaseError):
                self._database_down(error)
            else:
                log.error(f"{self.name}.broken", exc_info=error)
        if key in self._later and not self._draining:
            self._start(self._later.pop(key))
        elif self._more or key in self._again:
            self._again.discard(key)
            self.wake()


async def nap(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, `seconds` at most.

    Not by `asyncio.wait_for`, in which Python 3.11 may swallow a cancellation.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
