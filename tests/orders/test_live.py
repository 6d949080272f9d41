"""Orders kept fresh from a live source: asked once for all who wait, cached, failing honestly."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.database.db import Database
from bot.orders import checks, store
from bot.orders.live import PAUSE, TTL, LiveOrders
from bot.orders.record import Customer, Order
from bot.orders.sources import SourceError, Who
from bot.types import Nobody, OneCustomer, OneOrder
from tests.support.order_files import ANN, BOB, order, saved


class Shop:
    """A shop's system in memory: what it says next, and whom it was asked for."""

    name = "shop"

    def __init__(self) -> None:
        self.orders: list[tuple[Customer, Order]] = []
        self.asked: list[Who] = []
        self.down = False
        self.gate: threading.Event | None = None

    def fetch(self, who: Who) -> Sequence[tuple[Customer, Order]]:
        self.asked.append(who)
        if self.gate is not None:
            self.gate.wait(10)
        if self.down:
            raise SourceError("orders.api_failed", url="shop", status=500)
        return [pair for pair in self.orders if pair[0].id == who.customer_id]

    def check(self) -> None:
        return


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.orders = [(checks.customer(ANN), order()), (checks.customer(BOB), order("bob", id="B-1"))]
    return shop


@pytest.fixture
def time() -> list[float]:
    return [1000.0]


@pytest.fixture
def live(database: Database, shop: Shop, time: list[float]) -> LiveOrders:
    saved(database, (ANN, order(state="paid")))
    clock: Callable[[], float] = lambda: time[0]  # noqa: E731
    return LiveOrders(database, shop, clock=clock)


def states(database: Database, customer: str = "ann") -> list[str]:
    with database.read() as session:
        return [each.state for each in store.orders(session, OneCustomer(customer))]


def test_what_the_shop_says_is_what_is_answered_from(live: LiveOrders, database: Database) -> None:
    assert live.refresh(OneCustomer("ann"))
    assert states(database) == ["shipped"]
    assert states(database, "bob") == []


def test_the_scope_is_part_of_what_is_asked(live: LiveOrders, shop: Shop) -> None:
    live.refresh(OneOrder("ann", "W-1001"))
    assert shop.asked == [Who("ann", "ann@example.com", "W-1001")]
    live.refresh(Nobody())
    assert len(shop.asked) == 1


def test_an_answer_is_good_for_a_while_and_then_asked_for_again(
    live: LiveOrders, shop: Shop, time: list[float]
) -> None:
    for _ in range(3):
        live.refresh(OneCustomer("ann"))
    assert len(shop.asked) == 1
    time[0] += TTL + 1
    live.refresh(OneCustomer("ann"))
    assert len(shop.asked) == 2


def test_many_who_ask_at_once_are_one_question(live: LiveOrders, shop: Shop) -> None:
    shop.gate = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(live.refresh, OneCustomer("ann")) for _ in range(8)]
        while not shop.asked:
            threading.Event().wait(0.01)
        shop.gate.set()
        assert all(each.result(10) for each in asking)
    assert len(shop.asked) == 1


def test_a_source_that_fails_leaves_what_is_here_and_is_left_alone_for_a_moment(
    live: LiveOrders, shop: Shop, database: Database, time: list[float]
) -> None:
    shop.down = True
    assert not live.refresh(OneCustomer("ann"))
    assert not live.refresh(OneCustomer("ann"))
    assert len(shop.asked) == 1
    assert states(database) == ["paid"]
    shop.down = False
    time[0] += PAUSE + 1
    assert live.refresh(OneCustomer("ann"))
    assert states(database) == ["shipped"]
