"""How much a bot may send: a second's, a minute's and everyone's budget, and closed windows.

Telegram publishes no exact figures; these are the ones its FAQ and bot authors name, and each can
be set. Drafts have a budget of their own by default, which nothing public contradicts or confirms.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["message", "draft"]


@dataclass(frozen=True)
class Budgets:
    """What is allowed before a 429. `penalty`: seconds a chat stays closed at the least."""

    chat_per_second: float = 1.0
    chat_burst: int = 4
    overall_per_second: float = 30.0
    group_per_minute: int = 20
    drafts_per_second: float = 5.0
    drafts_burst: int = 10
    drafts_share: bool = False
    penalty: int = 3

    @classmethod
    def unlimited(cls) -> "Budgets":
        """For tests of something else, thousands of messages fast."""
        return cls(1e9, 10**9, 1e9, 10**9, 1e9, 10**9)


@dataclass
class _Bucket:
    """Tokens that come back at a rate, up to a burst."""

    rate: float
    size: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one token is there; none is taken."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1 - self.tokens) / self.rate)


@dataclass
class Windows:
    """Every budget of one bot. Times are seconds of one clock that never runs backwards."""

    budgets: Budgets
    _buckets: dict[tuple[int | None, Kind], _Bucket] = field(default_factory=dict)
    _minutes: dict[int, deque[float]] = field(default_factory=dict)
    _closed: dict[int, float] = field(default_factory=dict)

    def closed(self, chat_id: int, now: float) -> int:
        """Whole seconds until the chat takes anything again; 0: it is open."""
        return max(0, math.ceil(self._closed.get(chat_id, 0) - now))

    def close(self, chat_id: int, seconds: float, now: float) -> None:
        self._closed[chat_id] = max(now + seconds, self._closed.get(chat_id, 0))

    def _bucket(self, chat_id: int | None, kind: Kind, now: float) -> _Bucket:
        budgets = self.budgets
        if chat_id is None:
            rate, size = budgets.overall_per_second, budgets.overall_per_second
        elif kind == "draft":
            rate, size = budgets.drafts_per_second, float(budgets.drafts_burst)
        else:
            rate, size = budgets.chat_per_second, float(budgets.chat_burst)
        return self._buckets.setdefault((chat_id, kind), _Bucket(rate, max(1, size), size, now))

    def spend(self, chat_id: int, kind: Kind, now: float, *, group: bool) -> int:
        """Take one message from every budget that counts it.

        0 when it may go; else the seconds for which the chat is now closed, and nothing is taken.
        """
        if self.budgets.drafts_share:
            kind = "message"
        buckets = [self._bucket(None, "message", now), self._bucket(chat_id, kind, now)]
        waits = [bucket.wait(now) for bucket in buckets]
        minute = self._minutes.setdefault(chat_id, deque())
        if group:
            while minute and minute[0] <= now - 60:
                minute.popleft()
            if len(minute) >= self.budgets.group_per_minute:
                waits.append(minute[0] + 60 - now)
        if max(waits) > 0:
            seconds = max(self.budgets.penalty, math.ceil(max(waits)))
            self.close(chat_id, seconds, now)
            return seconds
        for bucket in buckets:
            bucket.tokens -= 1
        if group:
            minute.append(now)
        return 0
