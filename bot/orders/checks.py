"""Raw fields, from whatever file or system, to a customer and an order; or what is wrong with them.

Models check every field: money is an amount of its currency, a time has a zone (the shop's where
none is written), a state is one of ours, an e-mail and a phone are spelled in one way. A field that
is not known is an error, too: it is most often a known one, misspelled. It reads no file.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Any, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from bot.errors import InputError
from bot.language.contacts import EMAIL, email_key, phone_digits
from bot.language.money import minor
from bot.orders.record import EVENTS, Customer, Event, Line, Order, Shipment, State, number_of
from bot.types import Language

Raw = Mapping[str, Any]
Model = TypeVar("Model", bound=BaseModel)
_AGO = re.compile(r"(\d{1,4}) (day|hour)s? ago(?: (\d\d:\d\d))?|in (\d{1,4}) days?( \d\d:\d\d)?")
_TRACKED = re.compile(r"https://[^\s<>\"']+")
_LONGEST = 300  # characters of one field
_MOST = 500  # items, parcels or events of one order
_BUILT = frozenset(["payment", "address", "items", "shipments", "events"])
_OURS = "checked here"
_EARLIEST = datetime.min.replace(tzinfo=UTC)


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
    return Customer(**dict(_checked(_Customer, raw, place, Reading())))


def order(raw: Raw, reading: Reading, customer_id: str) -> Order:
    """A checked order of that customer; `RecordError` names the field."""
    read = _checked(_Order, raw, "", reading)
    shipments, events = [], []
    for at, each in enumerate(read.shipments):
        if any(position not in range(len(read.items)) for position in each.items):
            raise RecordError("position", f"shipments[{at}].items", lines=len(read.items))
        events += [Event(**dict(event), shipment=at) for event in each.events]
        shipments.append(
            Shipment(each.carrier, each.tracking, each.url or None, each.expected_on, each.items)
        )
    events += [Event(**dict(each)) for each in read.events]
    if not number_of(read.id):
        raise RecordError("order_id", "id", value=read.id)
    plain = {name: value for name, value in read if name not in _BUILT}
    return Order(
        customer_id=customer_id,
        payment=f"{read.payment.kind} {read.payment.last[-2:]}".strip(),
        address={name: said for name, said in read.address if said},
        lines=tuple(Line(**dict(each)) for each in read.items),
        shipments=tuple(shipments),
        events=tuple(sorted(events, key=lambda event: event.at or _EARLIEST)),
        source=reading.source,
        **plain,
    )


def _checked(model: type[Model], raw: object, place: str, reading: Reading) -> Model:
    """`raw` as a model; `RecordError` of the first field that is wrong."""
    try:
        return model.model_validate(raw, context={"reading": reading})
    except ValidationError as error:
        raise _record_error(error.errors(include_url=False)[0], model, place) from None


def _record_error(detail: ErrorDetails, model: type[BaseModel], place: str) -> RecordError:
    kind, loc, said = detail["type"], detail["loc"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        parent = next((str(each) for each in reversed(loc[:-1]) if isinstance(each, str)), "")
        known = _PARTS.get(parent, model).model_fields
        kind, said = "unknown", {"fields": ", ".join(sorted(known))}
    elif kind == "model_type":
        kind = "map"
    elif kind != "missing" and detail["msg"] != _OURS:
        kind = "text"
    names = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in loc)
    field = f"{place}{''.join(names)}".removeprefix(".")
    return RecordError(kind, field or "order", **said)


def _wrong(kind: str, **said: object) -> PydanticCustomError:
    """`kind` names the message, "orders.bad_<kind>"; `said` is what stands in it, in short."""
    short = {name: _told(value) for name, value in said.items()}
    return PydanticCustomError(kind, _OURS, short)


def _told(value: object) -> object:
    return value if isinstance(value, int) else str(value)[:300].encode(errors="replace").decode()


def _context(info: ValidationInfo) -> dict[str, Any]:
    """What all fields share: how to read, and the currency once it is read."""
    return cast(dict[str, Any], info.context)


def _text(value: object) -> str:
    """A short text on one line; "" where there is none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _wrong("text")
    found = " ".join(str(value).split())
    if len(found) > _LONGEST or not found.isprintable():
        raise _wrong("text")
    return found


def _needed(value: object) -> str:
    found = _text(value)
    if not found:
        raise _wrong("missing")
    return found


def _currency(value: object, info: ValidationInfo) -> str:
    found = _needed(value).upper()
    if not re.fullmatch(r"[A-Z]{3}", found):
        raise _wrong("currency", value=found)
    _context(info)["currency"] = found  # what the amounts are read in; it is the first field
    return found


def _money(value: object, info: ValidationInfo) -> int:
    """An amount in the currency's smallest units."""
    if value is None or value == "":
        raise _wrong("missing")
    currency = _context(info).get("currency")
    amount = minor(value, currency) if currency else 0
    if amount is None:
        raise _wrong("money", value=str(value)[:40], currency=currency)
    return amount


def _email(value: object) -> str | None:
    """In the spelling that is compared."""
    found = _like("email", EMAIL.fullmatch)(value)
    return email_key(found) if found else None


def _phone(value: object) -> str | None:
    """Digits with the country code."""
    found = _text(value)
    digits = phone_digits(f"+{found.removeprefix('+')}") if found else None
    if found and digits is None:
        raise _wrong("phone")
    return digits


