"""Orders from a shop's REST API in the shape of Shopify's Admin API.

One customer's orders are asked for by the customer's id in the path or the e-mail in the query,
page by page along the `Link` header. The API's budget is a leaky bucket, told in a header of each
answer: it is waited for, as is `Retry-After`, while there is time. Answers are mapped to the fields
of an order file and checked like one. The access token goes to the shop's own host alone.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.orders.checks import Reading
from bot.orders.record import Customer, Order
from bot.orders.sources import SourceError, Who, checked_row, is_theirs

VERSION = "2026-01"
TIMEOUT = 8.0  # seconds for one look-up, waiting included
_PAGE = 250
_MOST_PAGES = 8
_LEAK = 2.0  # calls that the bucket forgets in a second
_NEARLY_FULL = 0.9
_ID = re.compile(r"\d{1,20}")
_FIELDS = (
    "id,name,email,phone,created_at,cancelled_at,currency,total_price,financial_status,"
    "fulfillment_status,customer,line_items,fulfillments,refunds,shipping_address,"
    "payment_gateway_names"
)
_MOVES = {
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "attempted_delivery": "delivery_failed",
    "failure": "delivery_failed",
    "ready_for_pickup": "ready_for_pickup",
    "delivered": "delivered",
}


class ShopifySource:
    """The API at `url` ("https://yourshop.myshopify.com"), with an Admin API access token."""

    name = "shopify"

    def __init__(
        self,
        url: str,
        token: str,
        reading: Reading,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = url.rstrip("/")
        self._reading = reading
        self._clock = clock
        self._sleep = sleep
        self._bucket = threading.Lock()
        self._full_until = 0.0  # before this moment of `clock` nothing is asked
        self._client = httpx.Client(
            headers={"X-Shopify-Access-Token": token, "Accept": "application/json"},
            timeout=TIMEOUT,
            follow_redirects=False,
        )

    def fetch(self, who: Who) -> Sequence[tuple[Customer, Order]]:
        """The customer's orders; `SourceError` when the API does not answer in time."""
        path = "/orders.json"
        query = {"status": "any", "limit": str(_PAGE), "fields": _FIELDS}
        if who.customer_id is not None and _ID.fullmatch(who.customer_id):
            path = f"/customers/{who.customer_id}/orders.json"
        elif who.email is not None:
            query["email"] = who.email
        else:
            return []
        if who.order_id is not None:
            query["name"] = who.order_id
        found = []
        for raw in self._pages(f"{self._base}/admin/api/{VERSION}{path}", query):
            pair = checked_row(self.name, *_mapped(raw), self._reading)
            if pair is not None and is_theirs(*pair, who):
                found.append(pair)
        return found

    def check(self) -> None:
        """The address answers and takes the token."""
        url = f"{self._base}/admin/api/{VERSION}/orders.json"
        self._get(url, {"limit": "1", "fields": "id"}, self._clock() + TIMEOUT)

    def _pages(self, url: str, query: Mapping[str, str]) -> Iterator[Any]:
        until = self._clock() + TIMEOUT
        asked: Mapping[str, str] | None = query
        for _ in range(_MOST_PAGES):
            response = self._get(url, asked, until)
            try:
                orders = response.json()["orders"]
            except (ValueError, KeyError, TypeError) as error:
                raise SourceError("orders.api_shape", url=self._base) from error
            if not isinstance(orders, list):
                raise SourceError("orders.api_shape", url=self._base)
            yield from orders
            following = response.links.get("next", {}).get("url")
            if not following:
                return
            if urlsplit(following)[:2] != urlsplit(self._base)[:2]:
                raise SourceError("orders.api_elsewhere", url=self._base)
            url, asked = following, None  # the link has the whole query

    def _get(self, url: str, query: Mapping[str, str] | None, until: float) -> httpx.Response:
        """One page, as soon as the budget has room for it."""
        while True:
            self._wait(until)
            try:
                response = self._client.get(url, params=query)
            except httpx.HTTPError as error:
                raise SourceError(
                    "orders.api_silent", url=self._base, detail=type(error).__name__
                ) from error
            self._note(response)
            if response.status_code == 200:
                return response
            if response.status_code != 429:
                refused = response.status_code in (401, 403)
                key = "orders.api_refused" if refused else "orders.api_failed"
                raise SourceError(key, url=self._base, status=response.status_code)

    def _wait(self, until: float) -> None:
        with self._bucket:
            pause = self._full_until - self._clock()
        if pause > 0:
            if self._clock() + pause > until:
                raise SourceError("orders.api_busy", url=self._base, seconds=round(pause, 1))
            self._sleep(pause)

    def _note(self, response: httpx.Response) -> None:
        """What the answer says of the budget: "39/40" calls are in the bucket, or wait so long."""
        pause = 0.0
        used, _, size = response.headers.get("X-Shopify-Shop-Api-Call-Limit", "").partition("/")
        if used.isdecimal() and size.isdecimal() and int(used) >= _NEARLY_FULL * int(size):
            pause = (int(used) - _NEARLY_FULL * int(size) + 1) / _LEAK
        if response.status_code == 429:
            after = response.headers.get("Retry-After", "")
            pause = max(pause, float(after) if re.fullmatch(r"\d{1,4}(\.\d+)?", after) else 1.0)
        if pause:
            with self._bucket:
                self._full_until = max(self._full_until, self._clock() + pause)


