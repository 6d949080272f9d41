"""A queue's runner: side by side, a key's jobs in order, through failures, and an orderly end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlmodel import Session
from structlog.testing import capture_logs

from bot.database.db import Database
from bot.database.runner import Runner, nap
from bot.database.transaction import Added, tell
from bot.errors import DatabaseError


@dataclass(frozen=True)
class Errand:
    """A job of the tests: what it does is told by `kind`."""

    whose: str
    kind: str = "quick"


class Wanted(Added):
    """An errand was added."""


class Errands(Runner[Errand]):
    """A queue in memory; a transaction that notes its keys wakes the runner."""

    name, added, taken = "errands", Wanted, Errand

    def __init__(self, db: Database, *errands: Errand, concurrency: int = 8) -> None:
        super().__init__(db, concurrency=concurrency, poll=60)
        self.waiting = list(errands)
        self.log: list[str] = []
        self.returned: list[Errand] = []
        self.held = asyncio.Event()

    def key(self, job: Errand) -> str:
        return job.whose

    async def claim(self, free: int, *, woken: bool) -> Sequence[Errand]:
        taken, self.waiting = self.waiting[:free], self.waiting[free:]
        return taken

    async def work(self, job: Errand) -> None:
        self.log.append(f"{job.whose} {job.kind}")
        if job.kind == "broken":
            raise ZeroDivisionError
        if job.kind == "offline":
            raise DatabaseError("database.locked", where="", detail="")
        if job.kind == "held":
            await self.held.wait()
        self.log.append(f"{job.whose} done")

    async def give_back(self, jobs: Sequence[Errand]) -> None:
        self.returned += jobs


@asynccontextmanager
async def running(errands: Errands) -> AsyncIterator[None]:
    task = asyncio.create_task(errands.run())
    yield
    await errands.drain(5)
    await task


async def logged(errands: Errands, *lines: str) -> None:
    async with asyncio.timeout(60):
        while not set(lines) <= set(errands.log):
            await asyncio.sleep(0.005)


async def test_what_breaks_is_logged_and_keeps_nobody(sqlite_database: Database) -> None:
    jobs = [Errand("ann", "broken"), Errand("ben", "offline"), Errand("cid")]
    errands = Errands(sqlite_database, *jobs)
    with capture_logs() as logs:
        async with running(errands):
            await logged(errands, "ann broken", "ben offline", "cid done")
    events = [line["event"] for line in logs if line["event"].startswith("errands.")]
    assert sorted(events) == ["errands.broken", "errands.database_down"]


async def test_jobs_of_one_key_come_one_after_the_other(sqlite_database: Database) -> None:
    errands = Errands(sqlite_database, Errand("ann", "held"))

    def more(session: Session) -> None:
        tell(session, Errand("ann", "next"))
        tell(session, Errand("ben"))

    async with running(errands):
        await logged(errands, "ann held")
        await sqlite_database.write(more)
        await logged(errands, "ben done")
        assert "ann next" not in errands.log
        errands.held.set()
        await logged(errands, "ann next")
    ann = [line for line in errands.log if line.startswith("ann")]
    assert ann == ["ann held", "ann done", "ann next", "ann done"]


async def test_a_write_wakes_it_and_what_did_not_fit_comes_when_there_is_room(
    sqlite_database: Database,
) -> None:
    errands = Errands(sqlite_database, Errand("ann"), Errand("ben"), concurrency=1)

    def add(session: Session) -> None:
        errands.waiting.append(Errand("cid"))
        tell(session, Wanted("cid"))

    async with running(errands):
        await logged(errands, "ann done", "ben done")
        await sqlite_database.write(add)
        await logged(errands, "cid done")


async def test_what_is_claimed_for_it_while_it_drains_is_given_back(
    sqlite_database: Database,
) -> None:
    errands = Errands(sqlite_database, Errand("ann", "held"))

    def late(session: Session) -> None:
        tell(session, Errand("ben"))

    task = asyncio.create_task(errands.run())
    await logged(errands, "ann held")
    draining = asyncio.create_task(errands.drain(60))
    await asyncio.sleep(0)
    await sqlite_database.write(late)
    async with asyncio.timeout(60):
        while not errands.returned:
            await asyncio.sleep(0.005)
    errands.held.set()
    await draining
    await task
    assert errands.returned == [Errand("ben")]
    assert errands.log == ["ann held", "ann done"]


async def test_what_does_not_end_in_time_is_cut_off_and_given_back(
    sqlite_database: Database,
) -> None:
    errands = Errands(sqlite_database, Errand("ann", "held"))
    task = asyncio.create_task(errands.run())
    await logged(errands, "ann held")
    await errands.drain(0)
    await task
    assert errands.returned == [Errand("ann", "held")]
    assert errands.log == ["ann held"]


async def test_a_nap_ends_with_its_event() -> None:
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, event.set)
    async with asyncio.timeout(30):
        await nap(event, 60)
    await nap(asyncio.Event(), 0)
