"""`bot customer`, as typed in a terminal, on a real database and index."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import customer
from bot.customers import identity
from bot.customers.mail import Folder
from bot.database.db import Database
from bot.errors import NotFoundError
from bot.knowledge.index import CurrentIndex
from bot.orders.embedding import FOLDER
from bot.orders.record import State
from bot.orders.vectors import Item, OrderVectors
from bot.types import OneCustomer, now
from tests.customers.test_rights import SECRETS, bytes_of, lived
from tests.support.customers import chat
from tests.support.talk import BEN, STREET, bought, shop_with


@pytest.fixture(autouse=True)
def terminal(
    sqlite_database: Database, demo_index_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An English terminal on the test's database, index and letters."""
    shutil.copytree(demo_index_dir, tmp_path / "index")
    monkeypatch.setenv("BOT_DATABASE_URL", str(sqlite_database.url.set(drivername="sqlite")))
    monkeypatch.setenv("BOT_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setenv("BOT_SMTP_URL", f"file:{tmp_path / 'mail'}")
    monkeypatch.setenv("BOT_MAIL_FROM", "shop@example.com")
    monkeypatch.setenv("BOT_LANGUAGE", "en")


def run(*words: str) -> Result:
    return CliRunner().invoke(customer.app, list(words))


def test_a_link_from_the_terminal_proves_its_customer(sqlite_database: Database) -> None:
    shop_with(sqlite_database, bought("#W2001", State.PAID))
    url = json.loads(run("link", "anna", "--json").output)["web"]
    assert url.startswith("http://127.0.0.1:8080/chat#proof=")
    with sqlite_database.begin() as session:
        scope = identity.prove_by_link(session, chat(session), url.split("=")[1], at=now())
    assert scope == OneCustomer("anna")


def test_an_unknown_customer_gets_no_link() -> None:
    assert isinstance(run("link", "nobody").exception, NotFoundError)


def test_an_export_is_json(sqlite_database: Database) -> None:
    lived(sqlite_database)
    found = json.loads(run("export", "anna").output)
    assert found["customers"][0]["email"] == "anna@example.com"
    assert found["orders"][0]["address"]["street"] == STREET


def test_erased_means_gone_from_every_file(
    sqlite_database: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lived(sqlite_database)
    letters = Folder(tmp_path / "mail", "shop@example.com")
    letters.send("anna@example.com", "Code", "123456")
    letters.send("ben@example.com", "Code", "654321")
    encoder = CurrentIndex(tmp_path / "index").get().encoder
    vectors = OrderVectors(tmp_path / "index" / FOLDER, lambda: encoder)
    _, order = bought("#W2001", State.DELIVERED)
    vectors.put([("anna", Item(order.vector_id, "blue kettle"))])
    _, his = bought("#W3001", State.SHIPPED, of=BEN)
    vectors.put([("ben", Item(his.vector_id, "blue kettle"))])
    assert run("erase", "anna", "--yes").exit_code == 0
    files = bytes_of(tmp_path)
    for secret in (*SECRETS, str(order.vector_id)):
        assert secret.encode() not in files, secret
    assert order.vector_id.to_bytes(8, "little") not in files
    assert his.vector_id.to_bytes(8, "little") in files
    assert b"ben@example.com" in files
    logged = "".join(capfd.readouterr())
    for secret in SECRETS:
        assert secret not in logged


def test_a_second_erasure_says_that_there_is_nobody_and_cleans_up(
    sqlite_database: Database,
) -> None:
    lived(sqlite_database)
    assert run("erase", "anna", "-y").exit_code == 0
    assert isinstance(run("erase", "anna", "-y").exception, NotFoundError)


def test_erasing_is_asked_about_first(sqlite_database: Database) -> None:
    lived(sqlite_database)
    assert run("erase", "anna").exit_code == 1
    assert json.loads(run("export", "anna").output)["customers"]
