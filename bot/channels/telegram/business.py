"""The bot in the shop's own Telegram account: who connected it, and whether it may answer there.

Tells the operator, in the log, and the account's owner, in their chat with the bot. Keeps nothing:
each message names its connection, and Telegram itself refuses an answer that is not allowed.
"""

import asyncio

import structlog
from telegram import BusinessConnection
from telegram.error import TelegramError

from bot.channels.telegram.budget import Budget, TooSoon
from bot.channels.telegram.client import Client
from bot.channels.telegram.updates import language_of
from bot.texts import t

log = structlog.get_logger()
_PATIENCE = 8.0  # seconds


class Connections:
    """Hears of connections, one call each. Telling the owner is best effort."""

    def __init__(self, client: Client, budget: Budget) -> None:
        self._client = client
        self._budget = budget
        self._words: set[asyncio.Task[None]] = set()

    def take(self, connection: BusinessConnection) -> None:
        """A connection was made, changed or ended."""
        key = "off"
        if connection.is_enabled:
            rights = connection.rights
            key = "on" if rights is not None and rights.can_reply else "mute"
        report = log.warning if key == "mute" else log.info
        report(f"telegram.business_{key}", cause=t(f"telegram.business_{key}", "en"))
        task = asyncio.create_task(self._tell(connection, f"telegram.business_{key}"))
        self._words.add(task)
        task.add_done_callback(self._words.discard)

    async def close(self) -> None:
        """Let go of the words that are still on their way."""
        for task in self._words:
            task.cancel()
        await asyncio.gather(*self._words, return_exceptions=True)

    async def _tell(self, connection: BusinessConnection, key: str) -> None:
        owner = connection.user_chat_id
        try:
            await self._budget.spend(owner, patience=_PATIENCE)
            await self._client.send_message(owner, t(key, language_of(connection.user) or "en"))
        except (TooSoon, TelegramError) as error:
            log.info("telegram.business_untold", kind=type(error).__name__)
