"""Orders as files have them, for the tests around `bot/orders/`: small, whole, easy to break."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from bot.database.db import Database
from bot.orders import checks, store
from bot.orders.checks import Reading
from bot.orders.record import Order

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

ANN: dict[str, Any] = {
    "id": "ann",
    "name": "Ann Lee",
    "email": "Ann@Example.com",
    "phone": "+44 20 7946 0018",
    "language": "en",
}
BOB: dict[str, Any] = {"id": "bob", "name": "Bob Ray", "email": "bob@example.com"}

KETTLE: dict[str, Any] = {
    "id": "W-1001",
    "state": "shipped",
    "placed_at": "2026-11-20T10:00:00+01:00",
    "expected_on": "2026-11-26",
    "currency": "USD",
    "total": "79.90",
    "payment": {"kind": "Visa", "last": "4242"},
    "address": {"line1": "1 Secret Lane", "city": "Leeds", "country": "GB"},
    "items": [
        {
            "name": "Harbor kettle",
            "names": {"zh": "海港水壶"},
            "sku": "K1",
            "options": {"Colour": "blue"},
            "price": "64.00",
        },
        {"name": "Tea towel", "quantity": 2, "price": "7.95"},
    ],
    "shipments": [
        {
            "carrier": "DHL",
            "tracking": "12345",
            "items": [0],
            "events": [
                {"kind": "in_transit", "at": "2026-11-23T06:00:00Z", "place": "Bremen"},
                {"kind": "shipped", "at": "2026-11-22T18:00:00Z"},
            ],
        }
    ],
    "events": [{"kind": "paid", "at": "2026-11-20T09:01:00Z"}],
}


def raw(**changes: Any) -> dict[str, Any]:
    """The kettle's order with other fields; None takes one away."""
    made = deepcopy(KETTLE) | changes
    return {name: value for name, value in made.items() if value is not None}


def order(customer: str = "ann", **changes: Any) -> Order:
    """`raw` as a checked record."""
    return checks.order(raw(**changes), Reading(), customer)


def saved(database: Database, *pairs: tuple[dict[str, Any], Order]) -> store.Saved:
    """Store orders of the customers that they stand with."""
    records = [(checks.customer(whose), each) for whose, each in pairs]
    with database.begin() as session:
        return store.save(session, records, at=NOW)
