"""A database that is wrong, away or closed to us: what a person reads then."""

import os
from pathlib import Path

import pytest
from psycopg import sql
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import SecretRow
from bot.errors import DatabaseError
from tests.support.postgres import Postgres


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("not a url", "database.bad_url"),
        ("mysql://root@localhost/shop", "database.unknown_driver"),
        ("oracle+nonsense://x", "database.unknown_driver"),
        ("sqlite://", "database.no_file"),
        ("sqlite:///:memory:", "database.no_file"),
    ],
)
def test_a_wrong_url_is_named(url: str, key: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        Database(url)
    assert raised.value.key == key
    for language in ("en", "zh"):
        assert "BOT_DATABASE_URL" in raised.value.message(language)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_postgresql_gets_our_driver(scheme: str) -> None:
    database = Database(f"{scheme}://user:secret@127.0.0.1:1/shop")
    assert database.url.drivername == "postgresql+psycopg"
    database.close()


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    database = Database("postgres://user:secret@127.0.0.1:1/shop")
    with pytest.raises(DatabaseError) as raised:
        database.ping()
    assert raised.value.key == "database.unreachable"
    for language in ("en", "zh"):
        assert "127.0.0.1" in raised.value.message(language)
        assert "secret" not in raised.value.message(language)
    database.close()


def test_a_wrong_password_is_told_apart(postgres: Postgres) -> None:
    rules = postgres.folder / "pg_hba.conf"
    rules.write_text("local all guarded scram-sha-256\n" + rules.read_text())
    postgres.execute(
        sql.SQL("SELECT pg_reload_conf()"), sql.SQL("CREATE ROLE guarded LOGIN PASSWORD 'right'")
    )
    url = postgres.create().replace("postgres:@", "guarded:wrong@")
    database = Database(url)
    with pytest.raises(DatabaseError) as raised:
        database.ping()
    assert raised.value.key == "database.wrong_password"
    assert "wrong" not in raised.value.message("en")
    database.close()


def test_a_database_that_does_not_exist_is_told_apart(postgres: Postgres) -> None:
    database = Database(postgres.server.get_uri(database="nowhere"))
    with pytest.raises(DatabaseError) as raised:
        database.ping()
    assert raised.value.key == "database.no_such_database"
    database.close()


def test_missing_tables_are_told_apart(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(DatabaseError) as raised, database.read() as session:
        session.exec(select(SecretRow.name)).all()
    assert raised.value.key == "database.not_migrated"
    database.close()


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'deeper' / 'shop.db'}")
    database.migrate()
    database.ping()
    database.close()


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseError) as raised:
        Database(f"sqlite:///{tmp_path / 'file' / 'shop.db'}")
    assert raised.value.key == "database.not_writable"
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(DatabaseError) as raised:
        Database(f"sqlite:///{tmp_path / 'folder.db'}")
    assert raised.value.key == "database.not_writable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    with pytest.raises(DatabaseError) as raised:
        database.ping()
    assert raised.value.key == "database.not_writable"
    database.close()
    tmp_path.chmod(0o700)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_text("This is a shopping list, not a database. " * 40)
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    with pytest.raises(DatabaseError) as raised:
        database.ping()
    assert raised.value.key == "database.damaged"
    database.close()
