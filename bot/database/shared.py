"""What many ask for at the same moment is read from the database once.

Fifty open pages hear of one message and all look again: the first of them reads, the others are
given what it read, for as long as nothing was committed since, by any process.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlmodel import Session

from bot.database.db import Database

T = TypeVar("T")
_LASTS = 1.0  # seconds that an answer may be old: it may hold how long somebody has waited
_MOST = 200  # answers that are kept; the one that was made first goes first


class _Answer:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.version: str | None = None
        self.read_at = float("-inf")
        self.value: Any = None


class Shared:
    """Answers of the database by what was asked; safe to use from any thread."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._answers: dict[Hashable, _Answer] = {}

    def get(self, key: Hashable, read: Callable[[Session], T], *, stale: float = 0.0) -> T:
        """What `read` gives now, or gave within the last `stale` seconds. It gets a look at the
        database of its own: one that began earlier might not see what the version says."""
        answer = self._answer(key)
        with answer.lock:
            if time.monotonic() - answer.read_at < stale:
                fresh: T = answer.value
                return fresh
            version, at = self._db.version(), time.monotonic()
            if answer.version != version or at - answer.read_at > _LASTS:
                with self._db.read() as session:
                    answer.value = read(session)
                answer.version, answer.read_at = version, at
            value: T = answer.value
            return value

    def _answer(self, key: Hashable) -> _Answer:
        with self._lock:
            if key not in self._answers and len(self._answers) >= _MOST:
                del self._answers[next(iter(self._answers))]
            return self._answers.setdefault(key, _Answer())
