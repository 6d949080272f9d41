"""Transactions, group commit, migrations."""

import asyncio
import math
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, text
from sqlmodel import Session, SQLModel, select
from structlog.testing import capture_logs

from bot.database.db import Database
from bot.database.group_commit import GROUP
from bot.database.tables import SecretRow
from bot.database.transaction import tell
from bot.errors import ConflictError, DatabaseError


def put(name: str, value: str = "x") -> Any:
    """A write that stores one secret."""

    def work(session: Session) -> str:
        session.add(SecretRow(name=name, value=value))
        session.flush()
        return name

    return work


def names(session: Session) -> list[str]:
    return sorted(session.exec(select(SecretRow.name)))


@asynccontextmanager
async def held_back(database: Database) -> AsyncIterator[None]:
    """Keep the writing thread busy inside the block, so that writes begun in it wait together."""
    gate, begun = threading.Event(), threading.Event()

    def wait(session: Session) -> None:
        session.connection()
        begun.set()
        gate.wait(60)

    waiting = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(begun.wait, 60)
    yield
    gate.set()
    await waiting


def test_migrations_make_exactly_what_the_tables_declare(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": False, "include_name": _declared}
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def _declared(name: str | None, kind: str, parents: object) -> bool:
    """Not what only a migration can make: what finds words."""
    return not (name or "").startswith(("search_fts", "search_words"))


def shape(database: Database) -> set[tuple[str, ...]]:
    """What `compare_metadata` does not see: conditions of indexes, and ids that never come back."""
    queries = {
        True: "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL UNION"
        " SELECT name, 'never again' FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'",
        False: "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    with database.read() as session:
        rows = session.connection().execute(text(queries[database.sqlite])).all()
    return {tuple(row) for row in rows if "alembic" not in row[0] and _declared(row[0], "", ())}


def test_migrations_make_the_conditions_that_the_tables_declare(
    database: Database, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if backend == "sqlite":
        url = f"sqlite:///{tmp_path / 'declared.db'}"
    else:
        url = request.getfixturevalue("postgres").create()
    declared = Database(url)
    SQLModel.metadata.create_all(declared.engine)
    expected = shape(declared)
    declared.close()
    assert shape(database) == expected
    assert any("closed" in definition for _, definition in expected)


def test_migrating_twice_changes_nothing_and_is_told_once(database_url: str) -> None:
    database = Database(database_url)
    with capture_logs() as records:
        database.migrate()
    assert [record["event"] for record in records] == ["database.migrated"]
    with database.begin() as session:
        put("kept")(session)
    with capture_logs() as records:
        database.migrate()
    assert records == []
    with database.read() as session:
        assert names(session) == ["kept"]
    database.close()


def test_processes_that_start_at_once_migrate_without_harm(database_url: str) -> None:
    script = "import sys; from bot.database.db import Database; Database(sys.argv[1]).migrate()"
    command = [sys.executable, "-c", script, database_url]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()


def test_a_schema_newer_than_the_code_is_left_alone(database: Database) -> None:
    with database.begin() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError) as raised:
        database.migrate()
    assert "9999" in raised.value.message("en")
    assert "9999" in raised.value.message("zh")


def test_begin_commits_at_the_end_and_rolls_back_on_an_error(database: Database) -> None:
    with database.begin() as session:
        put("kept")(session)

    def break_half_way() -> None:
        with database.begin() as session:
            put("undone")(session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_half_way()
    with database.read() as session:
        assert names(session) == ["kept"]


def test_what_a_reader_changes_is_not_kept(database: Database) -> None:
    with database.read() as session:
        put("undone")(session)
    with database.read() as session:
        assert names(session) == []


@pytest.mark.asyncio
async def test_rows_can_be_read_after_their_session_is_gone(database: Database) -> None:
    def work(session: Session) -> SecretRow:
        row = SecretRow(name="a", value="b")
        session.add(row)
        return row

    await database.write(work)
    row = await database.query(lambda session: session.exec(select(SecretRow)).one())
    assert (row.name, row.value) == ("a", "b")
    assert (await database.write(lambda session: session.get(SecretRow, "a"))).value == "b"  # type: ignore[union-attr]


@pytest.mark.asyncio
async def test_a_failing_write_does_not_harm_its_neighbours(database: Database) -> None:
    def failing(number: int) -> Any:
        def work(session: Session) -> None:
            put(f"undone{number}")(session)
            raise ZeroDivisionError(number)

        return work

    def clashing(session: Session) -> None:
        session.add(SecretRow(name="0", value="again"))

    await database.write(put("0"))
    works = [failing(n) if n % 3 == 0 else put(str(n)) for n in range(1, 60)] + [clashing]
    results = await asyncio.gather(*map(database.write, works), return_exceptions=True)
    for number, result in enumerate(results[:-1], start=1):
        if number % 3 == 0:
            assert isinstance(result, ZeroDivisionError)
            assert result.args == (number,)
        else:
            assert result == str(number)
    assert isinstance(results[-1], ConflictError)
    expected = sorted(str(n) for n in range(60) if n % 3 or n == 0)
    assert await database.query(names) == expected


@pytest.mark.asyncio
async def test_concurrent_writes_on_sqlite_share_their_commits(sqlite_database: Database) -> None:
    commits = []
    event.listen(sqlite_database.engine, "commit", lambda connection: commits.append(1))
    async with held_back(sqlite_database):
        writes = [asyncio.create_task(sqlite_database.write(put(str(n)))) for n in range(200)]
        await asyncio.sleep(0)
    await asyncio.gather(*writes)
    assert len(await sqlite_database.query(names)) == 200
    assert len(commits) == 1 + math.ceil(200 / GROUP)


@pytest.mark.asyncio
async def test_what_goes_first_overtakes_what_waits_and_what_shares_a_commit(
    sqlite_database: Database,
) -> None:
    done: list[str] = []
    gate, begun = threading.Event(), threading.Event()

    def noting(name: str) -> Any:
        def work(session: Session) -> None:
            put(name)(session)
            done.append(name)
            if name == "begun":
                begun.set()
                gate.wait(60)

        return work

    async with held_back(sqlite_database):
        common = [noting("common"), noting("begun"), *(noting(str(n)) for n in range(40))]
        writes = [asyncio.create_task(sqlite_database.write(each)) for each in common]
        await asyncio.sleep(0)
        writes.append(asyncio.create_task(sqlite_database.write(noting("a"), first=True)))
        await asyncio.sleep(0)
    await asyncio.to_thread(begun.wait, 60)
    assert done == ["a", "common", "begun"]
    writes += [asyncio.create_task(sqlite_database.write(noting(n), first=True)) for n in "bc"]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*writes)
    assert done.index("c") == done.index("b") + 1 < 12
    assert [name for name in done if name.isdigit()] == [str(n) for n in range(40)]
    assert len(done) == len(set(done)) == 45


@pytest.mark.asyncio
async def test_a_commit_that_fails_is_raised_to_everyone_who_shared_it(
    sqlite_database: Database,
) -> None:
    await sqlite_database.write(put("before"))

    def leaving_the_transaction(session: Session) -> None:
        # What SQLite does by itself when the disk is full: everything is undone, not only this.
        session.connection().exec_driver_sql("ROLLBACK")

    works = [put(str(n)) for n in range(5)]
    works.insert(3, leaving_the_transaction)
    async with held_back(sqlite_database):
        writes = [asyncio.create_task(sqlite_database.write(work)) for work in works]
        await asyncio.sleep(0)
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert all(isinstance(result, DatabaseError) for result in results)
    assert await sqlite_database.query(names) == ["before"]
    assert await sqlite_database.write(put("after")) == "after"


@pytest.mark.asyncio
async def test_listeners_hear_of_a_write_after_it_is_durable(database: Database) -> None:
    heard: list[tuple[str, bool]] = []

    def listener(events: Sequence[object]) -> None:
        for name in map(str, events):
            with database.read() as session:
                heard.append((name, name in names(session)))

    def noted(name: str, fails: bool) -> Any:
        def work(session: Session) -> None:
            put(name)(session)
            tell(session, name)
            if fails:
                raise ZeroDivisionError

        return work

    database.listeners.append(listener)
    works = [database.write(noted(f"{n}", fails=n % 4 == 0)) for n in range(12)]
    await asyncio.gather(*works, return_exceptions=True)
    with database.begin() as session:
        noted("by hand", fails=False)(session)
    assert sorted(heard) == sorted(
        [*((f"{n}", True) for n in range(12) if n % 4), ("by hand", True)]
    )


@pytest.mark.asyncio
async def test_readers_and_writers_of_two_processes_never_find_it_locked(
    database: Database,
) -> None:
    other = Database(database.url.render_as_string(hide_password=False))

    def count_and_put(name: str) -> Any:
        def work(session: Session) -> None:
            known = len(names(session))  # read, then write: fatal without BEGIN IMMEDIATE
            put(f"{name}-{known}")(session)

        return work

    writes = [(database, other)[n % 2].write(count_and_put(str(n))) for n in range(100)]
    await asyncio.gather(*writes, *(other.query(names) for _ in range(50)))
    assert len(await database.query(names)) == 100
    other.close()


@pytest.mark.asyncio
async def test_closing_finishes_what_waits_and_refuses_the_rest(sqlite_database: Database) -> None:
    writes = [asyncio.ensure_future(sqlite_database.write(put(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    await asyncio.to_thread(sqlite_database.close)
    assert await asyncio.gather(*writes) == [str(n) for n in range(20)]
    with pytest.raises(DatabaseError, match="shutting down"):
        await sqlite_database.write(put("late"))


def test_sqlite_is_set_up_to_survive_a_power_cut(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        pragma = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragma == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }
