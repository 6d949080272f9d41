"""The desk's door: may this visitor try this name now, and is the password right?

It puts together who has tried how often (`attempts.py`), which browsers are known (`devices.py`)
and who may be compared at the moment (`hashing.py`). It starts no session and renders no page.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import TypeVar

import structlog
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from bot.database.db import Database
from bot.desk.pages import tried
from bot.desk.pages.attempts import FREE, PAUSE, Attempts, Tries, Visitor
from bot.desk.pages.devices import Devices
from bot.desk.pages.hashing import Hashing
from bot.errors import BusyError
from bot.origins import origin
from bot.tickets import second_factor, users
from bot.types import now

T = TypeVar("T")
log = structlog.get_logger()
_ALARMING = 10  # wrong codes in a row


class Slowed(BusyError):
    """This visitor has tried too often and is to wait."""


class Door:
    """One for the whole process."""

    def __init__(self, db: Database, clock: Callable[[], datetime] = now) -> None:
        self._db = db
        self._clock = clock
        self._attempts = Attempts()
        self._devices = Devices(db)
        self._codes = Tries()
        self.hashing = Hashing()

    async def prove(self, request: Request, name: str, password: str) -> users.Proof:
        """Compare name and password. `Slowed` for who is to wait, `BusyError` when all are."""
        key, at = users.name_key(name), self._clock()
        visitor = Visitor(origin(request.client), await self._devices.known(request, key))
        # This process's own count goes first: a flood is stopped here, without the database.
        seconds, alarming = _tried(self._attempts, visitor, key, at)
        if not seconds and not self._db.sqlite:
            seconds, alarming = await self._shared(
                visitor, key, lambda a: _tried(a, visitor, key, at)
            )
        if seconds:
            log.debug("log-in slowed", action="desk.slowed")
            raise Slowed("users.slowed", seconds)
        stored = await self._db.query(lambda session: users.lookup(session, name))
        if alarming:
            user_id = stored.user_id if stored else None
            log.error("a password is being guessed", action="desk.under_attack", user_id=user_id)
        try:
            proof = await self.hashing.run(
                users.prove, name, stored, password, known=visitor.device is not None
            )
        except BusyError:
            await self._settle(visitor, key, lambda attempts: attempts.take_back(visitor, key))
            raise
        if proof.correct:
            await self._settle(visitor, key, lambda attempts: attempts.passed(visitor, key))
        return proof

    async def prove_code(self, request: Request, user_id: int, name: str, code: str) -> bool:
        """Whether the code opens. `Slowed` for who is to wait: a browser that has been in before by
        its own tries, all others together, for they have the password already."""
        key, at = users.name_key(name), self._clock()
        counted = f"{await self._devices.known(request, key) or 'stranger'} {key}"
        wait, number = _code_tried(self._codes, counted, at)
        if not wait and not self._db.sqlite:
            wait, number = await self._shared_codes(counted, lambda c: _code_tried(c, counted, at))
        if wait:
            raise Slowed("users.slowed", wait)
        if number == _ALARMING:
            log.error("a code is being guessed", action="desk.code_under_attack", user_id=user_id)
        right = await self._db.write(
            lambda session: second_factor.accept(session, user_id, code, at)
        )
        if right:
            self._codes.forget(counted)
            if not self._db.sqlite:
                await self._shared_codes(counted, lambda codes: codes.forget(counted))
        return right

    async def remember(
        self, request: Request, response: Response, name: str, *, secure: bool
    ) -> None:
        """Whoever came in with this browser as `name` is no stranger the next time."""
        await self._devices.remember(request, response, users.name_key(name), secure=secure)

    async def attacked(self, names: Iterable[str]) -> set[str]:
        """Those of these names that many strangers have tried lately."""
        at, attempts = self._clock(), self._attempts
        if not self._db.sqlite:
            known = [users.name_key(name) for name in names]
            attempts = await self._db.query(lambda session: tried.by_name(session, known))
        return {name for name in names if attempts.attacked(users.name_key(name), at)}

    async def _settle(self, visitor: Visitor, key: str, act: Callable[[Attempts], None]) -> None:
        act(self._attempts)
        if not self._db.sqlite:
            await self._shared(visitor, key, act)

    async def _shared(self, visitor: Visitor, key: str, act: Callable[[Attempts], T]) -> T:
        """`act` on what all processes have counted."""

        def work(session: Session) -> T:
            common = Attempts()
            return tried.together(session, common.places(visitor, key), lambda: act(common))

        return await self._db.write(work)

    async def _shared_codes(self, counted: str, act: Callable[[Tries], T]) -> T:
        def work(session: Session) -> T:
            common = Tries()
            return tried.together(session, [(common, "code", counted)], lambda: act(common))

        return await self._db.write(work)


def _tried(attempts: Attempts, visitor: Visitor, key: str, at: datetime) -> tuple[int, bool]:
    """Count a try, unless it comes too soon: the seconds until it may come, and whether with it the
    name comes under attack. No await in here: two at once must not both be the last one."""
    seconds = attempts.wait(visitor, key, at)
    return seconds, not seconds and attempts.begin(visitor, key, at)


def _code_tried(codes: Tries, counted: str, at: datetime) -> tuple[int, int]:
    """The same of a code: the seconds, and how many tries there were."""
    wait = ceil(max(codes.wait(counted, at, FREE, PAUSE), timedelta(0)).total_seconds())
    return wait, 0 if wait else codes.add(counted, at)
