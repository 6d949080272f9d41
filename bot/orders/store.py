"""Every query on orders. Reading takes a `Scope`, which is a condition of each query, of the lines,
parcels and events as well; without one there is nothing.

Writing is for imports and live sources (`save`, which learns how the shop's numbers look) and for a
customer's right to be forgotten (`erase`). It does not rank, word or embed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, and_, bindparam, delete, insert, select, update
from sqlmodel import Session, SQLModel, col

from bot.database.db import Database
from bot.database.order_tables import OrderShapeRow
from bot.database.tables import CustomerRow
from bot.database.upsert import insert_missing
from bot.orders.numbers import USUAL, Numbers
from bot.orders.record import Customer, Event, Line, Order, Shipment, State
from bot.types import Nobody, OneOrder, Scope

MOST = 1000  # orders of one customer that are looked at, the newest
_AT_ONCE = 500  # ids in one condition
_TABLES = SQLModel.metadata.tables
_ORDERS: Table = _TABLES["orders"]
_SHAPES: Table = _TABLES["order_shapes"]
_PARTS: Mapping[str, Table] = {  # by the name that an order has for them
    "lines": _TABLES["order_lines"],
    "shipments": _TABLES["shipments"],
    "events": _TABLES["order_events"],
}
_DERIVED = frozenset({"number", "vector_id", "digest"})  # columns that follow from the others

Records = Sequence[tuple[Customer, Order]]


@dataclass
class Saved:
    """What `save` did, by order id. `moved` maps changed orders to the customer they were of."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)


def orders(session: Session, scope: Scope) -> list[Order]:
    """The orders in scope, whole, the newest first; those without a date come last."""
    if isinstance(scope, Nobody):
        return []
    one_alone = isinstance(scope, OneOrder)
    values = {"customer": scope.customer_id}
    if isinstance(scope, OneOrder):
        values["order"] = scope.order_id
    found = session.execute(_OF_SCOPE["orders", one_alone], values).mappings().all()
    if not found:
        return []
    parts = {
        name: _by_order(session.execute(_OF_SCOPE[name, one_alone], values)) for name in _PARTS
    }
    return [_order(row, parts) for row in found]


def _statements() -> dict[tuple[str, bool], Select[Any]]:
    """The queries of `orders`, made once: by table, and whether for one order alone."""
    made: dict[tuple[str, bool], Select[Any]] = {}
    newest = (_ORDERS.c.placed_at.is_(None), _ORDERS.c.placed_at.desc(), _ORDERS.c.id.desc())
    for one_alone in (False, True):
        mine = _ORDERS.c.customer_id == bindparam("customer")
        if one_alone:
            mine = and_(mine, _ORDERS.c.id == bindparam("order"))
        made["orders", one_alone] = select(_ORDERS).where(mine).order_by(*newest).limit(MOST)
        for name, part in _PARTS.items():
            joined = part.join(_ORDERS, _ORDERS.c.id == part.c.order_id)
            query = select(part).select_from(joined).where(mine)
            made[name, one_alone] = query.order_by(part.c.order_id, part.c.position)
    return made


def any_at_all(session: Session) -> bool:
    """Whether the shop has any orders here."""
    return session.execute(select(_ORDERS.c.id).limit(1)).first() is not None


def numbers(session: Session) -> Numbers:
    """What finds the shop's own numbers in what people write."""
    return Numbers(frozenset(session.execute(select(_SHAPES.c.shape)).scalars()))


def numbers_for(db: Database, text: str) -> Numbers:
    """`numbers`; a text without a digit holds none, and costs no query."""
    if not any(map(str.isdecimal, text)):
        return USUAL
    with db.read() as session:
        return numbers(session)


def one(session: Session, scope: Scope, order_id: str) -> Order | None:
    """That order, if it is in scope."""
    if isinstance(scope, Nobody) or (isinstance(scope, OneOrder) and scope.order_id != order_id):
        return None
    found = orders(session, OneOrder(scope.customer_id, order_id))
    return found[0] if found else None


