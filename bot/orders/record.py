"""The nouns of an order, as every part of the product reads them. Nothing is read or stored here.

Money is whole numbers of the currency's smallest unit, times are UTC, days are the shop's.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.types import Language


class State(StrEnum):
    """How far an order is."""

    PLACED = "placed"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RETURNED = "returned"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


COMING = frozenset({State.PLACED, State.PAID, State.PACKED, State.SHIPPED, State.DELAYED})
"""States in which the shopper still waits for something."""

EVENTS = frozenset(
    {
        *(state.value for state in State),
        "in_transit",
        "customs",
        "out_for_delivery",
        "delivery_failed",
        "ready_for_pickup",
        "return_started",
    }
)
"""Everything that may happen to an order or a parcel."""


@dataclass(frozen=True)
class Customer:
    """Whose order it is. `email` and `phone` are spelled as in `contacts.py`."""

    id: str
    name: str = ""
    email: str | None = None
    phone: str | None = None
    language: Language | None = None


@dataclass(frozen=True)
class Line:
    """One item. `names` by language, where the shop has more; `price` of a single piece."""

    name: str
    price: int
    quantity: int = 1
    sku: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    def named(self, language: str) -> str:
        """Its name for a reader of `language`."""
        return self.names.get(language) or self.name

    def counted(self, language: str) -> str:
        """The same with how many: "2 × mug"."""
        name = self.named(language)
        return name if self.quantity == 1 else f"{self.quantity} × {name}"


@dataclass(frozen=True)
class Shipment:
    """One parcel. `positions` are the lines in it; empty when the shop does not say."""

    carrier: str = ""
    tracking: str = ""
    url: str | None = None
    expected_on: date | None = None
    positions: tuple[int, ...] = ()


@dataclass(frozen=True)
class Event:
    """Something that happened; `shipment` is the place of the parcel that it happened to."""

    kind: str
    at: datetime | None = None
    shipment: int | None = None
    place: str = ""
    note: str = ""


@dataclass(frozen=True)
class Order:
    """One order, whole. `events` are oldest first; `source` says who brought it here.

    `updated_at` is when the record was last written, None before it is stored.
    """

    id: str
    customer_id: str
    state: State
    currency: str
    total: int
    placed_at: datetime | None = None
    expected_on: date | None = None
    refunded: int = 0
    email: str | None = None
    phone: str | None = None
    payment: str = ""
    address: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    events: tuple[Event, ...] = ()
    source: str = "import"
    updated_at: datetime | None = None

    @property
    def number(self) -> str:
        """The id as it is compared with what shoppers type."""
        return number_of(self.id)

    def is_called(self, number: str) -> bool:
        """Whether shoppers mean it by that number: they leave out what is before the digits."""
        return called(self.id, number)

    @property
    def vector_id(self) -> int:
        """What names its vector, 0 ≤ n < 2⁶³: the same on every machine, without a counter."""
        return vector_id_of(self.id)

    @property
    def digest(self) -> str:
        """Stands for everything in the record."""
        fields = {k: v for k, v in asdict(self).items() if k != "updated_at"}
        text = json.dumps(fields, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def last_event(self) -> Event | None:
        """The newest thing that happened."""
        return self.events[-1] if self.events else None

    def at(self, *kinds: str) -> datetime | None:
        """When the newest event of one of `kinds` happened."""
        found = [event.at for event in self.events if event.kind in kinds and event.at]
        return found[-1] if found else None

    def due(self) -> date | None:
        """The day on which all of it should be there."""
        days = [parcel.expected_on for parcel in self.shipments if parcel.expected_on]
        return max(days) if days else self.expected_on

    def days_late(self, today: date) -> int:
        """How many days past the expected one it is, while it is still on its way; else 0."""
        due = self.due()
        return max(0, (today - due).days) if due and self.state in COMING else 0


def vector_id_of(order_id: str) -> int:
    """See `Order.vector_id`."""
    return int.from_bytes(hashlib.blake2b(order_id.encode(), digest_size=8).digest(), "big") >> 1


def number_of(text: str) -> str:
    """Letters and digits alone, upper case: "#w261-1340" and "W2611340" are the same order."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def called(order_id: str, number: str) -> bool:
    """See `Order.is_called`."""
    own = number_of(order_id)
    return number in (own, digits_of(own))


def digits_of(number: str) -> str:
    """A number without the letters that it begins with; all of it where nothing else is left."""
    return number.lstrip("".join(each for each in number if not each.isdecimal())) or number
