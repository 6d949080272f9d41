"""Calls webhooks with what waits for them, each by itself, at least once and signed.

An answer other than 2xx, or none within ten seconds, is tried again after a growing pause, for a
day. A redirect is not followed: whoever was trusted is the address that an admin typed.
"""

import time
from collections.abc import Sequence

import httpx
import structlog
from sqlmodel import Session

from bot.database.db import Database
from bot.database.leases import LEASE, new_owner
from bot.database.runner import Runner
from bot.tickets import webhooks
from bot.tickets.webhooks import Call
from bot.types import now

log = structlog.get_logger()
_AT_ONCE = 8
_TIMEOUT = 10.0  # seconds


class WebhookSender(Runner[Call]):
    """Works until it is cancelled or drained."""

    name = "webhooks"
    added = webhooks.Queued

    def __init__(self, db: Database, *, poll: float = 5.0) -> None:
        super().__init__(db, concurrency=_AT_ONCE, poll=poll)
        self.owner = new_owner()
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False)

    def key(self, job: Call) -> int:
        return job.webhook_id

    async def claim(self, free: int, *, woken: bool) -> Sequence[Call]:
        if not (woken or await self.db.query(lambda session: webhooks.waiting(session, now()))):
            return ()
        busy = [key for key in self.busy if isinstance(key, int)]
        return await self.db.write(
            lambda session: webhooks.claim(
                session, self.owner, at=now(), lease=LEASE, limit=free, busy=busy
            )
        )

    async def work(self, job: Call) -> None:
        error = await self._call(job)
        status = await self.db.write(
            lambda session: webhooks.settle(session, job, self.owner, error, now())
        )
        if error is not None:
            report = log.error if status == "dead" else log.warning
            report("webhooks.not_heard", webhook=job.webhook_id, status=status, error=error)
        self.wake()  # what waits for the same address

    def recover(self, session: Session) -> int:
        return webhooks.recover(session, self.owner)

    async def drain(self, timeout: float) -> None:
        await super().drain(timeout)
        await self._client.aclose()

    async def give_back(self, jobs: Sequence[Call]) -> None:
        if jobs:
            await self.db.write(self.recover)

    async def _call(self, job: Call) -> str | None:
        """Why the address did not hear it; None when it did."""
        at = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Deskhand",
            "Deskhand-Delivery": str(job.id),
            "Deskhand-Signature": webhooks.signature(job.secret, job.body, at),
        }
        try:
            request = self._client.build_request("POST", job.url, content=job.body, headers=headers)
            answer = await self._client.send(request, stream=True)  # its body is nothing to us
            await answer.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return type(error).__name__
        return None if answer.is_success else f"HTTP {answer.status_code}"
