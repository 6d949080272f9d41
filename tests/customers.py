"""Customers and proofs for tests, made by the product's own functions."""

from sqlmodel import Session

from bot import conversation, identity
from bot.conversation import saved
from bot.tables import CustomerRow
from bot.types import Chat, OneCustomer
from tests.shop import NOON


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
