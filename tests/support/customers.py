"""Customers and proofs for tests, made by the product's own functions."""

from datetime import datetime
from secrets import token_hex

from sqlmodel import Session, col, select

from bot.conversations import conversation, inbox
from bot.conversations.conversation import saved
from bot.conversations.inbox import Accepted
from bot.customers import identity
from bot.customers.proof_dialogue import Proving, Way
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.database.order_tables import OrderRow
from bot.database.tables import CustomerRow, InboxRow, TurnRow
from bot.orders.record import number_of
from bot.types import Chat, Incoming, OneCustomer, OneOrder, Scope
from tests.support.shop import NOON

ANNA = "anna@example.com"
HERS = OneOrder("anna", "#W2001")

MAILING = Proofs(mail=True)


def customer(
    session: Session,
    id: str = "anna",
    *,
    email: str | None = "anna@example.com",
    phone: str | None = "4915112345678",
) -> CustomerRow:
    """A customer of the shop."""
    row = CustomerRow(id=id, name=id.title(), email=email, phone=phone)
    session.add(row)
    session.flush()
    return row


def chat(session: Session, id: str = "anna", channel: str = "web") -> int:
    """A conversation; its id."""
    row, _ = conversation.opened(session, Chat(channel, id), "en", at=NOON)
    return saved(row.id)


def proven(session: Session, conversation_id: int, customer_id: str = "anna") -> None:
    """Whoever writes in this conversation has proven to be that customer."""
    identity.bind(session, conversation_id, OneCustomer(customer_id), "link", at=NOON)


def order(
    session: Session,
    id: str = "#W2001",
    customer_id: str = "anna",
    *,
    email: str | None = None,
    phone: str | None = None,
    state: str = "shipped",
) -> OrderRow:
    """An order of that customer."""
    row = OrderRow(
        id=id,
        number=number_of(id),
        vector_id=abs(hash(id)) >> 2,
        customer_id=customer_id,
        state=state,
        currency="USD",
        total=4900,
        email=email,
        phone=phone,
        source="import",
        digest=id,
    )
    session.add(row)
    session.flush()
    return row


def writes(
    db: Database,
    text: str,
    *,
    chat: str = "anna",
    channel: str = "web",
    choice: str | None = None,
    address: str = "",
    at: datetime = NOON,
    proofs: Proofs = MAILING,
    shared: bool = False,
) -> Accepted:
    """The shopper's message, accepted, as every channel hands it over; in a `shared` chat others
    read along."""
    name = f"{text} {at} {token_hex(4)}"
    place = Chat(channel, chat, frozenset({"shared"}) if shared else frozenset())
    said = Incoming(place, name, text, choice=choice, address=address)
    with db.begin() as session:
        return inbox.accept(session, said, backlog_cap=10_000, at=at, watch=proofs)


def begun(
    db: Database,
    *,
    chat: str = "anna",
    way: Way = "",
    asked: int | None = None,
    at: datetime = NOON,
) -> int:
    """A conversation in which the bot has asked for proof; its id."""
    with db.begin() as session:
        row, _ = conversation.opened(session, Chat("web", chat), "en", at=at)
        row.updated_at = at
        row.dialogue = Proving(asked=asked, way=way).kept()
        return saved(row.id)


def outcome(db: Database, accepted: Accepted) -> tuple[str | None, str]:
    """What a message became: its choice and its text, as stored."""
    with db.read() as session:
        query = select(InboxRow.choice, TurnRow.text)
        query = query.join(TurnRow, col(TurnRow.id) == InboxRow.turn_id)
        return session.exec(query.where(InboxRow.turn_id == accepted.turn_id)).one()


def scope_of(db: Database, conversation_id: int, *, at: datetime = NOON) -> Scope:
    """What the conversation's shopper may see."""
    with db.read() as session:
        return identity.scope(session, conversation_id, at=at)
