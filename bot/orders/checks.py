"""Raw fields, from whatever file or system, to a customer and an order; or what is wrong with them.

Every field is checked: money is an amount of its currency, a time has a zone (the shop's where none
is written), a state is one of ours, an e-mail and a phone are spelled in one way. A field that is
not known is an error, too: it is most often a known one, misspelled. It reads no file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, cast

from bot.errors import InputError
from bot.language.contacts import EMAIL, email_key, phone_digits
from bot.language.money import minor
from bot.orders.record import EVENTS, Customer, Event, Line, Order, Shipment, State
from bot.types import Language

Raw = Mapping[str, Any]
_AGO = re.compile(r"(\d{1,4}) (day|hour)s? ago(?: (\d\d:\d\d))?|in (\d{1,4}) days?( \d\d:\d\d)?")
_TRACKED = re.compile(r"https://[^\s<>\"']+")
_LONGEST = 300  # characters of one field
_MOST = 500  # items, parcels or events of one order
_ORDER = frozenset(
    [
        "id",
        "customer",
        "state",
        "placed_at",
        "expected_on",
        "currency",
        "total",
        "refunded",
        "email",
        "phone",
        "payment",
        "address",
        "items",
        "shipments",
        "events",
    ]
)
_CUSTOMER = frozenset(["id", "name", "email", "phone", "language"])
_LINE = frozenset(["name", "names", "sku", "options", "quantity", "price"])
_SHIPMENT = frozenset(["carrier", "tracking", "url", "expected_on", "items", "events"])
_EVENT = frozenset(["kind", "at", "place", "note"])
_ADDRESS = frozenset(["name", "line1", "line2", "city", "region", "postcode", "country"])
_PAYMENT = frozenset(["kind", "last"])


class RecordError(InputError):
    """One record cannot be used; `field` is where, as "items[2].price"."""

    def __init__(self, key: str, field: str, **params: object) -> None:
        super().__init__(f"orders.bad_{key}", field=field, **params)


@dataclass(frozen=True)
class Reading:
    """How to read what a file leaves open: the shop's zone, and the moment that "3 days ago" counts
    from, None where such words are not accepted. `source` is kept with each order."""

    zone: tzinfo = UTC
    now: datetime | None = None
    source: str = "import"


def customer(raw: Raw, place: str = "customer") -> Customer:
    """A checked customer; `RecordError` names the field."""
    known(raw, _CUSTOMER, place)
    language = raw.get("language") or None
    if language not in (None, "en", "zh"):
        raise RecordError("choice", f"{place}.language", value=language, choices="en, zh")
    return Customer(
        id=text(raw, "id", place, needed=True),
        name=text(raw, "name", place),
        email=email(raw, place),
        phone=phone(raw, place),
        language=cast(Language | None, language),
    )


def order(raw: Raw, reading: Reading, customer_id: str) -> Order:
    """A checked order of that customer; `RecordError` names the field."""
    known(raw, _ORDER, "")
    currency = text(raw, "currency", "", needed=True).upper()
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise RecordError("currency", "currency", value=currency)
    lines = tuple(
        _line(each, currency, f"items[{at}]") for at, each in enumerate(rows(raw, "items", ""))
    )
    shipments, events = [], []
    for at, each in enumerate(rows(raw, "shipments", "")):
        place = f"shipments[{at}]"
        shipments.append(_shipment(each, len(lines), reading, place))
        events += _events(each, reading, place, shipment=at)
    events += _events(raw, reading, "")
    made = Order(
        id=text(raw, "id", "", needed=True),
        customer_id=customer_id,
        state=_state(raw),
        currency=currency,
        total=money(raw, "total", currency, ""),
        placed_at=moment(raw, "placed_at", reading, ""),
        expected_on=day(raw, "expected_on", reading, ""),
        refunded=money(raw, "refunded", currency, "", default=0),
        email=email(raw, ""),
        phone=phone(raw, ""),
        payment=_payment(raw),
        address=_address(raw),
        lines=lines,
        shipments=tuple(shipments),
        events=tuple(
            sorted(events, key=lambda event: event.at or datetime.min.replace(tzinfo=UTC))
        ),
        source=reading.source,
    )
    if not made.number:
        raise RecordError("order_id", "id", value=made.id)
    return made


def known(raw: object, fields: frozenset[str], place: str) -> None:
    """`RecordError` unless `raw` is a set of `fields` alone."""
    if not isinstance(raw, Mapping):
        raise RecordError("map", place or "order")
    for name in raw:
        if name not in fields:
            raise RecordError("unknown", _at(place, str(name)), fields=", ".join(sorted(fields)))


def text(raw: Raw, name: str, place: str, *, needed: bool = False) -> str:
    """A short text on one line; "" where there is none and none is needed."""
    value = raw.get(name)
    if value is None or value == "":
        if needed:
            raise RecordError("missing", _at(place, name))
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise RecordError("text", _at(place, name))
    found = " ".join(str(value).split())
    if len(found) > _LONGEST or not found.isprintable():
        raise RecordError("text", _at(place, name))
    return found


def rows(raw: Raw, name: str, place: str) -> Sequence[Raw]:
    """A list of at most `_MOST` things; empty where there is none."""
    value = raw.get(name) or ()
    if not isinstance(value, (list, tuple)) or len(value) > _MOST:
        raise RecordError("list", _at(place, name), most=_MOST)
    return value


def money(raw: Raw, name: str, currency: str, place: str, default: int | None = None) -> int:
    """An amount in the currency's smallest units; needed where there is no `default`."""
    value = raw.get(name)
    if value is None or value == "":
        if default is None:
            raise RecordError("missing", _at(place, name))
        return default
    amount = minor(value, currency)
    if amount is None:
        raise RecordError("money", _at(place, name), value=str(value)[:40], currency=currency)
    return amount


