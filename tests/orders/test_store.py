"""Orders in the database: written once, changed when they change, read within a scope only."""

import pytest
from sqlmodel import select

from bot.database.db import Database
from bot.database.order_tables import OrderEventRow, OrderLineRow, OrderRow, ShipmentRow
from bot.database.tables import CustomerRow
from bot.orders import store
from bot.types import Nobody, OneCustomer, OneOrder, Scope
from tests.support.order_files import ANN, BOB, order, saved


@pytest.fixture
def shop(database: Database) -> Database:
    """Ann has two orders, Bob one."""
    saved(
        database,
        (ANN, order()),
        (ANN, order(id="W-1002", placed_at="2026-11-22T10:00:00Z", state="paid")),
        (BOB, order("bob", id="W-2001")),
    )
    return database


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Nobody(), []),
        (OneCustomer("ann"), ["W-1002", "W-1001"]),
        (OneOrder("ann", "W-1001"), ["W-1001"]),
        (OneOrder("ann", "W-2001"), []),
        (OneOrder("bob", "W-1001"), []),
        (OneCustomer("bob"), ["W-2001"]),
        (OneCustomer("' OR 1=1 --"), []),
        (OneCustomer(""), []),
    ],
)
def test_a_scope_sees_its_own_orders_newest_first_and_no_others(
    shop: Database, scope: Scope, expected: list[str]
) -> None:
    with shop.read() as session:
        assert [each.id for each in store.orders(session, scope)] == expected
        for order_id in ("W-1001", "W-1002", "W-2001"):
            found = store.one(session, scope, order_id)
            assert (found is not None) == (order_id in expected)


def test_an_order_comes_back_as_it_was_saved(database: Database) -> None:
    made = order()
    saved(database, (ANN, made))
    with database.read() as session:
        found = store.one(session, OneCustomer("ann"), "W-1001")
    assert found is not None
    assert found.digest == made.digest
    assert found.lines == made.lines
    assert found.shipments == made.shipments
    assert found.events == made.events


def test_what_has_not_changed_is_not_written_again(shop: Database) -> None:
    with shop.read() as session:
        before = session.get_one(OrderRow, "W-1001").updated_at
    again = saved(
        shop, (ANN, order()), (ANN, order(id="W-1002", state="packed", items=None, shipments=None))
    )
    assert (again.added, again.changed, again.unchanged) == ([], ["W-1002"], ["W-1001"])
    with shop.read() as session:
        assert session.get_one(OrderRow, "W-1001").updated_at == before
        changed = store.one(session, OneCustomer("ann"), "W-1002")
    assert changed is not None
    assert (changed.state, changed.lines) == ("packed", ())


def test_an_order_that_goes_to_another_customer_leaves_the_first(shop: Database) -> None:
    again = saved(shop, (BOB, order("bob")))
    assert again.moved == {"W-1001": "ann"}
    with shop.read() as session:
        assert [each.id for each in store.orders(session, OneCustomer("ann"))] == ["W-1002"]


def test_a_customer_of_whom_only_the_id_is_known_keeps_the_rest(shop: Database) -> None:
    saved(shop, ({"id": "ann"}, order(id="W-1003")))
    with shop.read() as session:
        assert session.get_one(CustomerRow, "ann").email == "ann@example.com"


def test_erasing_takes_everything_of_that_customer_and_nothing_else(shop: Database) -> None:
    with shop.begin() as session:
        vectors = store.erase(session, "ann")
    assert len(vectors) == 2
    with shop.read() as session:
        assert [row.id for row in session.exec(select(OrderRow))] == ["W-2001"]
        left = (
            {row.order_id for row in session.exec(select(OrderLineRow))},
            {row.order_id for row in session.exec(select(ShipmentRow))},
            {row.order_id for row in session.exec(select(OrderEventRow))},
        )
        assert left == ({"W-2001"}, {"W-2001"}, {"W-2001"})
