"""How SQLite and PostgreSQL are connected to, and what each connection is told first."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.database import private
from bot.errors import DatabaseError

BUSY_TIMEOUT = 30.0  # seconds to wait for another process's write


def parse(url: str) -> URL:
    """`url` with the driver that we ship; `DatabaseError` when it is not one of ours."""
    try:
        parsed = make_url(url)
        backend = {"postgres": "postgresql"}.get(parsed.get_backend_name(), "")
        backend = backend or parsed.get_backend_name()
    except ArgumentError as error:
        raise DatabaseError("database.bad_url") from error
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise DatabaseError("database.unknown_driver", driver=parsed.drivername)
    if not parsed.database or ":memory:" in parsed.database:
        raise DatabaseError("database.no_file")
    return parsed.set(drivername="sqlite+pysqlite")


def shown(url: URL) -> str:
    """Where the database is, as a person may read it: without the password."""
    return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string()


def sqlite_engine(url: URL) -> Engine:
    file = Path(url.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        private.file(file)  # before SQLite makes one that everybody may read
    except OSError as error:
        raise DatabaseError(
            "database.not_writable", where=shown(url), detail=error.strerror or ""
        ) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False})
    # Each savepoint has a name of its own, for which SQLAlchemy would compile the statement anew.
    for name, statement in (("do_savepoint", "SAVEPOINT"), ("do_release_savepoint", "RELEASE")):
        setattr(engine.dialect, name, _plainly(statement))

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the driver begins nothing; `start` below does
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=FAST")  # zeros where a page is written anyway
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _plainly(statement: str) -> Callable[[Connection, str], None]:
    def execute(connection: Connection, name: str) -> None:
        connection.exec_driver_sql(f"{statement} {name}")

    return execute


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite doesn't wait here when several processes start at once, so we do."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def postgresql_engine(url: URL) -> Engine:
    # The ping finds connections that a restarted server left dead, before a write fails on them.
    return create_engine(
        url,
        pool_size=12,
        max_overflow=4,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "application_name": "deskhand"},
    )