def owners(session: Session, order_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Order and customer ids, for work on the whole index; never for answering a shopper."""
    for start in range(0, len(order_ids), _AT_ONCE):
        some = order_ids[start : start + _AT_ONCE]
        query = select(_ORDERS.c.id, _ORDERS.c.customer_id).where(_ORDERS.c.id.in_(some))
        for row in session.execute(query):
            yield row.id, row.customer_id


def by_ids(session: Session, order_ids: Sequence[str]) -> Iterator[Order]:
    """Whole orders, for work on the whole index; never for answering a shopper."""
    for start in range(0, len(order_ids), _AT_ONCE):
        some = order_ids[start : start + _AT_ONCE]
        parts = {}
        for name, part in _PARTS.items():
            query = select(part).where(part.c.order_id.in_(some)).order_by(part.c.position)
            parts[name] = _by_order(session.execute(query))
        for row in session.execute(select(_ORDERS).where(_ORDERS.c.id.in_(some))).mappings():
            yield _order(row, parts)


def _by_order(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    """Lines, parcels or events by the order that they are of."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found


def _order(row: Mapping[Any, Any], parts: Mapping[str, Mapping[str, list[Any]]]) -> Order:
    lines, parcels, events = (parts[name].get(row["id"], ()) for name in _PARTS)
    own = {name: value for name, value in row.items() if name not in _DERIVED}
    return Order(
        **own | {"state": State(row["state"])},
        lines=tuple(
            Line(each.name, each.price, each.quantity, each.sku, each.names, each.options)
            for each in lines
        ),
        shipments=tuple(
            Shipment(each.carrier, each.tracking, each.url, each.expected_on, tuple(each.positions))
            for each in parcels
        ),
        events=tuple(
            Event(each.kind, each.at, each.shipment, each.place, each.note) for each in events
        ),
    )


def save(session: Session, records: Records, *, at: datetime) -> Saved:
    """Write what is new or has changed, in the caller's transaction; the rest is not touched."""
    _save_customers(session, {customer.id: customer for customer, _ in records}.values(), at=at)
    wanted = {order.id: order for _, order in records}
    query = select(_ORDERS.c.id, _ORDERS.c.digest, _ORDERS.c.customer_id)
    known = {row.id: row for row in session.execute(query.where(_ORDERS.c.id.in_(wanted)))}
    saved = Saved()
    for order in wanted.values():
        before = known.get(order.id)
        if before is None:
            saved.added.append(order.id)
        elif before.digest == order.digest:
            saved.unchanged.append(order.id)
        else:
            saved.changed.append(order.id)
            if before.customer_id != order.customer_id:
                saved.moved[order.id] = before.customer_id
    _insert(session, _ORDERS, (_row(wanted[order_id], at) for order_id in saved.added))
    for part in _PARTS.values() if saved.changed else ():
        session.execute(delete(part).where(part.c.order_id.in_(saved.changed)))
    for order_id in saved.changed:
        values = _row(wanted[order_id], at)
        session.execute(update(_ORDERS).where(_ORDERS.c.id == order_id).values(values))
    written = [wanted[order_id] for order_id in (*saved.added, *saved.changed)]
    for name, part in _PARTS.items():
        rows = (row for order in written for row in _rows(order, getattr(order, name)))
        _insert(session, part, rows)
    if shapes := numbers(session).learned(wanted):
        insert_missing(session, OrderShapeRow, *({"shape": each} for each in sorted(shapes)))
    return saved


def erase(session: Session, customer_id: str) -> list[int]:
    """Delete all orders of a customer, with everything in them; the ids of their vectors.

    The customer's own row is left to the caller, who knows what else hangs on it.
    """
    mine = select(_ORDERS.c.id).where(_ORDERS.c.customer_id == customer_id)
    vectors = select(_ORDERS.c.vector_id).where(_ORDERS.c.customer_id == customer_id)
    found = [int(vector_id) for vector_id in session.execute(vectors).scalars()]
    for part in _PARTS.values():
        session.execute(delete(part).where(part.c.order_id.in_(mine)))
    session.execute(delete(_ORDERS).where(_ORDERS.c.customer_id == customer_id))
    return found


def _save_customers(session: Session, customers: Iterable[Customer], *, at: datetime) -> None:
    """Add the new ones, update the others; one of whom only the id is known changes nobody."""
    wanted = {customer.id: customer for customer in customers}
    query = select(CustomerRow).where(col(CustomerRow.id).in_(wanted))
    known = {row.id: row for row in session.execute(query).scalars()}
    for customer in wanted.values():
        row = known.get(customer.id)
        if row is None:
            session.add(CustomerRow(**asdict(customer), updated_at=at))
            continue
        said = {name: value for name, value in asdict(customer).items() if value}
        if any(getattr(row, name) != value for name, value in said.items()):
            row.sqlmodel_update(said | {"updated_at": at})
    session.flush()


def _insert(session: Session, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    found = list(rows)
    if found:
        session.execute(insert(table), found)


def _row(order: Order, at: datetime) -> dict[str, Any]:
    own = {column.name: getattr(order, column.name) for column in _ORDERS.c}
    return own | {"state": order.state.value, "updated_at": at}


def _rows(order: Order, parts: Sequence[Line | Shipment | Event]) -> Iterable[dict[str, Any]]:
    for position, part in enumerate(parts):
        values = asdict(part)
        if "positions" in values:
            values["positions"] = list(values["positions"])
        yield {"order_id": order.id, "position": position, **values}


_OF_SCOPE = _statements()
