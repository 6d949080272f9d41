"""The database behind everything: one engine, transactions, group commit, migrations.

SQLite runs in WAL with `synchronous=FULL`, and every write transaction is BEGIN IMMEDIATE: a
transaction that reads first and writes later would otherwise fail under load. All asynchronous
writes of the process go through one thread, which commits what is waiting together: one disk flush
serves many chats. PostgreSQL gets one transaction per write and a pool. It holds no queries.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, SQLModel

from bot.database import engines, private, transaction
from bot.database.group_commit import GroupCommit, Job
from bot.database.transaction import Process
from bot.errors import ConflictError, DatabaseError

T = TypeVar("T")
E = TypeVar("E")
Listener = Callable[[Sequence[object]], None]

log = structlog.get_logger()
MIGRATIONS = Path(__file__).parent / "migrations"
WORDS_ANEW = "INSERT INTO search_fts (search_fts) VALUES ('optimize')"
"""Writes SQLite's index of words anew, in which those of deleted texts stay otherwise."""

_TRIES = 5  # of a transaction that PostgreSQL ended for another one's sake
_MIGRATION_TRIES = 30
_LOCK_PATIENCE = "4s"  # that a migration waits for a table, and with it whoever comes after it
_MEANWHILE = {"40P01", "40001", "55P03"}  # deadlock, serialization failure, lock not available
_UNHURRIED = 8  # of them that are done even while others wait to go first
_MIGRATION_LOCK = 7_202_611_220  # any numbers, the same in every version of the product
_START_LOCK = 7_202_611_221
_SIGNS = {  # what the vendors' messages hold → our text
    "no such table": "database.not_migrated",
    "undefinedtable": "database.not_migrated",
    "password authentication failed": "database.wrong_password",
    "no password supplied": "database.wrong_password",
    "does not exist": "database.no_such_database",
    "database is locked": "database.locked",
    "readonly database": "database.not_writable",
    "unable to open database file": "database.not_writable",
    "disk is full": "database.disk_full",
    "disk I/O error": "database.disk_full",
    "not a database": "database.damaged",
    "malformed": "database.damaged",
}


