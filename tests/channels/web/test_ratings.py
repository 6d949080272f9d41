"""Ratings from the web chat: what a browser may send, and whose answers it may rate."""

import asyncio
import time
from uuid import uuid4

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from bot.database.db import Database
from bot.database.tables import FeedbackRow
from tests.channels.web.test_channel import Shop, message, shop

__all__ = ["shop"]


def answered(client: TestClient, text: str = "Where is my robe?") -> int:
    """Ask, wait for the answer, and give its turn's id."""
    client.post("/api/chat/messages", json=message(text))
    until = time.monotonic() + 30
    while time.monotonic() < until:
        turns = client.get("/api/chat/turns").json()["turns"]
        if turns and turns[-1]["author"] == "bot":
            return int(turns[-1]["id"])
        asyncio.run(asyncio.sleep(0.02))
    raise AssertionError("no answer came")


def rate(client: TestClient, turn: object, value: object, **headers: str) -> int:
    body = {"turn": turn, "value": value}
    return client.post("/api/chat/ratings", json=body, headers=headers).status_code


def kept(db: Database) -> list[tuple[int, int]]:
    with db.read() as session:
        return [(row.turn_id, row.value) for row in session.exec(select(FeedbackRow))]


def shown(client: TestClient) -> list[int | None]:
    return [turn["rating"] for turn in client.get("/api/chat/turns").json()["turns"]]


def test_a_rating_is_kept_and_shown_when_the_page_comes_back(shop: Shop) -> None:
    client = shop.browser()
    turn = answered(client)
    assert shown(client) == [None, 0], "the shopper's own words cannot be rated"
    assert rate(client, turn, 1) == 200
    assert rate(client, turn, -1) == 200
    assert kept(shop.db) == [(turn, -1)]
    assert shown(client) == [None, -1]


def test_another_shoppers_answer_cannot_be_rated(shop: Shop) -> None:
    anna, bert = shop.browser(), shop.browser()
    theirs = answered(anna)
    assert rate(bert, theirs, 1) == 404, "they have no conversation at all"
    answered(bert)
    assert rate(bert, theirs, 1) == 404
    assert rate(anna, theirs - 1, 1) == 404, "their own question"
    assert kept(shop.db) == []


@pytest.mark.parametrize(
    ("turn", "value"),
    [(1, 0), (1, 2), (1, True), (1, "1"), (1, None), ("1", 1), (0, 1), (2**63, 1), (None, 1)],
)
def test_what_is_no_rating_is_refused(shop: Shop, turn: object, value: object) -> None:
    assert rate(shop.browser(), turn, value) == 400


def test_only_our_own_page_with_a_session_may_rate(shop: Shop) -> None:
    client = shop.browser()
    turn = answered(client)
    assert rate(client, turn, 1, Origin="https://evil.example") == 403
    assert rate(TestClient(shop.app), turn, 1) == 401
    assert kept(shop.db) == []


def test_presses_cannot_flood(shop: Shop) -> None:
    client = shop.browser()
    turn = answered(client)
    codes = {rate(client, turn, 1 if number % 2 else -1) for number in range(40)}
    assert codes == {200, 429}
    assert client.post("/api/chat/messages", json=message(str(uuid4()))).status_code == 202
