"""Who is shown which variant of a running experiment, and that they were.

A shopper is a chat: the browser's session, or the chat on Telegram. Its half is decided by a hash
of the experiment and a keyed hash of the chat, so that it stays the same without being stored, and
one experiment's halves say nothing about another's.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session, col, select

from bot.database import keys
from bot.database.db import Database
from bot.database.insight_tables import ExperimentRow, ExposureRow
from bot.database.upsert import insert_missing
from bot.errors import DatabaseError
from bot.types import Chat

log = structlog.get_logger()
RUNNING = "running"
STARTERS, GREETING, SUGGESTIONS = "starters", "greeting", "suggestions"
"""What can be tried: the questions that a chat offers to begin with, what greets a newcomer, and
whether what goes with a product is offered under an answer on it."""

_PURPOSE = "experiments"
_FRESH = 5.0  # seconds for which it is known which experiments are running


@dataclass(frozen=True)
class Shown:
    """The variant (0 or 1) of an experiment that somebody is shown, and its value."""

    experiment: int
    unit: str
    variant: int
    value: Any


@dataclass(frozen=True)
class _Running:
    id: int
    values: tuple[Any, ...]


Tried = Callable[[str, Chat], "Shown | None"]
"""What a chat is shown of a subject; None while nothing is tried on it."""


def nothing(_subject: str, _chat: Chat) -> "Shown | None":
    """`Tried` where no experiment runs."""
    return None


class Trials:
    """The experiments that run now, for whoever shows something. Safe between threads."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._running: Mapping[str, _Running] = {}
        self._key = b""

    def shown(self, subject: str, chat: Chat) -> Shown | None:
        """What the chat is shown of a subject; None while nothing is tried on it, and in a chat
        that several read. Reads the database every few seconds; not for the event loop."""
        experiment = self._current().get(subject)
        if experiment is None or chat.shared:
            return None
        unit = unit_of(self._key, chat)
        variant = variant_of(experiment.id, unit)
        return Shown(experiment.id, unit, variant, experiment.values[variant])

    def forget(self) -> None:
        """Look anew with the next question: an experiment was started or stopped here."""
        with self._lock:
            self._read_at = float("-inf")

    def _current(self) -> Mapping[str, _Running]:
        with self._lock:
            if time.monotonic() - self._read_at < _FRESH:
                return self._running
            try:
                with self._db.read() as session:
                    query = select(ExperimentRow).where(col(ExperimentRow.state) == RUNNING)
                    rows = session.exec(query).all()
                    self._running = {
                        row.subject: _Running(row.id, tuple(row.values))
                        for row in rows
                        if row.id is not None
                    }
                if self._running and not self._key:
                    with self._db.begin() as session:  # the first one may make the key
                        self._key = keys.key(session, _PURPOSE)
            except DatabaseError as error:
                log.warning("experiments.unread", error=error.key)
                self._running = {}  # everybody is shown what they would be without
            self._read_at = time.monotonic()
            return self._running


def unit_of(key: bytes, chat: Chat) -> str:
    """What a chat is counted as: a keyed hash, which names nobody."""
    said = f"{chat.channel}\0{chat.id}".encode()
    return hashlib.blake2b(said, key=key, digest_size=16).hexdigest()


def unit_key(session: Session) -> bytes:
    """The key of `unit_of`."""
    return keys.key(session, _PURPOSE)


def variant_of(experiment: int, unit: str) -> int:
    """0 or 1, each for half of all units."""
    digest = hashlib.blake2b(f"{experiment}\0{unit}".encode(), digest_size=8).digest()
    return digest[0] >> 7


def expose(session: Session, shown: Shown, *, at: datetime) -> None:
    """Note that somebody was shown a variant; the first time counts."""
    if session.get(ExperimentRow, shown.experiment) is None:
        return
    row = {
        "experiment_id": shown.experiment,
        "unit": shown.unit,
        "variant": shown.variant,
        "at": at,
    }
    insert_missing(session, ExposureRow, row)
