"""The desk's door: may this visitor try this name now, and is the password right?

It puts together who has tried how often (`attempts.py`), which browsers are known (`devices.py`)
and who may be compared at the moment (`hashing.py`). It starts no session and renders no page.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.database.db import Database
from bot.desk.pages.attempts import FREE, PAUSE, Attempts, Tries, Visitor
from bot.desk.pages.devices import Devices
from bot.desk.pages.hashing import Hashing
from bot.errors import BusyError
from bot.origins import origin
from bot.tickets import second_factor, users
from bot.types import now

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
        # No await from here until the try is counted: two at once must not both be the last one.
        if seconds := self._attempts.wait(visitor, key, at):
            log.debug("log-in slowed", action="desk.slowed")
            raise Slowed("users.slowed", seconds)
        alarming = self._attempts.begin(visitor, key, at)
        stored = await self._db.query(lambda session: users.lookup(session, name))
        if alarming:
            user_id = stored.user_id if stored else None
            log.error("a password is being guessed", action="desk.under_attack", user_id=user_id)
        try:
            proof = await self.hashing.run(
                users.prove, name, stored, password, known=visitor.device is not None
            )
        except BusyError:
            self._attempts.take_back(visitor, key)
            raise
        if proof.correct:
            self._attempts.passed(visitor, key)
        return proof

    async def prove_code(self, request: Request, user_id: int, name: str, code: str) -> bool:
        """Whether the code opens. `Slowed` for who is to wait: a browser that has been in before by
        its own tries, all others together, for they have the password already."""
        key, at = users.name_key(name), self._clock()
        counted = f"{await self._devices.known(request, key) or 'stranger'} {key}"
        if (wait := self._codes.wait(counted, at, FREE, PAUSE)) > timedelta(0):
            raise Slowed("users.slowed", ceil(wait.total_seconds()))
        if self._codes.add(counted, at) == _ALARMING:
            log.error("a code is being guessed", action="desk.code_under_attack", user_id=user_id)
        right = await self._db.write(
            lambda session: second_factor.accept(session, user_id, code, at)
        )
        if right:
            self._codes.forget(counted)
        return right

    async def remember(
        self, request: Request, response: Response, name: str, *, secure: bool
    ) -> None:
        """Whoever came in with this browser as `name` is no stranger the next time."""
        await self._devices.remember(request, response, users.name_key(name), secure=secure)

    def attacked(self, name: str) -> bool:
        """Whether many strangers have tried this name lately, as far as this process has seen."""
        return self._attempts.attacked(users.name_key(name), self._clock())
