"""Fetches the photos and files that shoppers sent, in the background, until kept or given up.

What is to be fetched stands in the database, so a crash forgets nothing; see
`bot/conversations/attachments.py`.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram.client import Client
from bot.channels.telegram.place import NAME
from bot.channels.telegram.request import NotTelegram
from bot.conversations import attachments
from bot.conversations.attachments import GONE, MAX_SIZE, TOO_BIG, UNREACHABLE, Fetch
from bot.database.db import Database
from bot.errors import DatabaseError
from bot.types import now

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
_LONGEST = 45.0  # seconds for one file
_AT_ONCE = 4
_LOOK = 3.0  # seconds between looks for what is due again


class Files:
    """Runs beside the channel; `lease` is how long a claim of a process that died still counts."""

    def __init__(
        self, client: Client, db: Database, *, lease: timedelta = LEASE, look: float = _LOOK
    ) -> None:
        self._client = client
        self._db = db
        self._lease = lease
        self._look = look
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Fetch until cancelled."""
        loop = asyncio.get_running_loop()

        def heard(info: dict[str, Any]) -> None:
            if attachments.ADDED in info:
                with suppress(RuntimeError):  # the loop has closed: the next process fetches it
                    loop.call_soon_threadsafe(self._wake.set)

        self._db.listeners.append(heard)
        try:
            while True:
                self._wake.clear()  # before the look: what is noted during it is not missed
                if not await self._fetch_due():
                    with suppress(TimeoutError):
                        # Not `wait_for`: Python 3.11 may swallow the cancellation in it.
                        async with asyncio.timeout(self._look):
                            await self._wake.wait()
        finally:
            self._db.listeners.remove(heard)

    async def _fetch_due(self) -> bool:
        """Whether there was anything; then there may be more."""
        try:
            if not await self._db.query(lambda s: attachments.waiting(s, NAME, at=now())):
                return False
            due = await self._db.write(
                lambda session: attachments.claim(
                    session, NAME, at=now(), lease=self._lease, limit=_AT_ONCE
                )
            )
            results = await asyncio.gather(*map(self._fetch, due), return_exceptions=True)
            for fetch, error in zip(due, results, strict=True):
                if isinstance(error, DatabaseError):
                    raise error
                if error is not None:  # nobody foresaw it; the others must still be fetched
                    await self._failed(fetch, type(error).__name__, for_good=False)
        except DatabaseError as error:
            log.error("telegram.files_database_down", error=error.key)
            return False
        return bool(due)

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
            await self._db.write(lambda session: attachments.keep(session, fetch.id, content))
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
        status = await self._db.write(
            lambda session: attachments.fail(session, fetch.id, error, for_good=for_good, at=now())
        )
        report = log.warning if status == "dead" else log.info
        report("telegram.file_failed", attachment=fetch.id, error=error, status=status)
