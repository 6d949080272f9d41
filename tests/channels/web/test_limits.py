"""How much may come from one chat and one address, and what is left for everybody else."""

import contextlib
from collections.abc import Iterator
from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from bot.channels.web.limits import MAX_STREAMS, Limiter, Limits, RateLimit, Streams
from bot.channels.web.messages import Refused
from bot.database.db import Database
from tests.support.web_shop import build

FEW = Limits(chats_an_hour=3, messages_a_minute=8, streams=8, streams_each=4)


@pytest.fixture
def shop(sqlite_database: Database) -> Iterator[Starlette]:
    app, _, _ = build(sqlite_database, limits=FEW)
    with TestClient(app):
        yield app


class Shopper:
    """A browser with a fresh cookie, at an address."""

    def __init__(self, shop: Starlette, address: str) -> None:
        self.browser = TestClient(shop, client=(address, 1))
        self.browser.get("/chat")

    def says(self, text: str = "quiet", **fields: str) -> int:
        return self.browser.post(
            "/api/chat/messages", json={"id": str(uuid4()), "text": text, **fields}
        ).status_code


def test_one_address_begins_only_so_many_chats(shop: Starlette) -> None:
    strangers = [Shopper(shop, "192.0.2.1") for _ in range(5)]
    assert [stranger.says("a person, please") for stranger in strangers] == [202] * 3 + [429] * 2
    assert strangers[0].says() == 202, "who has begun goes on"
    assert Shopper(shop, "192.0.2.2").says() == 202


def test_a_whole_ipv6_network_is_one_address(shop: Starlette) -> None:
    strangers = [Shopper(shop, f"2001:db8:0:1::{number}") for number in range(1, 5)]
    assert [stranger.says() for stranger in strangers] == [202] * 3 + [429]
    assert Shopper(shop, "2001:db8:0:2::1").says() == 202


def test_one_address_sends_only_so_many_messages_a_minute(shop: Starlette) -> None:
    household = [Shopper(shop, "192.0.2.1") for _ in range(3)]
    assert [shopper.says() for shopper in household * 3] == [202] * 8 + [429]
    assert Shopper(shop, "192.0.2.2").says() == 202


def test_a_message_that_comes_again_counts_once(shop: Starlette) -> None:
    shopper = Shopper(shop, "192.0.2.1")
    same = str(uuid4())
    assert [shopper.says(id=same) for _ in range(20)] == [202] * 20


def test_whoever_is_told_to_wait_hears_why_in_their_language(shop: Starlette) -> None:
    for _ in range(3):
        Shopper(shop, "192.0.2.1").says()
    late = Shopper(shop, "192.0.2.1").browser
    sent = {"id": str(uuid4()), "text": "你好"}
    refused = late.post("/api/chat/messages", json=sent, headers={"Accept-Language": "zh"})
    assert "您所在网络" in refused.json()["error"]
    assert 0 < int(refused.headers["retry-after"]) <= 3600


def test_the_rate_limit_lets_go_after_its_time() -> None:
    time = [0.0]
    limit = RateLimit(2, 60, clock=lambda: time[0])
    assert [limit.wait("a"), limit.wait("a"), limit.wait("b")] == [0, 0, 0]
    time[0] = 45.0
    assert limit.wait("a") == 15
    time[0] = 60.0
    assert limit.wait("a") == 0


def test_no_limit_is_none() -> None:
    limit = RateLimit(0, 60)
    assert not any(limit.wait("a") for _ in range(1000))


def test_the_rate_limit_forgets_whoever_was_quiet_longest() -> None:
    limit = RateLimit(1, 60, clock=lambda: 0.0)
    limit.wait("first")
    limit.wait("loud")
    for number in range(9_999):
        limit.wait(str(number))
        assert limit.wait("loud") == 60
    assert limit.wait("first") == 0


def test_a_closed_stream_makes_room_for_another() -> None:
    streams = Streams(8, 4)
    over = [streams.open("a", "home") for _ in range(MAX_STREAMS)]
    assert streams.chat_is_full("a")
    assert not streams.chat_is_full("b")
    over.pop()()
    assert not streams.chat_is_full("a")


def test_streams_of_one_address_leave_room_for_others() -> None:
    streams = Streams(8, 4)
    for number in range(4):
        assert not streams.is_full("home", known=True)
        streams.open(str(number), "home")
    assert streams.is_full("home", known=True)
    assert not streams.is_full("elsewhere", known=True)


def test_free_cookies_never_take_the_streams_of_those_who_have_written() -> None:
    streams = Streams(8, 4)
    opened = 0
    for number in range(1000):
        if not streams.is_full(str(number), known=False):
            streams.open(str(number), str(number))
            opened += 1
    assert opened == 2
    assert not streams.is_full("shopper", known=True)


def test_a_full_shop_says_so_once_a_minute_and_not_for_each_stream() -> None:
    limiter = Limiter(FEW, clock=lambda: 0.0)
    with capture_logs() as lines:
        for number in range(100):
            with contextlib.suppress(Refused):
                limiter.stream(str(number), "home", known=True)
    assert [line["event"] for line in lines] == ["web.limited"]
