"""Whose Telegram account is whose: one-time links and the command line's way."""

from datetime import timedelta

import pytest

from bot.database.db import Database
from bot.database.tables import UserRow
from bot.errors import ConflictError, ForbiddenError, InputError
from bot.tickets import accounts, users
from bot.types import now
from tests.support.desk_shop import PASSWORD


@pytest.fixture(autouse=True)
def people(database: Database) -> None:
    with database.begin() as session:
        for name in ("Mia", "Noor"):
            session.add(UserRow(name=name, password_hash="-"))


def test_link_connects_once_and_never_again(database: Database) -> None:
    at = now()
    with database.begin() as session:
        link = accounts.make_link(session, "mia", at)
    assert len(link) <= 64, "Telegram takes no longer payload"
    with database.begin() as session:
        assert accounts.use_link(session, link, 77, at).name == "Mia"
        found = accounts.owner(session, 77)
        assert found is not None
        assert found.name == "Mia"
    with database.begin() as session:
        accounts.disconnect(session, "Mia")
        with pytest.raises(ForbiddenError):
            accounts.use_link(session, link, 88, at)
        assert accounts.owner(session, 77) is None


def test_newer_link_and_a_quarter_of_an_hour_make_a_link_void(database: Database) -> None:
    at = now()
    with database.begin() as session:
        first = accounts.make_link(session, "Mia", at)
        second = accounts.make_link(session, "Mia", at)
        for link, when in ((first, at), (second, at + timedelta(minutes=15)), ("agent_", at)):
            with pytest.raises(ForbiddenError):
                accounts.use_link(session, link, 77, when)
        accounts.use_link(session, second, 77, at + timedelta(minutes=14))


def test_the_link_itself_is_not_in_the_database(database: Database) -> None:
    with database.begin() as session:
        link = accounts.make_link(session, "Mia", now())
        kept = users.find(session, "Mia").link_hash
    assert kept is not None
    assert link.removeprefix(accounts.PREFIX) not in kept


def test_account_belongs_to_one_user_at_most(database: Database) -> None:
    with database.begin() as session:
        accounts.connect(session, "Mia", 77)
        accounts.connect(session, "Mia", 77)
        link = accounts.make_link(session, "Noor", now())
        with pytest.raises(ConflictError, match="Mia"):
            accounts.connect(session, "Noor", 77)
        with pytest.raises(ConflictError, match="Mia"):
            accounts.use_link(session, link, 77, now())
        for wrong in (0, -5, 1 << 60):
            with pytest.raises(InputError):
                accounts.connect(session, "Noor", wrong)


def test_a_new_password_leaves_the_account_connected(database: Database) -> None:
    with database.begin() as session:
        accounts.connect(session, "Mia", 77)
        users.change_password(session, "Mia", PASSWORD)
        assert accounts.owner(session, 77) is not None
        users.remove(session, "Mia")
        assert accounts.owner(session, 77) is None
