"""How the channel stands with Telegram: in the operator's log when it changes, on `/health` always.

It notes what it is told by whoever calls Telegram, and asks nobody.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from telegram.error import TelegramError

from bot.channels.telegram.client import trouble, without_token
from bot.texts import t
from bot.types import ChannelState, now

log = structlog.get_logger()


class Complaint:
    """Tells the operator of a trouble once, and once when it is over. `key` is its text's, None
    while all is well."""

    def __init__(self) -> None:
        self.key: str | None = None

    def about(self, error: TelegramError) -> float:
        """How long to pause at least, in seconds."""
        key, least = trouble(error)
        if key != self.key:
            self.key = key
            log.error(key, cause=t(key, "en"), detail=without_token(error))
        return least

    def over(self) -> None:
        if self.key is not None:
            log.info("telegram.recovered")
        self.key = None


class State:
    """One channel's. `by` is how it hears: "polling" or "webhook"."""

    def __init__(self, by: str, *, clock: Callable[[], datetime] = now) -> None:
        self._by = by
        self._clock = clock
        self._complaint = Complaint()
        self._heard: datetime | None = None
        self._since: datetime | None = None

    def heard(self) -> None:
        """Telegram answered as it should, or brought something."""
        self._heard, self._since = self._clock(), None
        self._complaint.over()

    def about(self, error: TelegramError) -> float:
        """Telegram did not. How long to pause at least, in seconds."""
        self._since = self._since or self._clock()
        return self._complaint.about(error)

    def report(self) -> ChannelState:
        return ChannelState(self._by, self._heard, self._complaint.key, self._since)
