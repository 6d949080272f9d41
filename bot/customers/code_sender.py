"""Sends the codes that were asked for, each as soon as it is asked for, and off the event loop; and
the letters that tell customers of guesses.

At least once: a process that is killed between the sending and the note of it sends another code,
and the newest is the one that counts. What a code is, `codes.py` knows.
"""

import asyncio
from contextlib import suppress
from typing import Any

import structlog
from sqlmodel import Session

from bot.customers import codes, notices
from bot.customers.codes import Letter
from bot.customers.mail import Mailer
from bot.customers.notices import Notice
from bot.database.db import Database
from bot.errors import DatabaseError, DeliveryError
from bot.texts import t
from bot.types import now

log = structlog.get_logger()


class Courier:
    """Takes waiting letters out of `db` to `mailer` until it is cancelled; `cap` of them an hour
    may be codes."""

    def __init__(
        self,
        db: Database,
        mailer: Mailer,
        *,
        shop: str,
        cap: int = codes.SHOP_SENDS,
        poll: float = 5.0,
    ) -> None:
        self._db = db
        self._mailer = mailer
        self._shop = shop
        self._cap = cap
        self._poll = poll
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Send until cancelled; what a kill cut off is sent by the next process."""
        loop = asyncio.get_running_loop()

        def heard(info: dict[str, Any]) -> None:
            if codes.ASKED in info:
                with suppress(RuntimeError):  # the loop has closed: the next process sends it
                    loop.call_soon_threadsafe(self._wake.set)

        self._db.listeners.append(heard)
        try:
            while True:
                self._wake.clear()  # before the look: what is asked for during it is not missed
                await self._look()
                with suppress(TimeoutError):
                    # Not `wait_for`: Python 3.11 may swallow the cancellation in it.
                    async with asyncio.timeout(self._poll):
                        await self._wake.wait()
        finally:
            self._db.listeners.remove(heard)

    async def _look(self) -> None:
        try:
            if await self._db.query(lambda session: codes.waiting(session, at=now())):
                letters = await self._db.write(lambda s: codes.take(s, self._cap, at=now()))
                await asyncio.gather(*map(self._send, letters))
            if await self._db.query(lambda session: notices.waiting(session, at=now())):
                told = await self._db.write(lambda session: notices.take(session, at=now()))
                await asyncio.gather(*map(self._tell, told))
        except DatabaseError as error:
            log.error("courier.database_down", error=error.key)

    async def _send(self, letter: Letter) -> None:
        shop = self._shop or t("web.shop_name", letter.language)
        subject = t("proof.mail_subject", letter.language, shop=shop)
        minutes = int(codes.LIFE.total_seconds() // 60)
        known = {"code": letter.code, "shop": shop, "minutes": minutes}
        text = t("proof.mail_text", letter.language, **known)
        ok = await self._sent(letter.to, subject, text, conversation=letter.conversation_id)

        def note(session: Session) -> None:
            codes.sent(session, letter, ok=ok, at=now())

        await self._db.write(note)

    async def _tell(self, notice: Notice) -> None:
        shop = self._shop or t("web.shop_name", notice.language)
        subject = t("proof.notice_subject", notice.language, shop=shop)
        text = t("proof.notice_text", notice.language, shop=shop)
        ok = await self._sent(notice.to, subject, text, notice=True)

        def note(session: Session) -> None:
            notices.sent(session, notice, ok=ok, at=now())

        await self._db.write(note)

    async def _sent(self, to: str, subject: str, text: str, **said: object) -> bool:
        """Whether the letter left; `said` is what the log may know of it."""
        try:
            await asyncio.to_thread(self._mailer.send, to, subject, text)
        except DeliveryError as error:
            log.error("courier.not_sent", cause=error.key, **said)
            return False
        return True