def email(raw: Raw, place: str) -> str | None:
    """An e-mail address in the spelling that is compared; None where there is none."""
    value = text(raw, "email", place)
    if value and not EMAIL.fullmatch(value):
        raise RecordError("email", _at(place, "email"))
    return email_key(value) if value else None


def phone(raw: Raw, place: str) -> str | None:
    """A phone number as digits with its country code; None where there is none."""
    value = text(raw, "phone", place)
    if not value:
        return None
    digits = phone_digits(value if value.startswith("+") else f"+{value}")
    if digits is None:
        raise RecordError("phone", _at(place, "phone"))
    return digits


def moment(raw: Raw, name: str, reading: Reading, place: str) -> datetime | None:
    """A time in UTC; without a zone it is the shop's; None where there is none."""
    value = text(raw, name, place)
    if not value:
        return None
    try:
        relative = _relative(value, reading)
        if relative is not None:
            return relative
        found = datetime.fromisoformat(value)
        found = found if found.tzinfo else found.replace(tzinfo=reading.zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordError("time", _at(place, name), value=value[:40]) from error


def day(raw: Raw, name: str, reading: Reading, place: str) -> date | None:
    """A day; None where there is none."""
    value = text(raw, name, place)
    if not value:
        return None
    try:
        relative = _relative(value, reading)
        if relative is not None:
            return relative.astimezone(reading.zone).date()
        return date.fromisoformat(value)
    except (ValueError, OverflowError) as error:
        raise RecordError("day", _at(place, name), value=value[:40]) from error


def _relative(value: str, reading: Reading) -> datetime | None:
    """ "3 days ago 14:05", "5 hours ago", "in 2 days": only where `reading.now` is set."""
    found = _AGO.fullmatch(value)
    if found is None or reading.now is None:
        return None
    ago, unit, clock, ahead, later = found.groups()
    days = int(ahead) if ahead else -int(ago)
    if unit == "hour":
        return (reading.now + timedelta(hours=days)).astimezone(UTC)
    local = reading.now.astimezone(reading.zone) + timedelta(days=days)
    at = clock or (later or "").strip()
    if at:
        local = datetime.combine(local.date(), time.fromisoformat(at), reading.zone)
    return local.astimezone(UTC)


def _state(raw: Raw) -> State:
    value = text(raw, "state", "", needed=True).lower()
    if value not in set(State):
        raise RecordError("choice", "state", value=value, choices=", ".join(State))
    return State(value)


def _line(raw: Raw, currency: str, place: str) -> Line:
    known(raw, _LINE, place)
    quantity = raw.get("quantity", 1)
    quantity = int(quantity) if isinstance(quantity, str) and quantity.isdecimal() else quantity
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= 100_000:
        raise RecordError("quantity", f"{place}.quantity", value=str(quantity)[:40])
    return Line(
        name=text(raw, "name", place, needed=True),
        price=money(raw, "price", currency, place),
        quantity=quantity,
        sku=text(raw, "sku", place),
        names=texts(raw, "names", place),
        options=texts(raw, "options", place),
    )


def _shipment(raw: Raw, lines: int, reading: Reading, place: str) -> Shipment:
    known(raw, _SHIPMENT, place)
    positions: list[int] = []
    for position in cast(Sequence[object], rows(raw, "items", place)):
        if isinstance(position, bool) or not isinstance(position, int):
            raise RecordError("position", f"{place}.items", lines=lines)
        if not 0 <= position < lines:
            raise RecordError("position", f"{place}.items", lines=lines)
        positions.append(position)
    url = text(raw, "url", place) or None
    if url and not _TRACKED.fullmatch(url):
        raise RecordError("url", f"{place}.url")
    return Shipment(
        carrier=text(raw, "carrier", place),
        tracking=text(raw, "tracking", place),
        url=url,
        expected_on=day(raw, "expected_on", reading, place),
        positions=tuple(positions),
    )


def _events(raw: Raw, reading: Reading, place: str, shipment: int | None = None) -> list[Event]:
    found = []
    for at, each in enumerate(rows(raw, "events", place)):
        where = _at(place, f"events[{at}]")
        known(each, _EVENT, where)
        kind = text(each, "kind", where, needed=True).lower()
        if kind not in EVENTS:
            choices = ", ".join(sorted(EVENTS))
            raise RecordError("choice", f"{where}.kind", value=kind, choices=choices)
        event = Event(kind, moment(each, "at", reading, where), shipment)
        event = replace(event, place=text(each, "place", where), note=text(each, "note", where))
        found.append(event)
    return found


def _payment(raw: Raw) -> str:
    """ "visa 42": how it was paid, and at most two digits of what with."""
    value = raw.get("payment") or {}
    known(value, _PAYMENT, "payment")
    last = text(value, "last", "payment")
    if last and not last.isdecimal():
        raise RecordError("payment", "payment.last")
    return f"{text(value, 'kind', 'payment')} {last[-2:]}".strip()


def _address(raw: Raw) -> dict[str, str]:
    known(raw.get("address") or {}, _ADDRESS, "address")
    return texts(raw, "address", "")


def texts(raw: Raw, name: str, place: str) -> dict[str, str]:
    """Short texts by name, empty ones left out."""
    value = raw.get(name) or {}
    if not isinstance(value, Mapping):
        raise RecordError("map", _at(place, name))
    for key in value:
        if not str(key).isprintable():
            raise RecordError("text", _at(place, name))
    found = {str(key)[:60]: text(value, key, _at(place, name)) for key in value}
    return {key: said for key, said in found.items() if said}


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
