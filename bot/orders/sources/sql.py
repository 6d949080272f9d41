"""Orders from the shop's own SQL database, by a read-only query that the shop writes.

The query's columns are those of an order file's CSV (docs/orders.md): a row an item. It must use
`:customer_id` or `:email` as a bound parameter, and may use `:order_id`; nothing is ever put into
its text. It runs in a read-only transaction with a time limit and is rolled back.
"""

import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.orders import table
from bot.orders.checks import Reading
from bot.orders.files import Contents
from bot.orders.record import Customer, Order
from bot.orders.sources import SourceError, Who, checked_row, is_theirs

TIMEOUT = 5.0  # seconds that the query gets
_MOST_ROWS = 5000
_PARAMETER = re.compile(r"(?<!:):(\w+)\b")
_KNOWN = frozenset({"customer_id", "email", "order_id"})
_READS = re.compile(r"^\s*(?:select|with)\b", re.IGNORECASE)


class SqlSource:
    """The shop's database at `url`, asked with `query`."""

    name = "sql"

    def __init__(self, url: str, query: str, reading: Reading, timeout: float = TIMEOUT) -> None:
        """`SourceError` when the query could never be right."""
        used = set(_PARAMETER.findall(query))
        if not _READS.match(query) or ";" in query.rstrip().rstrip(";"):
            raise SourceError("orders.sql_not_a_query")
        if not used & {"customer_id", "email"} or not used <= _KNOWN:
            raise SourceError("orders.sql_unscoped", found=", ".join(sorted(used)) or "-")
        self._used = used
        self._query = text(query).bindparams(*(bindparam(name, None) for name in sorted(used)))
        self._reading = reading
        self._timeout = timeout
        self._engine = _engine(url, timeout)

    def fetch(self, who: Who) -> Sequence[tuple[Customer, Order]]:
        """The customer's orders; rows of others, which a wrong query may give, are dropped."""
        values = {"customer_id": who.customer_id, "email": who.email, "order_id": who.order_id}
        if not any(values[name] for name in self._used & {"customer_id", "email"}):
            return []
        columns, rows = self._rows({name: values[name] for name in self._used})
        _check_columns(columns)
        contents = Contents()
        table.join(((f"row {at}", cells) for at, cells in enumerate(rows, 1)), contents)
        checked = (
            checked_row(self.name, row.customer, row.order, self._reading) for row in contents.rows
        )
        return [pair for pair in checked if pair is not None and is_theirs(*pair, who)]

    def check(self) -> None:
        """Runs the query for nobody: the columns are there and it ends in time."""
        columns, _ = self._rows(dict.fromkeys(self._used, ""))
        _check_columns(columns)

    def _rows(self, values: Mapping[str, str | None]) -> tuple[list[str], list[dict[str, str]]]:
        with _translated(), self._engine.connect() as connection, _read_only(connection):
            if connection.dialect.name == "sqlite":
                _stop_after(connection, self._timeout)
            result = connection.execute(self._query, dict(values))
            columns = [str(name).lower() for name in list(result.keys())]
            rows = result.fetchmany(_MOST_ROWS)
        return columns, [
            {name: _cell(value) for name, value in zip(columns, row, strict=True)} for row in rows
        ]


def _check_columns(columns: Sequence[str]) -> None:
    missing = [name for name in table.NEEDED if name not in columns]
    unknown = [name for name in columns if name not in table.COLUMNS]
    if missing or unknown:
        key = "orders.sql_missing" if missing else "orders.sql_unknown"
        raise SourceError(key, columns=", ".join(missing or unknown))


def _cell(value: Any) -> str:
    """A database's value as a file would have it."""
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value).strip()


def _engine(url: str, timeout: float) -> Engine:
    try:
        parsed: URL = make_url(url)
    except ArgumentError as error:
        raise SourceError("orders.sql_bad_url") from error
    backend = parsed.get_backend_name()
    if backend in ("postgres", "postgresql"):
        milliseconds = int(timeout * 1000)
        options = f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}"
        arguments = {"options": options, "connect_timeout": max(1, int(timeout))}
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_size=4, pool_pre_ping=True, connect_args=arguments)
    if backend == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": timeout})
        event.listen(engine, "connect", _sqlite_reads_only)
        return engine
    try:
        return create_engine(parsed, pool_size=4, pool_pre_ping=True)
    except (ArgumentError, ImportError, SQLAlchemyError) as error:
        raise SourceError("orders.sql_driver", driver=parsed.drivername) from error


def _sqlite_reads_only(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA query_only=ON")


def _stop_after(connection: Connection, seconds: float) -> None:
    """SQLite has no time limit of its own; it asks every so often whether to go on."""
    until = time.monotonic() + seconds
    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)


@contextmanager
def _read_only(connection: Connection) -> Iterator[None]:
    """A transaction that cannot write, whatever the database, and is rolled back."""
    if connection.dialect.name in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    try:
        yield
    finally:
        connection.rollback()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raw = str(getattr(error, "orig", None) or type(error).__name__)
        detail = next(iter(raw.splitlines()), "")[:200]
        raise SourceError("orders.sql_failed", detail=detail) from error
