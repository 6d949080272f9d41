"""A link from the shop in the web chat, over HTTP; in a browser it is in test_browser.py."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from bot.channels.web.session import LONGEST
from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.customers import identity
from bot.database.db import Database
from bot.database.tables import InboxRow, TurnRow
from bot.texts import t
from bot.types import Nobody, OneCustomer, OneOrder, Scope, now
from tests.channels.web.test_channel import Shop
from tests.support.customers import customer, order


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


def says(browser: TestClient, text: str, choice: str | None = None) -> dict[str, object]:
    sent = {"id": str(uuid4()), "text": text, "choice": choice}
    answer = browser.post("/api/chat/messages", json=sent)
    assert answer.status_code == 202
    return dict(answer.json())


def read(browser: TestClient) -> dict[str, Any]:
    return dict(browser.get("/api/chat/turns").json())


def other_browser(shop: Shop, cookie: str | None) -> TestClient:
    """Somebody who has copied, or had planted, this cookie."""
    return TestClient(shop.app, headers={"Cookie": f"deskhand_chat={cookie}"})


PROOF = "W2001 anna@example.com"


@pytest.fixture
def orders(shop: Shop) -> Shop:
    with shop.db.begin() as session:
        order(session)
    return shop


def test_a_proof_begins_another_session(orders: Shop) -> None:
    anna = orders.browser()
    says(anna, "hello")
    eve = other_browser(orders, anna.cookies["deskhand_chat"])
    assert read(eve)["turns"]
    assert says(anna, PROOF)["renewed"] is True
    assert scope(orders, anna) == OneOrder("anna", "#W2001")
    assert read(anna)["proven"] is True
    for path in ("/api/chat/turns", "/api/chat/events"):
        assert eve.get(path).status_code == 401
    sent = {"id": str(uuid4()), "text": "where is my order?"}
    assert eve.post("/api/chat/messages", json=sent).status_code == 401
    assert eve.get("/chat").cookies["deskhand_chat"] != anna.cookies["deskhand_chat"]


def test_the_first_message_of_a_chat_may_be_the_proof(orders: Shop) -> None:
    anna = orders.browser()
    eve = other_browser(orders, anna.cookies["deskhand_chat"])
    says(anna, PROOF)
    assert eve.get("/api/chat/turns").status_code == 401


def test_a_page_that_lost_the_answer_to_its_proof_gets_it_again(orders: Shop) -> None:
    anna = orders.browser()
    before = anna.cookies["deskhand_chat"]
    sent = {"id": str(uuid4()), "text": PROOF}
    anna.post("/api/chat/messages", json=sent)
    again = other_browser(orders, before).post("/api/chat/messages", json=sent)
    assert (again.status_code, again.json()["renewed"]) == (202, True)
    assert (
        again.cookies["deskhand_chat"].split(".")[0] == anna.cookies["deskhand_chat"].split(".")[0]
    )
    guessed = other_browser(orders, before).post(
        "/api/chat/messages", json=sent | {"id": str(uuid4())}
    )
    assert guessed.status_code == 401


def test_what_was_said_under_a_proof_is_hidden_after_it(orders: Shop) -> None:
    anna = orders.browser()
    says(anna, "hello")
    says(anna, PROOF)
    says(anna, "send it to Quay 7")
    assert "send it to Quay 7" in [turn["text"] for turn in read(anna)["turns"]]
    assert says(anna, "Log out", "proof:leave")["renewed"] is True
    seen = read(anna)
    texts = [turn["text"] for turn in seen["turns"] if turn["author"] == "shopper"]
    hidden = t("web.turn_hidden", "en")
    assert texts == ["hello", hidden, hidden, "Log out"]
    assert seen["proven"] is False
    assert "Quay" not in str(seen)
    says(anna, PROOF)
    assert "send it to Quay 7" in [turn["text"] for turn in read(anna)["turns"]]


def test_another_customer_in_the_same_chat_sees_nothing_of_the_first(orders: Shop) -> None:
    browser = orders.browser()
    with orders.db.begin() as session:
        customer(session, "ben", email="ben@example.com", phone=None)
        order(session, "#W3001", "ben")
    says(browser, PROOF)
    says(browser, "send it to Quay 7")
    says(browser, "that's not me")
    says(browser, "W3001 ben@example.com")
    assert read(browser)["proven"] is True
    assert "Quay" not in str(read(browser))


def test_a_link_in_another_customers_chat_opens_one_of_its_own(orders: Shop) -> None:
    browser = orders.browser()
    with orders.db.begin() as session:
        customer(session, "ben", email="ben@example.com", phone=None)
        order(session, "#W3001", "ben")
    says(browser, "W3001 ben@example.com")
    bens = orders.chat_of(browser)
    answer = browser.post("/api/chat/proof", json={"token": link(orders)})
    assert (answer.status_code, answer.json()["renewed"]) == (202, True)
    assert orders.chat_of(browser) != bens
    assert scope(orders, browser) == OneCustomer("anna")
    assert "W3001" not in str(read(browser))
    with orders.db.read() as session:
        row = conversation.find(session, bens)
        assert row is not None
        assert identity.scope(session, saved(row.id), at=now()) == OneOrder("ben", "#W3001")


def test_a_session_ends_at_last(orders: Shop) -> None:
    anna = orders.browser()
    says(anna, "hello")
    with orders.db.begin() as session:
        row = conversation.find(session, orders.chat_of(anna))
        assert row is not None
        row.created_at = now() - LONGEST
        session.add(row)
    before = anna.cookies["deskhand_chat"]
    assert anna.get("/api/chat/turns").status_code == 401
    anna.get("/chat")
    assert anna.cookies["deskhand_chat"] != before
    assert read(anna)["turns"] == []
