"""What was typed, held against what the shop knows: contacts, orders' numbers, and both together.

Contacts are compared by keyed hashes, so that one that was typed need not be kept. Whether anything
may be compared at all, `guesses` says, and `typed_proof` asks it first.
"""

import hmac

from sqlmodel import Session, col, select

from bot.customers import guesses
from bot.database import keys
from bot.database.order_tables import OrderRow
from bot.database.tables import CustomerRow
from bot.language.contacts import email_key, phone_spellings, phone_typed
from bot.orders.record import digits_of
from bot.types import OneOrder

_ALIKE = 5  # orders whose numbers read the same that are looked at
_SAMPLE = 8  # orders that tell which letters the shop's numbers begin with


def owner(
    session: Session, email: str | None, phone: str | None, country: str | None = None
) -> str | None:
    """The first customer with this address, or with this number in full; one without its country's
    code is of `country`, as "DE"."""
    theirs = CustomerRow.phone == phone_typed(phone or "", country)
    if email:
        theirs = CustomerRow.email == email_key(email)
    query = select(CustomerRow.id).where(theirs)
    return session.exec(query.order_by(col(CustomerRow.id)).limit(1)).first()


def buyer(session: Session, number: str) -> str | None:
    """Whose order has this number."""
    query = select(OrderRow.customer_id).where(
        col(OrderRow.number).in_(_spellings(session, number))
    )
    return session.exec(query.limit(1)).first()


def order_of(session: Session, number: str, contact: str) -> OneOrder | None:
    """The order with this number that has this contact on it, its own or its customer's."""
    query = (
        select(OrderRow, CustomerRow)
        .join(CustomerRow, col(CustomerRow.id) == OrderRow.customer_id)
        .where(col(OrderRow.number).in_(_spellings(session, number)))
        .limit(_ALIKE)
    )
    found = None
    for order, customer in session.exec(query):
        own = stored(session, order.email, order.phone, customer.email, customer.phone)
        if sum(hmac.compare_digest(each, contact) for each in own):
            found = OneOrder(customer.id, order.id)
    return found


def _spellings(session: Session, number: str) -> list[str]:
    """A number that was typed without the letters that the shop's numbers begin with, with them."""
    if not number.isdigit():
        return [number]
    some = session.exec(select(OrderRow.number).order_by(col(OrderRow.id)).limit(_SAMPLE))
    letters = {each.removesuffix(digits_of(each)) for each in some}
    return [number, *(f"{each}{number}" for each in sorted(letters) if each)]


def typed(
    session: Session, email: str | None, phone: str | None, country: str | None = None
) -> str:
    """What is compared instead of an address or a number as typed; empty for neither. `country` is
    as for `owner`."""
    if email:
        return guesses.email_mac(session, email)
    digits = phone_typed(phone, country) if phone else ""
    return _phone_mac(session, digits) if digits else ""


def stored(session: Session, *stored: str | None) -> list[str]:
    """What addresses and numbers as stored compare with, in all the ways that they are typed."""
    found = []
    for each in filter(None, stored):
        if "@" in each:
            found.append(guesses.email_mac(session, each))
        else:
            found += [_phone_mac(session, digits) for digits in phone_spellings(each)]
    return found


def _phone_mac(session: Session, digits: str) -> str:
    return keys.mac(session, "proof.contact", "phone", digits)
