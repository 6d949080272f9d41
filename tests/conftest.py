"""What every test gets: a database of each kind, fresh, and no way out to the network."""

import gc
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import trustme
from psycopg import sql
from sqlalchemy import make_url

from bot.database.db import Database
from tests.proofs.servers import free_port
from tests.support.postgres import Postgres, running_postgres

pytest_plugins = [
    "tests.support.browsing",
    "tests.support.demo",
    "tests.support.desk_visit",
    "tests.support.taught",
    "tests.support.telegram_shop",
]


# The longest first; the first three ask for no index, which the others wait for.
_LONG = (
    *("test_linear", "web/test_browser", "test_no_500", "proofs/", "bench/", "test_authorization"),
    *("test_end_to_end", "cli/test_cli", "training/", "telegram/test_serve", "models/test_real"),
    *("group/test_sync", "group/test_admin", "test_serving", "doctor/test_machine"),
)


def pytest_configure() -> None:
    """What is imported for the tests stays to the end: looking again and again for garbage among
    it takes each worker a third of its start."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on only what is new is looked through."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every worker begins with a share of the long files, so that none is left alone with one at
    the end: `--dist worksteal` gives each a row of tests, and to whoever is done with it the end
    of another's."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    ranks = {file: [part in file for part in _LONG] for file in files}
    long = sorted((file for file in files if any(ranks[file])), key=lambda f: ranks[f].index(True))
    short = [item for file in files if not any(ranks[file]) for item in files[file]]
    total, items[:] = len(items), []
    for worker in range(workers):
        share = [item for file in long[worker::workers] for item in files[file]]
        fill = max(0, (total - len(items)) // (workers - worker) - len(share))
        items += share + short[:fill]
        del short[:fill]
    items += short


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder for this run and all its workers: an encoder is exported once, and nobody's
    own cache is read or written."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every HTTP client reads a list of certificate authorities, which takes as long as many a
    test. Here nothing leaves the machine, so the list has one that nobody knows."""
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run, started by the first test that needs it."""
    with running_postgres() as server:
        # Only the disk's own failure could tell the difference, and the tests get much faster.
        server.execute(sql.SQL("ALTER SYSTEM SET fsync = off"), sql.SQL("SELECT pg_reload_conf()"))
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing else, to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with the schema and nothing else, to copy."""
    url = postgres.create()
    database = Database(url)
    database.migrate()
    database.close()
    return str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on; each test that asks for one runs on both."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh database without any tables."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'deskhand.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.lend() as url:
        yield url


@pytest.fixture
def database(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh, migrated database."""
    if backend == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    template = request.getfixturevalue("migrated_postgres")
    server: Postgres = request.getfixturevalue("postgres")
    with server.lend_again(template) as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def sqlite_database(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """A fresh, migrated SQLite database, for tests that need no other."""
    path = tmp_path / "deskhand.db"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def unused_tcp_port() -> int:
    """A port where nobody is, nor will be: the system gives it to nobody who asks for any."""
    return free_port()


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A test that configures logging does so for itself: its captured stderr is closed after it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries to leave this machine fails loudly."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _require_local(address[0])
        connect(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        _require_local(host)
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)


def _require_local(host: str | bytes | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        local = ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        local = False
    if not local:
        pytest.fail(f"a test tried to reach {name!r}; tests stay on this machine")
