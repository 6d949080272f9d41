"""What one process of a shop does at a time: polling, clocks. Who does it holds a lease on it.

A lease ends by itself, so when its holder is killed, another process takes over; one of the same
machine at once, since it sees that the holder is dead. Two may overlap for the moment that a
stalled process needs to notice that it lost its lease: what they do must bear that.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlmodel import Session

from bot.database import leases
from bot.database.db import Database
from bot.errors import DatabaseError
from bot.types import now

log = structlog.get_logger()
LEASE = timedelta(seconds=15)
_PART = 3  # of a lease, after which it is renewed
_LOOK = 5.0  # seconds after which who waits for it looks again, at most


class Duty:
    """One such thing by its name, as one process sees it."""

    def __init__(
        self, db: Database, name: str, *, owner: str | None = None, lease: timedelta = LEASE
    ) -> None:
        self.name = name
        self.held = False
        self._db = db
        self._owner = owner or leases.new_owner()
        self._lease = lease

    async def during(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` while the lease is held, until it ends by itself or this is cancelled.

        It is cancelled when the lease is lost, and begun anew when it is held again. What it raises
        is raised here. The lease is given back at the end.
        """
        while True:
            while not await self._hold():
                await asyncio.sleep(min(_LOOK, self._pause))
            self._say(held=True)
            working = asyncio.ensure_future(work())
            try:
                lost = await self._keep(working)
            finally:
                working.cancel()
                await asyncio.wait({working})
                self._say(held=False)
                await self._release()
            if not lost:
                await working
                return

    @property
    def _pause(self) -> float:
        return self._lease.total_seconds() / _PART

    async def _keep(self, working: "asyncio.Future[None]") -> bool:
        """Renew the lease until `working` ends; True when the lease was lost before."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._lease.total_seconds()
        while not working.done():
            done, _ = await asyncio.wait({working}, timeout=self._pause)
            if done:
                break
            asked = loop.time()
            try:
                held = await self._db.write(self._hold_it)
            except DatabaseError as error:
                log.error("duty.database_down", duty=self.name, error=error.key)
                held = loop.time() < until  # nobody else can have it before it ends
            else:
                until = asked + self._lease.total_seconds()
            if not held:
                log.warning("duty.lost", duty=self.name)
                return True
        return False

    async def _hold(self) -> bool:
        try:
            # A look first, so that who only waits writes nothing.
            free = await self._db.query(
                lambda session: leases.free(session, self.name, self._owner, at=now())
            )
            return free and await self._db.write(self._hold_it)
        except DatabaseError as error:
            log.error("duty.database_down", duty=self.name, error=error.key)
            return False

    def _hold_it(self, session: Session) -> bool:
        return leases.hold(session, self.name, self._owner, at=now(), lease=self._lease)

    async def _release(self) -> None:
        try:
            await self._db.write(
                lambda session: leases.release(session, self.name, self._owner, at=now())
            )
        except DatabaseError as error:
            log.error("duty.database_down", duty=self.name, error=error.key)

    def _say(self, *, held: bool) -> None:
        self.held = held
        log.info("duty.held" if held else "duty.left", duty=self.name)
