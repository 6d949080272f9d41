"""Brings the vectors of orders up to the database, shard by shard. It searches nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo

from sqlmodel import Session

from bot.database.db import Database
from bot.orders import store
from bot.orders.record import Order, vector_id_of
from bot.orders.text import searched
from bot.orders.vectors import Item, OrderVectors, shard_of

FOLDER = "orders"  # in the index folder
_TOGETHER = 2000  # orders in memory at once


def item(order: Order, zone: tzinfo) -> Item:
    """What is embedded of an order."""
    return Item(order.vector_id, searched(order, zone))


def embed(
    db: Database,
    vectors: OrderVectors,
    order_ids: Sequence[str],
    zone: tzinfo,
    *,
    moved: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Embed these orders; how many. `moved` maps some to the customer whose they are no more."""
    for order_id, customer_id in (moved or {}).items():
        vectors.remove(customer_id, [vector_id_of(order_id)])
    with db.read() as session:
        by_shard: dict[str, list[str]] = defaultdict(list)
        for order_id, customer_id in store.owners(session, order_ids):
            by_shard[shard_of(customer_id)].append(order_id)
        done = 0
        for of_shard in by_shard.values():
            for start in range(0, len(of_shard), _TOGETHER):
                some = of_shard[start : start + _TOGETHER]
                vectors.put(_items(session, some, zone))
                done += len(some)
                if progress is not None:
                    progress(done)
    return done


def _items(session: Session, order_ids: Sequence[str], zone: tzinfo) -> Iterable[tuple[str, Item]]:
    for order in store.by_ids(session, order_ids):
        yield order.customer_id, item(order, zone)
