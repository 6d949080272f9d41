"""Sends the letters that wait, each as soon as it is asked for and off the event loop: codes, and
what tells customers of guesses.

At least once: a process that is killed between the sending and the note of it sends another code,
and the newest is the one that counts. What a code is, `codes.py` knows.
"""

import asyncio
from collections.abc import Sequence

import structlog
from sqlmodel import Session

from bot.customers import codes, letters, notices
from bot.customers.codes import Letter
from bot.customers.mail import Mailer
from bot.customers.notices import Notice
from bot.database.db import Database
from bot.database.runner import Runner
from bot.errors import DeliveryError
from bot.texts import t
from bot.types import now

log = structlog.get_logger()
_AT_ONCE = 20


class MailSender(Runner[Letter | Notice]):
    """Takes waiting letters out of `db` to `mailer` until it is cancelled; `cap` of them an hour
    may be codes."""

    name = "mail"
    added = letters.Asked

    def __init__(
        self,
        db: Database,
        mailer: Mailer,
        *,
        shop: str,
        cap: int = codes.SHOP_SENDS,
        poll: float = 5.0,
    ) -> None:
        super().__init__(db, concurrency=_AT_ONCE, poll=poll)
        self._mailer = mailer
        self._shop = shop
        self._cap = cap

    def key(self, job: Letter | Notice) -> int | str:
        return job.conversation_id if isinstance(job, Letter) else job.customer_id

    async def claim(self, free: int, *, woken: bool) -> Sequence[Letter | Notice]:
        chats = [key for key in self.busy if isinstance(key, int)]
        customers = [key for key in self.busy if isinstance(key, str)]

        def take(session: Session) -> list[Letter | Notice]:
            sent = codes.take(session, self._cap, at=now(), limit=free, busy=chats)
            left = free - len(sent)
            return [*sent, *notices.take(session, at=now(), limit=left, busy=customers)]

        waiting = await self.db.query(lambda session: letters.waiting(session, at=now()))
        return await self.db.write(take) if waiting else ()

    async def work(self, job: Letter | Notice) -> None:
        """Send the letter and note whether it left; if not, another is tried after a pause."""
        shop = self._shop or t("web.shop_name", job.language)
        if isinstance(job, Letter):
            minutes = int(codes.LIFE.total_seconds() // 60)
            subject = t("proof.mail_subject", job.language, shop=shop)
            text = t("proof.mail_text", job.language, code=job.code, shop=shop, minutes=minutes)
        else:
            subject = t("proof.notice_subject", job.language, shop=shop)
            text = t("proof.notice_text", job.language, shop=shop)
        ok = True
        try:
            await asyncio.to_thread(self._mailer.send, job.to, subject, text)
        except DeliveryError as error:
            log.error("mail.not_sent", cause=error.key, code=isinstance(job, Letter))
            ok = False

        def note(session: Session) -> None:
            if isinstance(job, Letter):
                codes.sent(session, job, ok=ok, at=now())
            else:
                notices.sent(session, job, ok=ok, at=now())

        await self.db.write(note)