def _moment(value: object, info: ValidationInfo) -> datetime | None:
    """A time in UTC; without a zone it is the shop's."""
    found, reading = _text(value), _context(info)["reading"]
    try:
        if not found or (relative := _relative(found, reading)):
            return relative if found else None
        at = datetime.fromisoformat(found)
        return (at if at.tzinfo else at.replace(tzinfo=reading.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong("time", value=found[:40]) from None


def _day(value: object, info: ValidationInfo) -> date | None:
    found, reading = _text(value), _context(info)["reading"]
    try:
        if at := _relative(found, reading):
            return at.astimezone(reading.zone).date()
        return date.fromisoformat(found) if found else None
    except (ValueError, OverflowError):
        raise _wrong("day", value=found[:40]) from None


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


def _one_of(choices: Iterable[str]) -> Callable[[object], str]:
    known = list(choices)

    def check(value: object) -> str:
        found = _needed(value).lower()
        if found not in known:
            raise _wrong("choice", value=found, choices=", ".join(known))
        return found

    return check


def _language(value: object) -> object:
    if value and value not in ("en", "zh"):
        raise _wrong("choice", value=value, choices="en, zh")
    return value or None


def _quantity(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 100_000:
        raise _wrong("quantity", value=str(number)[:40])
    return number


def _like(kind: str, fits: Callable[[str], object]) -> Callable[[object], str]:
    def check(value: object) -> str:
        found = _text(value)
        if found and not fits(found):
            raise _wrong(kind)
        return found

    return check


def _list(value: object) -> list[Any]:
    """At most `_MOST` things; empty where there is none."""
    value = value or []
    if not isinstance(value, (list, tuple)) or len(value) > _MOST:
        raise _wrong("list", most=_MOST)
    return list(value)


def _positions(value: object) -> tuple[int, ...]:
    """Places of items; -1, which no item has, for what is none."""
    found = _list(value)
    return tuple(each if type(each) is int else -1 for each in found)


def _map(value: object) -> object:
    """Texts by name, which is cut."""
    value = value or {}
    if not isinstance(value, Mapping):
        raise _wrong("map")
    if not all(str(name).isprintable() for name in value):
        raise _wrong("text")
    return {str(name)[:60]: said for name, said in value.items()}


def _filled(value: dict[str, str]) -> dict[str, str]:
    return {name: said for name, said in value.items() if said}


Text = Annotated[str, PlainValidator(_text)]
Needed = Annotated[str, PlainValidator(_needed)]
Texts = Annotated[dict[str, Text], BeforeValidator(_map), AfterValidator(_filled)]
Email = Annotated[str | None, PlainValidator(_email)]
Phone = Annotated[str | None, PlainValidator(_phone)]
Day = Annotated[date | None, PlainValidator(_day)]
Moment = Annotated[datetime | None, PlainValidator(_moment)]


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _Customer(_Fields):
    id: Needed
    name: Text = ""
    email: Email = None
    phone: Phone = None
    language: Annotated[Language | None, PlainValidator(_language)] = None


class _Item(_Fields):
    name: Needed
    price: Annotated[int, PlainValidator(_money)]
    quantity: Annotated[int, PlainValidator(_quantity)] = 1
    sku: Text = ""
    names: Texts = {}
    options: Texts = {}


class _Event(_Fields):
    kind: Annotated[str, PlainValidator(_one_of(sorted(EVENTS)))]
    at: Moment = None
    place: Text = ""
    note: Text = ""


Events = Annotated[list[_Event], BeforeValidator(_list)]


class _Shipment(_Fields):
    carrier: Text = ""
    tracking: Text = ""
    url: Annotated[str, PlainValidator(_like("url", _TRACKED.fullmatch))] = ""
    expected_on: Day = None
    items: Annotated[tuple[int, ...], PlainValidator(_positions)] = ()
    events: Events = []


class _Address(_Fields):
    name: Text = ""
    line1: Text = ""
    line2: Text = ""
    city: Text = ""
    region: Text = ""
    postcode: Text = ""
    country: Text = ""


class _Payment(_Fields):
    """How it was paid, and the last digits of what with; two of them are kept."""

    kind: Text = ""
    last: Annotated[str, PlainValidator(_like("payment", str.isdecimal))] = ""


class _Order(_Fields):
    currency: Annotated[str, PlainValidator(_currency)]
    id: Needed
    state: Annotated[State, BeforeValidator(_one_of(State))]
    total: Annotated[int, PlainValidator(_money)]
    refunded: Annotated[int, PlainValidator(lambda value, info: _money(value or 0, info))] = 0
    placed_at: Moment = None
    expected_on: Day = None
    email: Email = None
    phone: Phone = None
    payment: Annotated[_Payment, BeforeValidator(lambda value: value or {})] = _Payment()
    address: Annotated[_Address, BeforeValidator(lambda value: value or {})] = _Address()
    items: Annotated[list[_Item], BeforeValidator(_list)] = []
    shipments: Annotated[list[_Shipment], BeforeValidator(_list)] = []
    events: Events = []


_PARTS: dict[str, type[BaseModel]] = {
    "items": _Item,
    "shipments": _Shipment,
    "events": _Event,
    "payment": _Payment,
    "address": _Address,
}
