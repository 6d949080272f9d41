"""Orders of many customers and a small catalogue, for what goes with what."""

from collections.abc import Sequence
from datetime import timedelta

from bot.catalogue.table import Table
from bot.database.db import Database
from bot.knowledge.entry import Entry, Facts
from bot.orders import store
from bot.orders.record import Customer, Line, Order, State
from bot.types import now


def product(
    sku: str, kind: str, *, material: str = "", stock: int | None = 9, category: str = ""
) -> Entry:
    """A product of that kind, called by its SKU and kind."""
    attributes = (("Material", material),) if material else ()
    facts = Facts(category, "", attributes, "20.00", "USD", stock)
    title = f"{sku} {kind}"
    return Entry(
        f"product/{sku}", "en", "", (), title, "p.yaml", title, "product", tags=(kind,), facts=facts
    )


def shelf(*more: Entry) -> Table:
    """Sheets, pillow, lamp and mug; the linen ones share their material."""
    return Table(
        [
            product("SHEET", "sheet", material="100% linen"),
            product("PILLOW", "pillow", material="down"),
            product("LAMP", "lamp", material="linen, brass"),
            product("MUG", "mug", material="stoneware"),
            *more,
        ]
    )


def ordered(
    db: Database, customer: str, *orders: Sequence[str], state: State = State.DELIVERED
) -> None:
    """A customer's orders, the oldest first, each of these SKUs."""
    at = now()
    records = [
        (
            Customer(customer, customer),
            Order(
                f"{customer}-{number}",
                customer,
                state,
                "USD",
                2000,
                placed_at=at - timedelta(days=90 - number),
                lines=tuple(Line(sku, 2000, sku=sku) for sku in skus),
            ),
        )
        for number, skus in enumerate(orders)
    ]
    with db.begin() as session:
        store.save(session, records, at=at)
