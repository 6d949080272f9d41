"""Orders as weeks of one product: pieces sold, the price of one, and the pieces of all others.

A week without a sale has the price of the week before. What was cancelled counts as not sold; what
was given back counts, for somebody wanted it at that price.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from bot.database.order_tables import OrderLineRow, OrderRow

WEEK = timedelta(days=7)
_LONGEST = 104  # weeks that are looked at


@dataclass(frozen=True)
class Week:
    """`sold` pieces at `price`, in the currency's smallest unit, while `others` sold so many."""

    sold: int
    price: float
    others: int


@dataclass(frozen=True)
class Sales:
    """A product's weeks from its first sale on, the oldest first, and what it is called."""

    sku: str
    name: str
    currency: str
    weeks: Sequence[Week]

    @property
    def price(self) -> float:
        """What it cost last."""
        return self.weeks[-1].price


def sales(session: Session, *, at: datetime, sku: str = "") -> dict[str, Sales]:
    """Every product that was sold in the last two years, or the one that is asked for; in the
    currency in which it was sold most."""
    since = at - _LONGEST * WEEK
    line = OrderLineRow
    query = (
        select(
            col(line.sku),
            col(line.name),
            col(line.quantity),
            col(line.price),
            col(OrderRow.currency),
            col(OrderRow.placed_at),
        )
        .join(OrderRow, col(OrderRow.id) == col(line.order_id))
        .where(col(OrderRow.placed_at) >= since, col(OrderRow.placed_at) < at)
        .where(col(OrderRow.state) != "cancelled", col(line.sku) != "", col(line.price) > 0)
        .order_by(col(OrderRow.placed_at))
    )
    names: dict[str, str] = {}
    pieces: dict[tuple[str, str], dict[int, list[tuple[int, int]]]] = {}
    whole: dict[int, int] = defaultdict(int)
    currencies: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for of, name, quantity, price, currency, placed in session.execute(query):
        week = (placed - since) // WEEK
        whole[week] += quantity
        if sku and of != sku:
            continue
        names[of] = name
        currencies[of][currency] += quantity
        by_week = pieces.setdefault((of, currency), defaultdict(list))
        by_week[week].append((quantity, price))
    found = {}
    for of, counted in currencies.items():
        currency = max(counted, key=lambda each: counted[each])
        weeks = _weeks(pieces[of, currency], whole, last=(at - since) // WEEK - 1)
        if weeks:
            found[of] = Sales(of, names[of], currency, weeks)
    return found


def _weeks(
    sold: Mapping[int, Sequence[tuple[int, int]]], whole: Mapping[int, int], *, last: int
) -> list[Week]:
    weeks: list[Week] = []
    price = 0.0
    for number in range(min(sold), last + 1):
        lines = sold.get(number, ())
        count = sum(quantity for quantity, _ in lines)
        if count:
            price = sum(quantity * each for quantity, each in lines) / count
        weeks.append(Week(count, price, whole.get(number, 0) - count))
    return weeks
