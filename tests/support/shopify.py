"""A stand-in for Shopify's Admin API over HTTP: pages, a leaky bucket, 429, and what goes wrong."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN = "shpat_1234567890"


def order(number: int, customer: int = 7001, **changes: Any) -> dict[str, Any]:
    """An order as the API gives it."""
    made: dict[str, Any] = {
        "id": 900 + number,
        "name": f"#{number}",
        "email": f"c{customer}@example.com",
        "phone": None,
        "created_at": "2026-11-20T10:00:00+01:00",
        "cancelled_at": None,
        "currency": "USD",
        "total_price": "79.90",
        "financial_status": "paid",
        "fulfillment_status": "fulfilled",
        "payment_gateway_names": ["shopify_payments"],
        "customer": {
            "id": customer,
            "first_name": "Ann",
            "last_name": "Lee",
            "email": f"C{customer}@Example.com",
            "phone": None,
        },
        "line_items": [
            {"id": 1, "title": "Harbor kettle", "variant_title": "blue", "quantity": 1,
             "price": "64.00", "sku": "K1"},
            {"id": 2, "title": "Tea towel", "variant_title": None, "quantity": 2,
             "price": "7.95", "sku": ""},
        ],
        "fulfillments": [
            {"status": "success", "tracking_company": "DHL", "tracking_number": "12345",
             "tracking_url": "https://track.example/12345", "shipment_status": "in_transit",
             "created_at": "2026-11-22T18:00:00Z", "updated_at": "2026-11-23T06:00:00Z",
             "line_items": [{"id": 1}]}
        ],
        "refunds": [],
        "shipping_address": {"address1": "1 Secret Lane", "city": "Leeds", "country_code": "GB"},
    }  # fmt: skip
    return made | changes


class Shop:
    """What the API has and how it behaves. `answers` are sent before it answers properly again."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.page = 250
        self.used = "1/40"
        self.answers: list[tuple[int, dict[str, str], str]] = []
        self.next_host: str | None = None
        self.gate: threading.Event | None = None
        self.url = ""


@contextmanager
def running() -> Iterator[Shop]:
    """The API on a free port of this machine."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shop.asked.append(self.path)
            if shop.gate is not None:
                shop.gate.wait(10)
            if shop.answers:
                status, headers, body = shop.answers.pop(0)
                self._send(status, headers, body)
            elif self.headers.get("X-Shopify-Access-Token") != TOKEN:
                self._send(401, {}, '{"errors": "Invalid API key or access token"}')
            else:
                self._orders()

        def _orders(self) -> None:
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            found = shop.orders
            parts = path.split("/")
            if "customers" in parts:
                whose = parts[parts.index("customers") + 1]
                found = [each for each in found if str(each["customer"]["id"]) == whose]
            if "email" in query:
                found = [each for each in found if each["email"] == query["email"][0]]
            if "name" in query:
                found = [each for each in found if each["name"] == query["name"][0]]
            start = int(query.get("page_info", ["0"])[0])
            headers = {"X-Shopify-Shop-Api-Call-Limit": shop.used}
            if start + shop.page < len(found):
                base = shop.next_host or shop.url
                query["page_info"] = [str(start + shop.page)]
                link = f"{base}{path}?{urlencode(query, doseq=True)}"
                headers["Link"] = f'<{link}>; rel="next"'
            page = found[start : start + shop.page]
            self._send(200, headers, json.dumps({"orders": page}))

        def _send(self, status: int, headers: dict[str, str], body: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
