"""What one process tells the others of its shop the moment it is committed: PostgreSQL's NOTIFY.

An event that a transaction told its own process (`bot.database.transaction`) is heard in every
other process as if it had been committed there: a worker wakes for what a web process accepted, an
open page for what a worker wrote. Best effort, as all hints are: who misses one finds it by
polling.

Nothing waits for it. A NOTIFY within a transaction makes all committing transactions of the server
queue up, so hints go after the commit, over a connection of their own, many in one. On SQLite there
is nothing to do: its processes poll.
"""

import json
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, is_dataclass
from queue import SimpleQueue
from typing import Any, cast

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.database.db import Database

log = structlog.get_logger()
_CHANNEL = "deskhand"
_LONGEST = 7900  # bytes; PostgreSQL takes less than 8000
_LOOK = 0.25  # seconds after which the hearing thread looks whether it is to end
_QUIET = 60  # such looks without a word, after which the connection is tried
_AGAIN = 1.0  # seconds until a lost connection is made anew
Told = tuple[str, *tuple[Any, ...]]  # an event as it travels: its kind's name, its fields


class Signals:
    """Spreads events of these dataclasses, whose fields JSON can hold, among the processes of one
    database. `listening` says whether this one hears the others at the moment."""

    def __init__(self, db: Database, *kinds: type[Any]) -> None:
        self._db = db
        self._kinds = {kind.__name__: kind for kind in kinds}
        self._me = secrets.token_hex(4)
        self._waiting: SimpleQueue[Told | None] = SimpleQueue()
        self._ended = threading.Event()
        self._heard = threading.Event()

    @property
    def listening(self) -> bool:
        return self._heard.is_set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Send and hear while the block runs."""
        if self._db.sqlite:
            yield
            return
        threads = [
            threading.Thread(target=work, name=f"db-signals-{name}", daemon=True)
            for name, work in (("hear", self._hear), ("send", self._send))
        ]
        self._db.listeners.append(self.spread)
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._db.listeners.remove(self.spread)
            self._ended.set()
            self._waiting.put(None)
            for thread in threads:
                thread.join(2 * _LOOK)

    def spread(self, events: Sequence[object]) -> None:
        """Tell the others; returns at once."""
        if self._db.sqlite:
            return
        for event in events:
            if type(event).__name__ in self._kinds and is_dataclass(event):
                self._waiting.put((type(event).__name__, *astuple(event)))  # type: ignore[arg-type]

    def _send(self) -> None:
        while (first := self._waiting.get()) is not None:
            try:
                with self._connection() as connection:
                    # A hint needs no disk: after a crash of the server nobody listens any more.
                    connection.execute("SET synchronous_commit = off")
                    told: Told | None = first
                    while told is not None:
                        self._say(connection, told)
                        told = self._waiting.get()
                    return
            except (psycopg.Error, SQLAlchemyError) as error:
                log.warning("signals.not_sent", error=type(error).__name__)
                if self._ended.wait(_AGAIN):
                    return

    def _say(self, connection: "psycopg.Connection[Any]", first: Told) -> None:
        """One event, and what else waits by now, in as few notes as it fits into."""
        together = {_packed(first): None}  # the same twice is told once
        while not self._waiting.empty():
            more = self._waiting.get()
            if more is None:
                self._waiting.put(None)
                break
            together[_packed(more)] = None
        for note in _notes(self._me, together):
            connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, note))

    def _hear(self) -> None:
        while not self._ended.is_set():
            try:
                with self._connection() as connection:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    log.info("signals.listening")
                    self._heard.set()
                    quiet = 0
                    while not self._ended.is_set():
                        quiet += 1
                        for note in connection.notifies(timeout=_LOOK):
                            quiet = 0
                            self._take(note.payload)
                        if quiet >= _QUIET:
                            connection.execute("SELECT 1")
                            quiet = 0
            except (psycopg.Error, SQLAlchemyError) as error:
                log.warning("signals.polling", error=type(error).__name__)
            finally:
                self._heard.clear()
            self._ended.wait(_AGAIN)

    def _take(self, payload: str) -> None:
        """Hand on what another process told; what a newer version tells, this one may not know."""
        try:
            sender, *told = json.loads(payload)
            if sender == self._me:
                return
            events = [self._kinds[name](*fields) for name, *fields in told if name in self._kinds]
        except (ValueError, TypeError) as error:
            log.warning("signals.unreadable", error=type(error).__name__)
            return
        for listener in list(self._db.listeners):
            if listener != self.spread:
                listener(events)

    @contextmanager
    def _connection(self) -> "Iterator[psycopg.Connection[Any]]":
        """A connection of the database's own kind, in nobody's pool."""
        pooled = self._db.engine.raw_connection()
        pooled.detach()
        raw = cast("psycopg.Connection[Any]", pooled.dbapi_connection)
        with raw:
            raw.rollback()
            raw.autocommit = True
            yield raw


def _packed(told: Told) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _notes(sender: str, events: Iterable[str]) -> Iterator[str]:
    """The events in notes that are short enough; one that is too long by itself is left out."""
    begin = f'["{sender}"'
    note = begin
    for event in events:
        if len(f"{begin},{event}]".encode()) > _LONGEST:
            continue
        if len(f"{note},{event}]".encode()) > _LONGEST:
            yield f"{note}]"
            note = begin
        note = f"{note},{event}"
    if note != begin:
        yield f"{note}]"
