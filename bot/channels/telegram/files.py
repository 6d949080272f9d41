"""Fetches the photos and files that shoppers sent, in the background, until kept or given up.

What is to be fetched stands in the database, so a crash forgets nothing; see
`bot/conversations/attachments.py`.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.client import Client
from bot.channels.telegram.place import NAME
from bot.channels.telegram.request import NotTelegram
from bot.conversations import attachments
from bot.conversations.attachments import GONE, MAX_SIZE, TOO_BIG, UNREACHABLE, Fetch
from bot.database.db import Database
from bot.database.runner import Runner
from bot.errors import DatabaseError
from bot.types import now

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
_LONGEST = 45.0  # seconds for one file
_AT_ONCE = 4


class Files(Runner[Fetch]):
    """Runs beside the channel; `lease` is how long a claim of a process that died still counts."""

    name = "telegram.files"
    added = attachments.Found

    def __init__(
        self, client: Client, db: Database, *, lease: timedelta = LEASE, poll: float = 3.0
    ) -> None:
        super().__init__(db, concurrency=_AT_ONCE, poll=poll)
        self._client = client
        self._lease = lease

    def key(self, job: Fetch) -> int:
        return job.id

    async def claim(self, free: int, *, woken: bool) -> Sequence[Fetch]:
        if not await self.db.query(lambda s: attachments.waiting(s, NAME, at=now())):
            return ()
        return await self.db.write(
            lambda session: attachments.claim(
                session, NAME, at=now(), lease=self._lease, limit=free
            )
        )

    async def work(self, job: Fetch) -> None:
        """Keep the file, or note why not; what nobody foresaw is tried again, too."""
        (error,) = await asyncio.gather(self._fetch(job), return_exceptions=True)
        if isinstance(error, DatabaseError):
            raise error
        if error is not None:
            await self._failed(job, type(error).__name__, for_good=False)

    async def _fetch(self, fetch: Fetch) -> None:
        try:
            async with asyncio.timeout(_LONGEST):
                content = await self._download(fetch.remote_id)
        except (BadRequest, Forbidden) as error:
            too_big = "too big" in error.message.lower()
            await self._failed(fetch, TOO_BIG if too_big else GONE, for_good=True)
        except (TelegramError, TimeoutError):
            await self._failed(fetch, UNREACHABLE, for_good=False)
        else:
            if content is None:
                await self._failed(fetch, TOO_BIG, for_good=True)
                return
            await self.db.write(lambda session: attachments.keep(session, fetch.id, content))
            log.info("telegram.file_kept", attachment=fetch.id, size=len(content))

    async def _download(self, remote_id: str) -> bytes | None:
        """The file's bytes; None when there are too many."""
        file = await self._client.get_file(remote_id)
        if (file.file_size or 0) > MAX_SIZE:
            return None
        content = bytes(await file.download_as_bytearray())
        if file.file_size not in (None, len(content)):
            raise NotTelegram("another file than was asked for")
        return content if len(content) <= MAX_SIZE else None

    async def _failed(self, fetch: Fetch, error: str, *, for_good: bool) -> None:
        status = await self.db.write(
            lambda session: attachments.fail(session, fetch.id, error, for_good=for_good, at=now())
        )
        report = log.warning if status == "dead" else log.info
        report("telegram.file_failed", attachment=fetch.id, error=error, status=status)
