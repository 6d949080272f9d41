"""Reads order files: which fields belong to which order, and where each stood. It checks no field.

CSV has a row per item, JSON and JSON lines an object per order (README, "Orders"). τ-bench retail's
files (`orders.json` beside `users.json`) are understood as well: see `retail`.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import InputError
from bot.orders import retail
from bot.orders.checks import Raw
from bot.texts import t

_LIMIT = 1024**3  # bytes of one file; larger ones are split by whoever made them
_ORDER = {"order_id": "id"} | {
    name: name
    for name in [
        "state",
        "placed_at",
        "expected_on",
        "currency",
        "total",
        "refunded",
        "email",
        "phone",
    ]
}
_CUSTOMER = {"customer_id": "id", "customer_name": "name", "language": "language"}
_ITEM = {"item": "name", "sku": "sku", "quantity": "quantity", "price": "price"}
_PARCEL = {"carrier": "carrier", "tracking": "tracking", "tracking_url": "url"}
_ADDRESS = {"city": "city", "country": "country", "postcode": "postcode", "address": "line1"}
_PAYMENT = {"payment": "kind", "payment_last": "last"}
_DATED = {"shipped_at": "shipped", "delivered_at": "delivered", "refunded_at": "refunded"}
_OTHER = ("item_en", "item_zh", "options")
COLUMNS = frozenset([*_ORDER, *_CUSTOMER, *_ITEM, *_PARCEL, *_ADDRESS, *_PAYMENT, *_DATED, *_OTHER])
NEEDED = ("order_id", "customer_id", "state", "currency", "total", "item", "price")


@dataclass(frozen=True)
class Problem:
    """Something that was left out: where, and why."""

    where: str  # "orders.csv:12" or "orders.json, order 5 (JT-1042)"
    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def message(self, language: str) -> str:
        """The reason and what to do, without the place."""
        return t(self.key, language, **self.params)


@dataclass(frozen=True)
class Row:
    """One order as a file has it; `customer` may be no more than an id."""

    where: str
    customer: Raw
    order: Raw


@dataclass
class Contents:
    """What a file or folder holds. `demo` says that it is made up, with days counted from now."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    demo: bool = False


def read(path: Path) -> Contents:
    """All orders in a file, or in a folder's files; `InputError` when there are none at all."""
    found = Contents()
    if path.is_dir():
        names = sorted(each for each in path.iterdir() if each.suffix.lower() in _READERS)
        names = [each for each in names if each.name not in retail.BESIDE]
    else:
        names = [path]
    for name in names:
        try:
            reader = _READERS.get(name.suffix.lower())
            if reader is None:
                raise InputError("orders.unknown_format", extension=name.suffix or name.name)
            if name.stat().st_size > _LIMIT:
                raise InputError("orders.too_large", file=name.name)
            reader(name, found)
        except (OSError, UnicodeDecodeError) as error:
            detail = getattr(error, "strerror", None) or "UTF-8"
            raise InputError("orders.unreadable", file=name, detail=detail) from error
    if not found.rows and not found.problems:
        raise InputError("orders.nothing", path=path)
    return found


def _json(path: Path, into: Contents) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError("orders.not_json", file=path.name, detail=error) from error
    if retail.is_retail(found):
        for place, customer, order in retail.rows(found, path):
            into.rows.append(Row(f"{path.name}, {place}", customer, order))
        return
    whole: Any = {"orders": found} if isinstance(found, list) else found
    if not isinstance(whole, dict) or not isinstance(whole.get("orders"), list):
        raise InputError("orders.no_list", file=path.name)
    into.demo = into.demo or whole.get("demo") is True
    customers = {}
    for at, each in enumerate(whole.get("customers") or (), 1):
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            customers[each["id"]] = each
        else:
            into.problems.append(Problem(f"{path.name}, customer {at}", "orders.no_customer_id"))
    for at, each in enumerate(whole["orders"], 1):
        label = f" ({each['id']})" if isinstance(each, dict) and "id" in each else ""
        _add(each, customers, f"{path.name}, order {at}{label}", into)


def _jsonl(path: Path, into: Contents) -> None:
    with path.open(encoding="utf-8-sig") as lines:
        for at, line in enumerate(lines, 1):
            if line.strip():
                try:
                    _add(json.loads(line), {}, f"{path.name}:{at}", into)
                except ValueError as error:
                    detail = {"file": path.name, "detail": error}
                    into.problems.append(Problem(f"{path.name}:{at}", "orders.not_json", detail))


def _add(raw: Any, customers: Mapping[str, Raw], where: str, into: Contents) -> None:
    """One order object; its customer is an object in it, or an id that stands in `customers`."""
    whose = raw.get("customer") if isinstance(raw, dict) else None
    if isinstance(whose, str) and whose:
        whose = customers.get(whose, {"id": whose})
    if not isinstance(whose, dict):
        into.problems.append(Problem(where, "orders.no_customer"))
        return
    into.rows.append(Row(where, whose, {k: v for k, v in raw.items() if k != "customer"}))


def _csv(path: Path, into: Contents) -> None:
    """A row is an item; rows with one `order_id` are one order, whose fields its first row has."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file, strict=True)
        names = [name.strip().lower() for name in table.fieldnames or ()]
        table.fieldnames = names
        missing = [name for name in NEEDED if name not in names]
        unknown = [name for name in names if name not in COLUMNS]
        if missing or unknown:
            key = "orders.missing_columns" if missing else "orders.unknown_columns"
            raise InputError(key, file=path.name, columns=", ".join(missing or unknown))
        join(_csv_rows(table, path, into), into)


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


def _csv_rows(
    table: "csv.DictReader[str]", path: Path, into: Contents
) -> Iterator[tuple[str, dict[str, str]]]:
    rows = iter(table)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            where = f"{path.name}:{table.line_num}"
            into.problems.append(Problem(where, "orders.not_csv", {"detail": error}))
            continue
        where = f"{path.name}:{table.line_num}"
        if None in cells:
            into.problems.append(Problem(where, "orders.too_many_cells"))
            continue
        yield where, {k: (v or "").strip() for k, v in cells.items()}


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


_READERS: dict[str, Callable[[Path, Contents], None]] = {
    ".json": _json,
    ".jsonl": _jsonl,
    ".csv": _csv,
}
