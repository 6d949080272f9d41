"""The person's rights: everything kept about a customer, as one document, or gone for good.

Which rows those are follows from the schema itself: a table that names the customer, or hangs on
one of their orders or conversations, is theirs; a test holds that no table is forgotten. In what
belongs to others, such as an agent's note, their e-mail, phone and order numbers are hidden
(`mentions.py`). Old conversations go by the same way (`purge`). Vectors, letters and the files'
free space are the caller's: `bot customer erase` does all of it.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Table, Text, delete, or_, select, text
from sqlmodel import Session, SQLModel, col

from bot.customers import codes, guesses, matching, mentions
from bot.database.order_tables import OrderRow
from bot.database.review_tables import ReviewRow
from bot.database.tables import CustomerRow, GuessRow
from bot.errors import NotFoundError

log = structlog.get_logger()
_HIDDEN = ("_hash", "lease_owner", "lease_until")  # of columns: of use to nobody but us
_TABLES = SQLModel.metadata.tables
_ = ReviewRow  # it fills the metadata: a customer's reviews are theirs
_AT_ONCE = 200  # conversations that one purge deletes


@dataclass(frozen=True)
class Erased:
    """What went: rows by table (`mentions`: others' rows in which they are hidden now). Still to
    go: the orders' vectors, by id, and letters to these addresses."""

    rows: Mapping[str, int]
    vectors: tuple[int, ...]
    emails: tuple[str, ...]


def export(session: Session, customer_id: str) -> dict[str, Any]:
    """Everything kept about a customer, by table, as plain values; `NotFoundError`.

    `mentions` says where they are named in what belongs to others, without others' words.
    """
    known = _Known.of(session, customer_id)
    chats = conversations(session, customer_id)
    found: dict[str, Any] = {
        table.name: [_plain(row) for row in session.execute(select(table).where(theirs)).mappings()]
        for table, theirs in _theirs(customer_id, chats)
    }
    counted = _TABLES["guesses"]
    theirs = counted.c.subject.in_(_counted(session, chats))
    found["guesses"] = [
        {"times": row["times"]} for row in session.execute(select(counted).where(theirs)).mappings()
    ]
    own = {(name, row["id"]) for name, rows in found.items() for row in rows if "id" in row}
    found["mentions"] = [
        {"table": table.name, "id": row["id"], "column": column}
        for table, row, column, _ in mentions.find(session, known.named)
        if (table.name, row["id"]) not in own
    ]
    return found


def erase(session: Session, customer_id: str) -> Erased:
    """Delete every row of a customer in the caller's transaction; `NotFoundError`."""
    known = _Known.of(session, customer_id)
    chats = conversations(session, customer_id)
    counted = _counted(session, chats, known)
    session.expunge_all()
    rows = _delete(session, customer_id, chats, counted)
    rows["mentions"] = mentions.hide(session, known.named)
    log.info("rights.erased", rows=sum(rows.values()), conversations=len(chats))
    return Erased(rows, known.vectors, known.emails)


def purge(session: Session, before: datetime) -> int:
    """Delete conversations, and all in them, in which nothing has happened since `before`.

    Those that a person still has to do with stay. At most a few hundred at once; how many.
    """
    table, tickets = _TABLES["conversations"], _TABLES["tickets"]
    unclosed = select(tickets.c.conversation_id).where(tickets.c.status != "closed")
    old = select(table.c.id).where(table.c.updated_at < before, table.c.id.not_in(unclosed))
    chats = list(session.execute(old.order_by(table.c.id).limit(_AT_ONCE)).scalars())
    if chats:
        _delete(session, None, chats, _counted(session, chats))
        log.info("rights.purged", conversations=len(chats))
    return len(chats)


def conversations(session: Session, customer_id: str) -> list[int]:
    """The conversations that a customer has proven themselves in, asked in, or is named in by an
    answer on one of their orders.

    To ask for a code proves nothing: that alone makes no conversation theirs in which somebody else
    has proven who they are.
    """
    found: set[int] = set()
    proofs = _TABLES["proofs"]
    others = select(proofs.c.conversation_id).where(proofs.c.customer_id != customer_id)
    for table in _TABLES.values():
        if "customer_id" in table.c and "conversation_id" in table.c:
            query = select(table.c.conversation_id).where(table.c.customer_id == customer_id)
            if table.name == "codes":
                query = query.where(table.c.conversation_id.not_in(others))
            found |= {int(each) for each in session.execute(query).scalars() if each is not None}
    turns, orders = _TABLES["turns"], _TABLES["orders"]
    mine = select(orders.c.id).where(orders.c.customer_id == customer_id)
    for order_id in session.execute(mine).scalars():
        named = turns.c.sources.cast(Text).contains(f'"order:{order_id}"', autoescape=True)
        query = select(turns.c.conversation_id).where(named).distinct()
        found |= {int(each) for each in session.execute(query).scalars()}
    return sorted(found)


@dataclass(frozen=True)
class _Known:
    """What leads to a customer's traces outside of their own rows."""

    emails: tuple[str, ...]
    phones: tuple[str, ...]
    numbers: tuple[str, ...]
    vectors: tuple[int, ...]
    named: list[mentions.Named]

    @classmethod
    def of(cls, session: Session, customer_id: str) -> "_Known":
        """From the customer's row and orders; `NotFoundError`."""
        customer = session.get(CustomerRow, customer_id)
        if customer is None:
            raise NotFoundError("identity.no_customer", customer=customer_id)
        mine = select(OrderRow).where(col(OrderRow.customer_id) == customer_id)
        orders = session.execute(mine).scalars().all()
        emails = dict.fromkeys(each for row in (customer, *orders) if (each := row.email))
        phones = dict.fromkeys(each for row in (customer, *orders) if (each := row.phone))
        return cls(
            tuple(emails),
            tuple(phones),
            tuple(order.number for order in orders),
            tuple(order.vector_id for order in orders),
            mentions.patterns(emails, phones, [order.id for order in orders]),
        )


def _counted(session: Session, chats: Sequence[int], known: _Known | None = None) -> list[str]:
    """What wrong proofs and letters are counted under: chats, and keyed hashes."""
    subjects = [name for chat in chats for name in (guesses.chat(chat), codes.counted_chat(chat))]
    if known is not None:
        subjects += [guesses.order(session, number) for number in known.numbers]
        subjects += [name for email in known.emails for name in codes.counted(session, email)]
        contacts = matching.stored(session, *known.emails, *known.phones)
        subjects += [guesses.contact(mac) for mac in contacts]
    return subjects


def _delete(
    session: Session, customer_id: str | None, chats: Sequence[int], counted: Sequence[str]
) -> dict[str, int]:
    """Rows that hang on others first."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete=ON"))  # of this connection: with zeros
    rows = {}
    for table, theirs in reversed(list(_theirs(customer_id, chats))):
        rows[table.name] = session.execute(delete(table).where(theirs)).rowcount  # type: ignore[attr-defined]
    session.execute(delete(GuessRow).where(col(GuessRow.subject).in_(counted)))
    return rows


def _theirs(
    customer_id: str | None, chats: Sequence[int]
) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Each table with a shopper in it, and which of its rows are this one's; parents first."""
    within: dict[str, ColumnElement[bool]] = {}
    for table in SQLModel.metadata.sorted_tables:
        conditions: list[ColumnElement[bool]] = []
        if table.name == "conversations":
            conditions.append(table.c.id.in_(chats))
        if table.name == "customers":
            conditions.append(table.c.id == customer_id)
        if "customer_id" in table.c:
            conditions.append(table.c.customer_id == customer_id)
        for column in table.c:
            for key in column.foreign_keys:
                parent = key.column.table
                if parent.name in within and parent.name != "customers":
                    conditions.append(column.in_(select(key.column).where(within[parent.name])))
        if conditions:
            within[table.name] = or_(*conditions)
            yield table, within[table.name]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(name): _value(value)
        for name, value in row.items()
        if not str(name).endswith(_HIDDEN) and str(name) not in _HIDDEN
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return b64encode(value).decode() if isinstance(value, bytes) else value