class Database:
    """One database for the whole process; safe to use from any thread.

    After the commit of a write, every one of `listeners` is called with the events that it tells
    (`bot.database.transaction`), on the thread that wrote. A listener must be quick and not raise.
    """

    def __init__(self, url: str, *, secret_key: SecretStr | None = None) -> None:
        """`secret_key` is the product's own key (`bot.database.keys`); without it the database has
        one."""
        self.url = engines.parse(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.process = Process(secret_key.get_secret_value() if secret_key else None)
        self.listeners: list[Listener] = []
        self.engine = (
            engines.sqlite_engine(self.url) if self.sqlite else engines.postgresql_engine(self.url)
        )
        self._writes = self.engine.execution_options(immediate=True)
        self._turnstile = threading.Lock() if self.sqlite else None
        self._readers = ThreadPoolExecutor(4, "db-read")
        self._writers = ThreadPoolExecutor(8, "db-write")
        self._group = GroupCommit(self._commit_group) if self.sqlite else None
        self._watching: Connection | None = None
        self.versioned: tuple[str, float] = "", 0.0  # the last one that was asked for, and when
        self._watch = threading.Lock()

    @property
    def folder(self) -> Path | None:
        """Where SQLite's files are; None for PostgreSQL."""
        return Path(self.url.database or "").parent if self.sqlite else None

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One write transaction on this thread: commits at the end, rolls back on an error."""
        with (
            _translated(self.url),
            self._alone(),
            self._session(self._writes) as session,
            session.begin(),
        ):
            yield session
        self._tell(transaction.events(session))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A look at one moment of the database; whatever it changes is rolled back."""
        with _translated(self.url), self._session(self.engine) as session:
            yield session

    @contextmanager
    def listening(
        self, on_commit: Callable[[Sequence[E]], None], *kinds: type[E]
    ) -> Iterator[None]:
        """Call `on_commit` on this event loop with the events of these kinds that a write tells."""
        loop = asyncio.get_running_loop()

        def tell(events: Sequence[object]) -> None:
            if heard := [event for event in events if isinstance(event, kinds)]:
                with suppress(RuntimeError):  # the loop has closed: nobody listens any more
                    loop.call_soon_threadsafe(on_commit, heard)

        self.listeners.append(tell)
        try:
            yield
        finally:
            self.listeners.remove(tell)

    async def write(self, work: Callable[[Session], T], *, first: bool = False) -> T:
        """Run `work` in a write transaction on another thread; returns once it is durable. On
        PostgreSQL it may run more than once, where another transaction had to go first.

        On SQLite it may share its commit with its neighbours, but not its fate: an error in `work`
        undoes `work` alone and is raised here. A commit that fails is raised to all who shared it.
        `first` goes before all that waits: what a crash in between would do over again in public.
        """
        if self._group is not None:
            return await asyncio.wrap_future(self._group.submit(work, first))
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._write, work)

    async def query(self, work: Callable[[Session], T]) -> T:
        """Run `work` in `read()` on another thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._query, work)

    def version(self) -> str:
        """Another one after each commit, also of another process. What is read after it was asked
        for still stands while it is the same."""
        with _translated(self.url), self._watch:
            self.versioned = self._version(), time.monotonic()
            return self.versioned[0]

    def _version(self) -> str:
        try:
            if self._watching is None:  # of its own: SQLite's number tells nothing elsewhere
                plain = self.engine.execution_options(isolation_level="AUTOCOMMIT")
                self._watching = plain.connect()
            if self.sqlite:  # below SQLAlchemy, which would begin a transaction
                cursor = self._watching.connection.cursor()
                return str(cursor.execute("PRAGMA data_version").fetchone()[0])
            snapshot = text("SELECT pg_current_snapshot()::text")
            return str(self._watching.scalar(snapshot))
        except SQLAlchemyError:
            self._watching = None
            raise

    def migrate(self) -> None:
        """Bring the schema up to date; several processes may start at once.

        `DatabaseError` when the database was written by a newer version than this one.
        """
        if self.sqlite:
            _close_to_others(Path(self.url.database or ""))  # what an older version left open
        _patiently(self._migrate, _MIGRATION_TRIES, pause=1.0)

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with _translated(self.url), self._alone(), self._writes.begin() as connection:
            if not self.sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
                # Others are at work: what cannot be had soon is tried again, and they go on.
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_PATIENCE}'"))
            known = {
                script.revision for script in ScriptDirectory.from_config(config).walk_revisions()
            }
            found = set(MigrationContext.configure(connection).get_current_heads())
            if not found <= known:
                raise DatabaseError("database.schema_newer", found=", ".join(sorted(found - known)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            reached = set(MigrationContext.configure(connection).get_current_heads())
        if reached != found:
            log.info("database.migrated", schema=", ".join(sorted(reached)))

    @contextmanager
    def one_by_one(self) -> Iterator[None]:
        """What processes that start at the same moment do one after the other."""
        if self.sqlite:  # where every write is alone by itself
            yield
            return
        with _translated(self.url), self.engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_START_LOCK})"))
            yield

    def scrub(self) -> None:
        """Rewrite the files, so that nothing deleted is left in their free space.

        SQLite's write-ahead log is emptied, too; it waits for readers. PostgreSQL locks each table
        while it is rewritten, and keeps its own log for as long as it is set up to.
        """
        with _translated(self.url), self._alone(), self.engine.connect() as connection:
            raw = connection.execution_options(isolation_level="AUTOCOMMIT")
            if not self.sqlite:
                for name in sorted(SQLModel.metadata.tables):
                    raw.exec_driver_sql(f'VACUUM (FULL, ANALYZE) "{name}"')
                # What the planner was told of columns are values out of them.
                raw.exec_driver_sql("VACUUM (FULL) pg_catalog.pg_statistic")
                return
            cursor = raw.connection.cursor()
            if raw.in_transaction():
                cursor.execute("ROLLBACK")
            cursor.execute(WORDS_ANEW)
            cursor.execute("VACUUM")
            deadline = time.monotonic() + engines.BUSY_TIMEOUT
            while not _emptied(raw.connection.cursor()):
                if time.monotonic() > deadline:
                    raise DatabaseError("database.locked", where=engines.shown(self.url), detail="")
                time.sleep(0.05)

    def empty_log(self) -> bool:
        """SQLite's write-ahead log without what was deleted; False when a reader still needs it."""
        if not self.sqlite:
            return True
        with _translated(self.url), self._alone(), self.engine.connect() as connection:
            return _emptied(connection.connection.cursor())

    def ping(self) -> None:
        """Raises `DatabaseError` unless the database answers."""
        with self.read() as session:
            session.connection().execute(text("SELECT 1"))

    def close(self) -> None:
        """Finish the writes that wait, then let go of every thread and connection."""
        if self._group is not None:
            self._group.close()
        self._writers.shutdown()
        self._readers.shutdown()
        with self._watch:
            if self._watching is not None:
                self._watching.close()
        self.engine.dispose()

    def _write(self, work: Callable[[Session], T]) -> T:
        def once() -> T:
            with self.begin() as session:
                return work(session)

        return _patiently(once, _TRIES)

    def _query(self, work: Callable[[Session], T]) -> T:
        def once() -> T:
            with self.read() as session:
                return work(session)

        return _patiently(once, _TRIES)

    def _session(self, bind: Engine | Connection) -> Session:
        """Inside a transaction that is begun already, it is a savepoint."""
        return Session(
            bind,
            expire_on_commit=False,
            info=transaction.info(self.process),
            join_transaction_mode="create_savepoint",
        )

    def _tell(self, events: Sequence[object]) -> None:
        for listener in self.listeners:
            listener(events)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Queue this process's SQLite writers up; SQLite's own waiting is a sleep-and-retry."""
        if self._turnstile is None:
            yield
            return
        if not self._turnstile.acquire(timeout=engines.BUSY_TIMEOUT):
            raise DatabaseError("database.locked", where=engines.shown(self.url), detail="")
        try:
            yield
        finally:
            self._turnstile.release()

    def _commit_group(self, jobs: Sequence[Job], hurry: Callable[[], bool]) -> None:
        """Run `jobs` in one transaction, each in a savepoint of its own; all of them, or the first
        few when others wait to go first. Those are marked as `ran`."""
        jobs[0].ran = True
        if len(jobs) == 1:
            jobs[0].result = self._write(jobs[0].work)
            return
        with _translated(self.url), self._alone(), self._writes.begin() as connection:
            for done, job in enumerate(jobs):
                if done >= _UNHURRIED and hurry():
                    break
                job.ran = True
                self._run(job, connection)
                # A full disk makes SQLite undo everything by itself: then nobody may hear "done".
                if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
                    raise DatabaseError(
                        "database.disk_full", where=engines.shown(self.url), detail=""
                    )
        for job in jobs:
            if job.ran and job.carrier.error is None:
                self._tell(job.events)

    def _run(self, job: Job, connection: Connection) -> None:
        with (
            job.carrier,
            _translated(self.url),
            self._session(connection) as session,
        ):
            job.events = transaction.events(session)
            job.result = job.work(session)
            session.commit()  # ends the savepoint, not the transaction


def sqlite_files(file: Path) -> list[Path]:
    """The database's files, those that are there only now and then, too."""
    return [file.with_name(file.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]


def _close_to_others(file: Path) -> None:
    """Keep the database to this user. SQLite gives its later files the mode of the first."""
    for each in sqlite_files(file):
        private.tighten(each)
    # A folder with anything else in it is not ours to close.
    if all(each.name.startswith(file.name) for each in file.parent.iterdir()):
        private.tighten(file.parent)


def _emptied(cursor: Any) -> bool:
    """Move the log into the file and cut it; False when somebody reads from it."""
    return not cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


def _patiently(work: Callable[[], T], tries: int, pause: float = 0.02) -> T:
    """What `work` gives, tried again where PostgreSQL undid it for another transaction's sake, as
    while a migration changes the tables that it needs; `pause` is how long to wait, in seconds."""
    for tried in range(1, tries):
        try:
            return work()
        except DatabaseError as error:
            code = getattr(getattr(error.__cause__, "orig", None), "sqlstate", None)
            if code not in _MEANWHILE:
                raise
            log.info("database.tries_again", sqlstate=code, tried=tried)
            time.sleep(pause * min(tried, 5) * random.uniform(0.5, 1.5))
    return work()


@contextmanager
def _translated(url: URL) -> Iterator[None]:
    """SQLAlchemy's errors as ours; nothing of the statement or its values gets into the text."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError("database.conflict") from error
    except SQLAlchemyError as error:
        raw = str(getattr(error, "orig", None) or error)
        known = f"{type(getattr(error, 'orig', None)).__name__.lower()} {raw}"
        key = next((k for sign, k in _SIGNS.items() if sign in known), "database.unreachable")
        detail = raw.splitlines()[0] if raw else ""
        raise DatabaseError(key, where=engines.shown(url), detail=detail) from error
