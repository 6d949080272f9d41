"""The REST source, over HTTP against the stand-in: paging, budget, refusals, nobody else's."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.orders.checks import Reading
from bot.orders.record import State
from bot.orders.sources import SourceError, Who
from bot.orders.sources.shopify import ShopifySource
from tests.support import shopify
from tests.support.shopify import TOKEN, Shop, order

ANN = Who(customer_id="7001", email="c7001@example.com")


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.time = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def shop() -> Iterator[Shop]:
    with shopify.running() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(shop: Shop, clock: Clock) -> ShopifySource:
    return ShopifySource(shop.url, TOKEN, Reading(source="shopify"), clock=clock, sleep=clock.sleep)


def test_an_order_of_the_api_becomes_a_record(shop: Shop, source: ShopifySource) -> None:
    shop.orders = [order(1001)]
    [(customer, made)] = source.fetch(ANN)
    assert (customer.id, customer.email, customer.name) == ("7001", "c7001@example.com", "Ann Lee")
    assert (made.id, made.state, made.total) == ("#1001", State.SHIPPED, 7990)
    assert made.lines[0].options == {"variant": "blue"}
    assert made.shipments[0].positions == (0,)
    assert [event.kind for event in made.events] == ["placed", "shipped", "in_transit"]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"cancelled_at": "2026-11-21T10:00:00Z"}, State.CANCELLED),
        ({"financial_status": "refunded"}, State.REFUNDED),
        ({"fulfillment_status": None, "fulfillments": []}, State.PAID),
        (
            {"fulfillment_status": None, "fulfillments": [], "financial_status": "pending"},
            State.PLACED,
        ),
        (
            {
                "fulfillments": [
                    {"status": "success", "shipment_status": "delivered",
                     "created_at": "2026-11-22T18:00:00Z", "updated_at": "2026-11-23T06:00:00Z"}
                ]
            },
            State.DELIVERED,
        ),
    ],
)  # fmt: skip
def test_the_apis_states_are_ours(
    shop: Shop, source: ShopifySource, changes: dict[str, Any], state: State
) -> None:
    shop.orders = [order(1001, **changes)]
    [(_, made)] = source.fetch(ANN)
    assert made.state is state


def test_all_pages_are_fetched(shop: Shop, source: ShopifySource) -> None:
    shop.page = 2
    shop.orders = [order(number) for number in range(1001, 1006)]
    assert [made.id for _, made in source.fetch(ANN)] == [
        f"#{number}" for number in range(1001, 1006)
    ]
    assert len(shop.asked) == 3


def test_the_customer_is_part_of_the_request_and_nobody_elses_order_gets_through(
    shop: Shop, source: ShopifySource
) -> None:
    shop.orders = [order(1001), order(2001, customer=7002)]
    assert [made.id for _, made in source.fetch(ANN)] == ["#1001"]
    assert "/customers/7001/orders.json" in shop.asked[0]
    # An API that answers with more than it was asked for.
    body = json.dumps({"orders": [order(2001, customer=7002)]})
    shop.answers = [(200, {}, body)]
    assert source.fetch(ANN) == []


def test_without_an_id_of_the_api_the_e_mail_is_bound(shop: Shop, source: ShopifySource) -> None:
    shop.orders = [order(1001), order(2001, customer=7002)]
    who = Who(customer_id=None, email="c7002@example.com")
    assert [made.id for _, made in source.fetch(who)] == ["#2001"]
    assert source.fetch(Who(customer_id="../../secrets", email=None)) == []


def test_retry_after_is_obeyed(shop: Shop, source: ShopifySource, clock: Clock) -> None:
    shop.orders = [order(1001)]
    shop.answers = [(429, {"Retry-After": "2.0"}, "{}")]
    assert len(source.fetch(ANN)) == 1
    assert clock.slept == [pytest.approx(2.0)]


def test_a_nearly_full_bucket_is_given_time_to_leak(
    shop: Shop, source: ShopifySource, clock: Clock
) -> None:
    shop.page, shop.used = 1, "39/40"
    shop.orders = [order(1001), order(1002)]
    assert len(source.fetch(ANN)) == 2
    assert clock.slept
    assert max(clock.slept) <= 4


def test_who_is_told_to_wait_too_long_gives_up(shop: Shop, source: ShopifySource) -> None:
    shop.answers = [(429, {"Retry-After": "60"}, "{}")]
    with pytest.raises(SourceError) as caught:
        source.fetch(ANN)
    assert caught.value.key == "orders.api_busy"


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ((401, {}, "{}"), "orders.api_refused"),
        ((500, {}, "oops"), "orders.api_failed"),
        ((302, {"Location": "http://elsewhere.example/"}, ""), "orders.api_failed"),
        ((200, {}, "<html>"), "orders.api_shape"),
        ((200, {}, '{"orders": 7}'), "orders.api_shape"),
    ],
)
def test_whatever_goes_wrong_has_a_name(
    shop: Shop, source: ShopifySource, answer: tuple[int, dict[str, str], str], key: str
) -> None:
    shop.answers = [answer]
    with pytest.raises(SourceError) as caught:
        source.fetch(ANN)
    assert caught.value.key == key
    assert TOKEN not in str(caught.value)


def test_the_token_is_not_carried_to_another_host(shop: Shop, source: ShopifySource) -> None:
    shop.page, shop.next_host = 1, "http://elsewhere.example"
    shop.orders = [order(1001), order(1002)]
    with pytest.raises(SourceError) as caught:
        source.fetch(ANN)
    assert caught.value.key == "orders.api_elsewhere"


def test_one_unusable_order_leaves_the_others(shop: Shop, source: ShopifySource) -> None:
    shop.orders = [order(1001, currency=None), order(1002)]
    assert [made.id for _, made in source.fetch(ANN)] == ["#1002"]


def test_a_wrong_token_and_a_silent_api_are_found_by_the_check(shop: Shop) -> None:
    ShopifySource(shop.url, TOKEN, Reading()).check()
    with pytest.raises(SourceError):
        ShopifySource(shop.url, "wrong", Reading()).check()
    with pytest.raises(SourceError):
        ShopifySource("http://127.0.0.1:9", TOKEN, Reading()).check()
