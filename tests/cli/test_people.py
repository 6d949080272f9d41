"""`bot tickets` and `bot users`, as typed in a terminal, on a real database."""

import json

import pytest
from typer.testing import CliRunner, Result

from bot.cli import tickets
from bot.cli import users as cli_users
from bot.database.db import Database
from bot.desk.pages import security
from bot.errors import ConflictError, InputError
from bot.tickets import users
from bot.types import now
from tests.support.desk_shop import PASSWORD, escalated
from tests.support.logins import authenticate


@pytest.fixture(autouse=True)
def terminal(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """An English terminal 100 columns wide, on the test's database."""
    path = sqlite_database.engine.url.database
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.setenv("BOT_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "100")


def test_a_ticket_from_list_to_close(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        escalated(session, question="我的浴袍到哪了？\x1b[2J", language="zh")
    listed = _tickets("list").output
    assert "Asked for a person" in listed
    assert "我的浴袍到哪了？" in listed
    assert "\x1b[2J" not in listed
    assert "yours, Mia" in _tickets("take", "1", "--as", "Mia").output
    assert "Sent" in _tickets("reply", "1", "--as", "Mia", stdin="今天发货\n").output
    shown = _tickets("show", "1").output
    assert "今天发货" in shown
    assert "客服 Mia 已接入" in shown
    plain = json.loads(_tickets("show", "1", "--json").output)
    assert (plain["status"], plain["agent"], plain["turns"][-1]["text"]) == (
        *("taken", "Mia", "今天发货"),
    )
    refused = _tickets("close", "1", "--as", "Noor")
    assert isinstance(refused.exception, ConflictError)
    assert "back to the bot" in _tickets("back", "1", "--as", "Mia").output
    assert "Nobody is waiting." in _tickets("list").output
    assert [one["id"] for one in json.loads(_tickets("list", "--all", "--json").output)] == [1]


def test_the_terminal_speaks_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOT_LANGUAGE")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "当前没有顾客在等待。" in _tickets("list").output


def test_users_from_add_to_remove(sqlite_database: Database) -> None:
    assert "no users yet" in _users("list").output
    added = _users("add", "Mia", "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n")
    assert "Added Mia (Admin)." in added.output
    assert PASSWORD not in added.output
    with sqlite_database.begin() as session:
        assert authenticate(session, "Mia", PASSWORD) is not None
    prompted = _users("add", "Noor", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert "Added Noor (Agent)." in prompted.output
    assert PASSWORD not in prompted.output
    typo = _users("passwd", "Noor", stdin=f"{PASSWORD}\n{PASSWORD}!\n")
    assert isinstance(typo.exception, InputError)
    assert [one["name"] for one in json.loads(_users("list", "--json").output)] == ["Mia", "Noor"]
    assert _users("remove", "Noor", stdin="n\n").exit_code == 1
    assert "Removed Noor." in _users("remove", "Noor", "--yes").output


def test_one_time_passwords_are_those_of_the_page(sqlite_database: Database) -> None:
    added = _users("add", "Li", "--one-time").output
    password = added.partition("only now: ")[2].strip()
    with sqlite_database.begin() as session:
        user = authenticate(session, "Li", password)
        assert user is not None
        assert user.must_change_password
        security.start_session(session, user.id or 0, now())
    assert "logged out everywhere (1)" in _users("logout", "Li").output
    again = _users("passwd", "Li", "--one-time").output.partition("only now: ")[2].strip()
    assert again != password
    assert "without a code" in _users("code-off", "Li").output


def _tickets(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(tickets.app, list(words), input=stdin)


def _users(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli_users.app, list(words), input=stdin)


def test_telegram_account_is_connected_and_disconnected(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        users.add(session, "Mia", "agent", PASSWORD)
    runner = CliRunner()
    said = runner.invoke(cli_users.app, ["telegram", "Mia", "77"], catch_exceptions=False).output
    assert "77" in said
    assert "77" in runner.invoke(cli_users.app, ["list"]).output
    assert isinstance(runner.invoke(cli_users.app, ["telegram", "Mia"]).exception, InputError)
    runner.invoke(cli_users.app, ["telegram", "Mia", "--off"], catch_exceptions=False)
    listed = json.loads(runner.invoke(cli_users.app, ["list", "--json"]).output)
    assert [each["telegram_id"] for each in listed] == [None]
