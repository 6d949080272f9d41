"""Browsers that have logged in before: a signed cookie for each name that used the browser.

It opens nothing and proves nobody: it only says that the next try at this name does not come from
a stranger. Log-in attempts from such a browser are counted by themselves (`attempts.py`).
"""

import secrets

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request
from starlette.responses import Response

from bot.database import keys
from bot.database.db import Database
from bot.desk.pages.security import PATH

COOKIE = "deskhand_device_"
LIFETIME = 180 * 24 * 3600  # seconds


class Devices:
    """Makes and reads the cookies. `name` is the user's, as `users.name_key` spells it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._signer: TimestampSigner | None = None

    async def known(self, request: Request, name: str) -> str | None:
        """The device's id if somebody has logged in with it as `name`, else None."""
        kept = request.cookies.get(COOKIE + name)
        if kept is None:
            return None
        try:
            signed = (await self._sign()).unsign(kept, max_age=LIFETIME)
        except BadSignature:
            return None
        whose, _, device = signed.decode().partition(".")
        return device if whose == name else None

    async def remember(
        self, request: Request, response: Response, name: str, *, secure: bool
    ) -> None:
        """Know this browser again when it next logs in as `name`."""
        device = await self.known(request, name) or secrets.token_hex(12)
        response.set_cookie(
            COOKIE + name,
            (await self._sign()).sign(f"{name}.{device}").decode(),
            max_age=LIFETIME,
            path=PATH,
            httponly=True,
            secure=secure,
            samesite="strict",
        )

    async def _sign(self) -> TimestampSigner:
        if self._signer is None:
            # A write, since the first to ask makes the product's key.
            key = await self._db.write(lambda session: keys.key(session, "desk.device"))
            self._signer = TimestampSigner(key, salt="deskhand.desk.device")
        return self._signer