def _mapped(raw: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order of the API as the fields of an order file; what is missing the checks will name."""
    raw = raw if isinstance(raw, dict) else {}
    customer = _object(raw.get("customer"))
    names = (customer.get("first_name"), customer.get("last_name"))
    whose = {
        "id": str(customer.get("id") or ""),
        "name": " ".join(str(each) for each in names if each),
        "email": customer.get("email"),
        "phone": customer.get("phone"),
    }
    items = _objects(raw.get("line_items"))
    places = {item.get("id"): at for at, item in enumerate(items)}
    parcels = [
        _parcel(each, places)
        for each in _objects(raw.get("fulfillments"))
        if each.get("status") != "cancelled"
    ]
    gateways = raw.get("payment_gateway_names")
    order = {
        "id": raw.get("name"),
        "state": _state(raw, parcels),
        "placed_at": raw.get("created_at"),
        "currency": raw.get("currency"),
        "total": raw.get("total_price"),
        "refunded": str(_refunded(raw)),
        "email": raw.get("email"),
        "phone": raw.get("phone"),
        "payment": {"kind": str(gateways[0]).replace("_", " ")} if gateways else None,
        "address": _address(_object(raw.get("shipping_address"))),
        "items": [_item(item) for item in items],
        "shipments": parcels,
        "events": _events(raw),
    }
    return whose, order


def _state(raw: Mapping[str, Any], parcels: Sequence[Mapping[str, Any]]) -> str:
    if raw.get("cancelled_at"):
        return "cancelled"
    paid = raw.get("financial_status")
    if paid == "refunded":
        return "refunded"
    if parcels and raw.get("fulfillment_status") in ("fulfilled", "partial"):
        there = [any(each["kind"] == "delivered" for each in one["events"]) for one in parcels]
        whole = raw.get("fulfillment_status") == "fulfilled" and all(there)
        return "delivered" if whole else "shipped"
    return "paid" if paid in ("paid", "partially_refunded", "partially_paid") else "placed"


def _refunded(raw: Mapping[str, Any]) -> float:
    amounts = [
        str(each.get("amount"))
        for refund in _objects(raw.get("refunds"))
        for each in _objects(refund.get("transactions"))
        if each.get("kind") == "refund" and each.get("status") == "success"
    ]
    return round(sum(float(amount) for amount in amounts if _is_amount(amount)), 3)


def _is_amount(value: str) -> bool:
    return re.fullmatch(r"\d{1,12}(\.\d+)?", value) is not None


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    options = {
        str(each.get("name")): str(each.get("value"))
        for each in _objects(item.get("properties"))
        if each.get("name") and not str(each.get("name")).startswith("_")
    }
    if item.get("variant_title"):
        options["variant"] = str(item["variant_title"])
    return {
        "name": item.get("title") or item.get("name"),
        "sku": item.get("sku"),
        "quantity": item.get("quantity", 1),
        "price": item.get("price"),
        "options": options,
    }


def _parcel(each: Mapping[str, Any], places: Mapping[Any, int]) -> dict[str, Any]:
    events = [{"kind": "shipped", "at": each.get("created_at")}]
    move = _MOVES.get(str(each.get("shipment_status")))
    if move:
        events.append({"kind": move, "at": each.get("updated_at")})
    url = str(each.get("tracking_url") or "")
    return {
        "carrier": each.get("tracking_company"),
        "tracking": each.get("tracking_number"),
        "url": url if url.startswith("https://") else None,
        "expected_on": str(each.get("estimated_delivery_at") or "")[:10] or None,
        "items": [
            places[item.get("id")]
            for item in _objects(each.get("line_items"))
            if item.get("id") in places
        ],
        "events": events,
    }


def _events(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    events = [{"kind": "placed", "at": raw.get("created_at")}]
    if raw.get("cancelled_at"):
        events.append({"kind": "cancelled", "at": raw["cancelled_at"]})
    for refund in _objects(raw.get("refunds")):
        events.append({"kind": "refunded", "at": refund.get("created_at")})
    return events


def _address(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "line1": raw.get("address1"),
        "line2": raw.get("address2"),
        "city": raw.get("city"),
        "region": raw.get("province"),
        "postcode": raw.get("zip"),
        "country": raw.get("country_code"),
    }


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
