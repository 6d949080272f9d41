"""Orders as what the model learns from: each customer's purchases in order, by shards of customers.

A shard is all customers whose id hashes to its name; its mark changes with any of their orders, so
that whoever keeps sums by shard knows which to make anew, also after an order was changed, given
back or erased. What was cancelled or given back teaches nothing. Nobody's name is read here.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from sqlalchemy import select
from sqlmodel import Session, col

from bot.catalogue.recommender.transitions import Bought
from bot.database.order_tables import OrderLineRow, OrderRow
from bot.orders.record import State

SHARDS = 64
GIVEN_BACK = (State.CANCELLED, State.RETURNED, State.REFUNDED)
_AT_ONCE = 500  # customers in one query
_BITS = 2**128


def shard_of(customer_id: str) -> str:
    """The name of the customer's shard: two hexadecimal digits."""
    first = hashlib.blake2b(customer_id.encode(), digest_size=1).digest()[0]
    return f"{first % SHARDS:02x}"


def marks(session: Session) -> dict[str, tuple[str, list[str]]]:
    """Of each shard with orders in it: what stands for all of them, and its customers' ids."""
    sums: dict[str, int] = defaultdict(int)
    customers: dict[str, set[str]] = defaultdict(set)
    query = select(col(OrderRow.customer_id), col(OrderRow.id), col(OrderRow.digest))
    for customer_id, order_id, digest in session.execute(query.execution_options(yield_per=5000)):
        shard = shard_of(customer_id)
        text = f"{order_id}\0{digest}".encode()
        # A sum: the database gives them in any order.
        sums[shard] += int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "big")
        customers[shard].add(customer_id)
    return {each: (f"{sums[each] % _BITS:032x}", sorted(customers[each])) for each in sums}


def sequences(
    session: Session, customers: Collection[str], numbers: Mapping[str, int]
) -> Iterator[list[Bought]]:
    """The purchases of these customers, from the oldest to the newest, as far as `numbers` (SKU →
    number) has the product."""
    ids = sorted(customers)
    for start in range(0, len(ids), _AT_ONCE):
        for _, rows in groupby(_rows(session, ids[start : start + _AT_ONCE]), lambda row: row[0]):
            found: list[Bought] = []
            for order, (_, of_order) in enumerate(groupby(rows, lambda row: row[1])):
                skus = dict.fromkeys(row[2] for row in of_order)
                found += [Bought(numbers[sku], order) for sku in skus if sku in numbers]
            yield found


def _rows(session: Session, customers: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(customer, order, SKU) of what they have bought and kept."""
    line = OrderLineRow
    query = (
        select(col(OrderRow.customer_id), col(OrderRow.id), col(line.sku))
        .join(OrderRow, col(OrderRow.id) == col(line.order_id))
        .where(col(OrderRow.customer_id).in_(customers), col(line.sku) != "")
        .where(col(OrderRow.state).not_in([each.value for each in GIVEN_BACK]))
        .order_by(
            col(OrderRow.customer_id),
            col(OrderRow.placed_at),
            col(OrderRow.id),
            col(line.position),
        )
    )
    for row in session.execute(query):
        yield str(row[0]), str(row[1]), str(row[2])


def skus(session: Session) -> list[str]:
    """Every product that was ever ordered, by SKU."""
    query = select(col(OrderLineRow.sku)).where(col(OrderLineRow.sku) != "").distinct()
    return sorted(str(each) for each in session.execute(query).scalars())
