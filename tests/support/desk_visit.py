"""A browser at the desk, over HTTP: the fixture `desk`, and what tests look up behind it."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.conversations.live import Live
from bot.database.db import Database
from bot.database.tables import OutboxRow, TicketRow, TurnRow, UserRow
from bot.desk.pages import security
from bot.desk.pages.routes import routes
from bot.tickets import users
from bot.types import now
from tests.support.desk_shop import PASSWORD, escalated

HOST = "http://desk.example"


class Desk:
    """A browser at the desk: keeps cookies, follows nothing, knows its page's CSRF token."""

    def __init__(self, client: TestClient, told: list[int], database: Database) -> None:
        self.client = client
        self.told = told
        self.database = database

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def post(self, path: str, page: str = "/desk", **fields: str) -> Any:
        """Press a button of `page`."""
        return self.client.post(path, data={"csrf": self.token(page), **fields})

    def token(self, page: str = "/desk") -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert found is not None
        return found[1]

    def enter(self, name: str) -> None:
        """Be logged in as `name`, without the work that a password is."""
        with self.database.begin() as session:
            user = users.find(session, name)
            assert user.id is not None
            token = security.start_session(session, user.id, now())
        self.bring(token)

    def bring(self, token: str) -> None:
        """Come with a session's token, wherever it is from."""
        self.client.cookies.delete(security.COOKIE)
        self.client.cookies.set(security.COOKIE, token, domain="desk.example", path="/desk")

    def log_in(self, name: str, password: str = PASSWORD, **fields: str) -> Any:
        self.client.cookies.delete(security.COOKIE)
        return self.post("/desk/login", "/desk/login", name=name, password=password, **fields)


@cache
def password_hash() -> str:
    """The password's hash: slow on purpose, so once is enough."""
    return PasswordHasher().hash(PASSWORD)


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    """The desk with the agents Mia and Noor, and the admin Ada."""
    with database.begin() as session:
        session.add(UserRow(name="Ada", role="admin", password_hash=password_hash()))
        for name in ("Mia", "Noor"):
            session.add(UserRow(name=name, password_hash=password_hash()))
    yield from serve(database)


def serve(database: Database, *, secure: bool = False, **more: Any) -> Iterator[Desk]:
    """The desk with what `routes` is told besides."""
    told: list[int] = []
    pages = routes(
        database,
        Live(),
        secure_cookies=secure,
        on_reply=told.append,
        telegram_bot=lambda: "juniper_bot",
        **more,
    )
    app = Starlette(routes=pages)
    with TestClient(app, base_url=HOST, follow_redirects=False) as client:
        yield Desk(client, told, database)


def ticket(database: Database, chat: str = "shopper-1") -> int:
    with database.begin() as session:
        return escalated(session, chat)


def ticket_row(database: Database, ticket_id: int) -> TicketRow:
    with database.read() as session:
        ticket = session.get(TicketRow, ticket_id)
        assert ticket is not None
        return ticket


def outbox_texts(database: Database) -> list[str]:
    with database.read() as session:
        query = select(TurnRow.text).join(OutboxRow, col(OutboxRow.turn_id) == col(TurnRow.id))
        return list(session.exec(query.order_by(col(OutboxRow.id))))
