"""Orders from rows of items, as a CSV file or a query of the shop's database has them.

It says which columns there are and joins the rows of one order. It checks no field.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.orders.files import Contents, Problem, Row

_SAME = ("state", "placed_at", "expected_on", "currency", "total", "refunded", "email", "phone")
_ORDER = {"order_id": "id"} | {name: name for name in _SAME}
_CUSTOMER = {"customer_id": "id", "customer_name": "name", "language": "language"}
_ITEM = {"item": "name", "sku": "sku", "quantity": "quantity", "price": "price"}
_PARCEL = {"carrier": "carrier", "tracking": "tracking", "tracking_url": "url"}
_ADDRESS = {"city": "city", "country": "country", "postcode": "postcode", "address": "line1"}
_PAYMENT = {"payment": "kind", "payment_last": "last"}
_DATED = {"shipped_at": "shipped", "delivered_at": "delivered", "refunded_at": "refunded"}
_OTHER = ("item_en", "item_zh", "options")
COLUMNS = frozenset([*_ORDER, *_CUSTOMER, *_ITEM, *_PARCEL, *_ADDRESS, *_PAYMENT, *_DATED, *_OTHER])
NEEDED = ("order_id", "customer_id", "state", "currency", "total", "item", "price")


def join(rows: Iterable[tuple[str, Mapping[str, str]]], into: Contents) -> None:
    """Rows of items, each with the place where it stood, to orders."""
    orders: dict[str, Row] = {}
    bad: set[str] = set()
    for where, cells in rows:
        number = cells.get("order_id", "")
        item = _item(cells)
        if number in orders:
            orders[number].order["items"].append(item)
        elif number:
            orders[number] = _first(cells, item, where)
        if item is None or not number:
            bad.add(number)
            key = "orders.bad_options" if number else "orders.no_id"
            into.problems.append(Problem(where, key))
    into.rows += [row for number, row in orders.items() if number not in bad]


def _item(cells: Mapping[str, str]) -> dict[str, Any] | None:
    """The item of a CSV row; None when its options are not "name=value; …"."""
    item: dict[str, Any] = _picked(cells, _ITEM)
    names = {"en": cells.get("item_en", ""), "zh": cells.get("item_zh", "")}
    pairs = [each.partition("=") for each in cells.get("options", "").split(";") if each.strip()]
    if not all(equals and name.strip() for name, equals, _ in pairs):
        return None
    options = {name.strip(): value.strip() for name, _, value in pairs}
    return {**item, "names": {k: v for k, v in names.items() if v}, "options": options}


def _first(cells: Mapping[str, str], item: dict[str, Any] | None, where: str) -> Row:
    order: dict[str, Any] = _picked(cells, _ORDER)
    order["items"] = [item]
    order["address"] = _picked(cells, _ADDRESS)
    order["payment"] = _picked(cells, _PAYMENT)
    events = [{"kind": kind, "at": cells[at]} for at, kind in _DATED.items() if cells.get(at)]
    parcel: dict[str, Any] = _picked(cells, _PARCEL)
    if parcel:
        parcel["events"] = [each for each in events if each["kind"] != "refunded"]
        events = [each for each in events if each["kind"] == "refunded"]
        order["shipments"] = [parcel]
    order["events"] = events
    customer = _picked(cells, _CUSTOMER | {"email": "email", "phone": "phone"})
    return Row(where, customer, order)


def _picked(cells: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    """The cells that are filled, under the names that an order object has for them."""
    return {name: cells[column] for column, name in names.items() if cells.get(column)}
