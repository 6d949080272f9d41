"""Live sources of orders: the shop's database or its REST API, asked for one customer at a time.

What a source answers is written to our tables like an import (`live.py`), so that scope, search,
export and erasure are the same for all orders. To add one, write a class with `OrderSource`'s three
members, let it raise `SourceError`, and choose it in `bot.app`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.errors import DeskhandError
from bot.orders import checks
from bot.orders.checks import Raw, Reading, RecordError
from bot.orders.record import Customer, Order, number_of

log = structlog.get_logger()


class SourceError(DeskhandError):
    """The shop's system did not answer, or not in the shape that was agreed."""


@dataclass(frozen=True)
class Who:
    """Whose orders are asked for; bound into the query itself. At least one is set.

    With `order_id` only that order, which must be theirs.
    """

    customer_id: str | None = None
    email: str | None = None
    order_id: str | None = None


class OrderSource(Protocol):
    """A live source. Both calls block; they run on a worker thread."""

    name: str

    def fetch(self, who: Who) -> Sequence[tuple[Customer, Order]]:
        """The customer's orders now, checked; `SourceError` when they cannot be had."""

    def check(self) -> None:
        """Raises `SourceError` when it is not set up rightly or does not answer."""


def checked_row(
    source: str, customer: Raw, order: Raw, reading: Reading
) -> tuple[Customer, Order] | None:
    """What a source said of one order, checked like a file's; None, and a log line, if unusable."""
    try:
        whose = checks.customer(customer)
        return whose, checks.order(order, reading, whose.id)
    except RecordError as error:
        log.warning("orders.source_record", source=source, field=error.params.get("field"))
        return None


def is_theirs(customer: Customer, order: Order, who: Who) -> bool:
    """Whether a source kept to whom it was asked for: that is never taken on trust."""
    if who.customer_id is not None and customer.id != who.customer_id:
        return False
    if who.customer_id is None and who.email not in (customer.email, order.email):
        return False
    return who.order_id is None or order.number == number_of(who.order_id)
