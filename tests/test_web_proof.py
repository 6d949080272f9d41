"""A link from the shop in the web chat, over HTTP; in a browser it is in test_web_browser.py."""

from collections.abc import Iterator

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from bot import conversation, identity
from bot.conversation import saved
from bot.db import Database
from bot.tables import InboxRow, TurnRow
from bot.types import Nobody, OneCustomer, Scope, now
from tests.customers import customer
from tests.test_web import Shop


@pytest.fixture
def shop(sqlite_database: Database) -> Iterator[Shop]:
    shop = Shop(sqlite_database)
    with sqlite_database.begin() as session:
        customer(session)
    with TestClient(shop.app):
        yield shop


def link(shop: Shop) -> str:
    with shop.db.begin() as session:
        return identity.make_link(session, "anna", at=now())


def scope(shop: Shop, browser: TestClient) -> Scope:
    with shop.db.read() as session:
        row = conversation.find(session, shop.chat_of(browser))
        return identity.scope(session, saved(row.id), at=now()) if row else Nobody()


def test_a_link_proves_the_chat_that_opens_it(shop: Shop) -> None:
    anna, eve, token = shop.browser(), shop.browser(), link(shop)
    for _ in range(2):  # a page that lost the answer asks again
        assert anna.post("/api/chat/proof", json={"token": token}).status_code == 202
    assert scope(shop, anna) == OneCustomer("anna")
    assert eve.post("/api/chat/proof", json={"token": token}).status_code == 202
    assert scope(shop, eve) == Nobody()
    with shop.db.read() as session:
        assert token not in " ".join(session.exec(select(TurnRow.text)))
        assert session.exec(select(InboxRow.choice)).all() == ["proof:link"] * 2


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 7}, {"token": "x" * 65}, []])
def test_what_is_no_token_is_refused(shop: Shop, body: object) -> None:
    assert shop.browser().post("/api/chat/proof", json=body).status_code == 400


def test_a_forged_token_proves_nothing(shop: Shop) -> None:
    eve = shop.browser()
    assert eve.post("/api/chat/proof", json={"token": "A" * 48}).status_code == 202
    assert scope(shop, eve) == Nobody()


def test_another_sites_page_cannot_plant_an_identity(shop: Shop) -> None:
    anna, token = shop.browser(), link(shop)
    headers = {"origin": "https://evil.example"}
    answer = anna.post("/api/chat/proof", json={"token": token}, headers=headers)
    assert answer.status_code == 403
    assert scope(shop, anna) == Nobody()


def test_without_a_session_there_is_nothing_to_prove(shop: Shop) -> None:
    token = link(shop)
    assert TestClient(shop.app).post("/api/chat/proof", json={"token": token}).status_code == 401
