"""τ-bench retail's files, `orders.json` and `users.json`, as an order file of ours.

Orders there have no dates; where an order has `placed_at`, it is taken. Its "pending" is paid and
not packed, its "processed" has a tracking number, so it is shipped.
"""

from collections.abc import Mapping
from typing import Any

_STATES = {
    "pending": "paid",
    "processed": "shipped",
    "delivered": "delivered",
    "cancelled": "cancelled",
    "return requested": "delivered",
    "exchange requested": "delivered",
    "returned": "returned",
}
_CURRENCY = "USD"


def converted(orders: Mapping[str, Any], users: Mapping[str, Any]) -> dict[str, Any]:
    """What `docs/orders.md` calls an object with `customers` and `orders`."""
    return {
        "customers": [{"id": user, **_customer(of)} for user, of in users.items()],
        "orders": [
            {"customer": raw["user_id"], **_order(order_id, raw, users[raw["user_id"]])}
            for order_id, raw in orders.items()
        ],
    }


def _customer(user: Mapping[str, Any]) -> dict[str, Any]:
    name = user.get("name") or {}
    words = (name.get("first_name"), name.get("last_name"))
    return {"name": " ".join(filter(None, words)), "email": user.get("email"), "language": "en"}


def _order(order_id: str, raw: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
    items = raw.get("items") or []
    places = {item.get("item_id"): at for at, item in enumerate(items)}
    paid = raw.get("payment_history") or []
    status = str(raw.get("status", "")).split(" (")[0]
    return {
        "id": order_id,
        "state": _STATES.get(status, status),
        "currency": _CURRENCY,
        "placed_at": raw.get("placed_at"),
        "total": _sum(paid, "payment")
        or _amount(sum(_number(item.get("price")) for item in items)),
        "refunded": _sum(paid, "refund"),
        "payment": _payment(paid, user),
        "address": _address(raw.get("address") or {}),
        "items": [
            {
                "name": item.get("name"),
                "sku": item.get("item_id"),
                "options": item.get("options"),
                "price": _amount(item.get("price")),
            }
            for item in items
        ],
        "shipments": [
            {
                "tracking": ", ".join(parcel.get("tracking_id") or []),
                "items": [places[item] for item in parcel.get("item_ids") or [] if item in places],
            }
            for parcel in raw.get("fulfillments") or []
        ],
    }


def _amount(value: object) -> object:
    """A float that was added up, without its dust; anything else as it is."""
    return round(value, 2) if isinstance(value, float) else value


def _number(value: object) -> float:
    return value if isinstance(value, (int, float)) else 0


def _sum(history: list[Any], kind: str) -> object:
    return _amount(
        sum(_number(each.get("amount")) for each in history if each.get("transaction_type") == kind)
    )


def _payment(history: list[Any], user: Mapping[str, Any]) -> dict[str, Any]:
    first = history[0].get("payment_method_id") if history else None
    method = (user.get("payment_methods") or {}).get(first) or {}
    kind = method.get("brand") or str(method.get("source", "")).replace("_", " ")
    return {"kind": kind, "last": method.get("last_four")}


def _address(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "line1": raw.get("address1"),
        "line2": raw.get("address2"),
        "city": raw.get("city"),
        "region": raw.get("state"),
        "postcode": raw.get("zip"),
        "country": raw.get("country"),
    }
