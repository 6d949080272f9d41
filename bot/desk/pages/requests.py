"""What the desk shows of a proven shopper, and the requests that an agent decides there.

The rules are in `bot/tickets/requests.py`; whose orders are shown is the proven scope's to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlmodel import Session, col, select
from starlette.responses import RedirectResponse, Response

from bot.customers import identity
from bot.customers.proof_dialogue import address_alone
from bot.database import audit
from bot.database.tables import (
    ConversationRow,
    CustomerRow,
    ProofRow,
    RequestRow,
    TicketRow,
    TurnRow,
)
from bot.desk.pages.guard import Call, Desk
from bot.errors import NotFoundError
from bot.language import money
from bot.language.contacts import masked_email, masked_phone
from bot.orders import store
from bot.orders.record import COMING, Order
from bot.tickets import requests
from bot.tickets.queue import TicketView
from bot.tickets.requests import RequestView
from bot.types import Author, Nobody, OneCustomer, OneOrder, now

log = structlog.get_logger()
_SHOWN = 3  # orders on the page
_EARLIER = 5  # tickets
_LOOKED_AT = 20  # turns in which an address may be


@dataclass(frozen=True)
class OrderCard:
    """An order in a few words."""

    id: str
    state: str
    placed_at: datetime | None
    total: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Shopper:
    """Who has been proven in a conversation, and in what way; `orders` are those in scope."""

    name: str
    contact: str
    way: str
    one_order: bool
    orders: tuple[OrderCard, ...]
    more: int


def shopper(session: Session, conversation_id: int, language: str, at: datetime) -> Shopper | None:
    """The conversation's proven shopper; None while nobody is proven."""
    scope = identity.scope(session, conversation_id, at=at)
    proof = session.get(ProofRow, conversation_id)
    if isinstance(scope, Nobody) or proof is None:
        return None
    customer = session.get_one(CustomerRow, scope.customer_id)
    found = store.orders(session, scope)
    contacts = (
        masked_email(customer.email) if customer.email else "",
        masked_phone(customer.phone) if customer.phone else "",
    )
    return Shopper(
        name=customer.name or customer.id,
        contact=" · ".join(filter(None, contacts)),
        way=proof.way,
        one_order=isinstance(scope, OneOrder),
        orders=tuple(card(order, language) for order in found[:_SHOWN]),
        more=max(0, len(found) - _SHOWN),
    )


def earlier(
    session: Session, ticket: TicketView, scope: OneOrder | OneCustomer | None
) -> list[TicketRow]:
    """The tickets before this one, of its conversation and of all that the same proven customer
    has had, the newest first."""
    theirs = [ticket.conversation_id]
    if scope is not None:
        same = select(ProofRow.conversation_id).where(ProofRow.customer_id == scope.customer_id)
        theirs += session.exec(same.limit(_LOOKED_AT))
    query = select(TicketRow).where(
        col(TicketRow.conversation_id).in_(theirs), col(TicketRow.id) < ticket.id
    )
    return list(session.exec(query.order_by(col(TicketRow.id).desc()).limit(_EARLIER)))


def contact(session: Session, ticket_id: int, by: str, at: datetime) -> tuple[str, ...]:
    """The proven shopper's e-mail and phone in full, for `by`, who has asked: the audit log has it.
    `NotFoundError` while nobody is proven."""
    ticket = session.get(TicketRow, ticket_id)
    scope = identity.scope(session, ticket.conversation_id, at=at) if ticket else Nobody()
    if isinstance(scope, Nobody):
        raise NotFoundError("desk.contact_gone")
    customer = session.get_one(CustomerRow, scope.customer_id)
    audit.note(session, "customer.contact_seen", by, customer.id, at=at, ticket=ticket_id)
    return tuple(filter(None, (customer.email, customer.phone)))


Proven = Mapping[int, OneOrder | OneCustomer]
"""What the shopper of a ticket may see, by the ticket's id; only where one has proven something."""


def proven(session: Session, tickets: Sequence[TicketView], at: datetime) -> Proven:
    """Of these tickets."""
    ids = [ticket.conversation_id for ticket in tickets]
    ever = select(ConversationRow.id).where(
        col(ConversationRow.id).in_(ids), col(ConversationRow.proven_until) > at
    )
    known = set(session.exec(ever))
    scopes = {
        ticket.id: identity.scope(session, ticket.conversation_id, at=at)
        for ticket in tickets
        if ticket.conversation_id in known
    }
    return {number: scope for number, scope in scopes.items() if not isinstance(scope, Nobody)}


def named(session: Session, tickets: Sequence[TicketView], known: Proven) -> list[TicketView]:
    """The tickets with the name that a shopper has proven to be theirs, where they have."""
    names = {
        number: session.get_one(CustomerRow, scope.customer_id).name
        for number, scope in known.items()
    }
    return [replace(ticket, name=names.get(ticket.id) or ticket.name) for ticket in tickets]


def at_stake(session: Session, known: Proven, language: str) -> dict[int, str]:
    """What the order is worth that a ticket is about: the one that a wish to change names, else the
    newest that a proven shopper still waits for."""
    if not known:
        return {}
    found = {}
    asked = select(RequestRow.ticket_id, RequestRow.order_id).where(
        col(RequestRow.ticket_id).in_(known)
    )
    wanted = dict(session.exec(asked.order_by(col(RequestRow.id))).all())
    for number, scope in known.items():
        orders = store.orders(session, scope)
        about = [order for order in orders if order.id == wanted.get(number)]
        coming = about or [order for order in orders if order.state in COMING]
        if coming:
            found[number] = money.shown(coming[0].total, coming[0].currency, language)
    return found


def address_left(session: Session, conversation_id: int, since: datetime) -> str | None:
    """The e-mail address that the shopper typed for the agent last, `since` a person was called;
    nobody has proven that it is theirs."""
    query = select(TurnRow.text).where(
        TurnRow.conversation_id == conversation_id,
        TurnRow.author == Author.SHOPPER.value,
        TurnRow.at >= since,
        col(TurnRow.text).contains("@"),
    )
    newest = session.exec(query.order_by(col(TurnRow.id).desc()).limit(_LOOKED_AT))
    return next(filter(None, map(address_alone, newest)), None)


def card(order: Order, language: str) -> OrderCard:
    """The order's card, its items named in the reader's language."""
    return OrderCard(
        id=order.id,
        state=order.state.value,
        placed_at=order.placed_at,
        total=money.shown(order.total, order.currency, language),
        items=tuple(line.counted(language) for line in order.lines),
    )


def of_ticket(session: Session, ticket_id: int) -> list[RequestView]:
    """A ticket's requests, those that wait for a decision first."""
    return sorted(requests.of_ticket(session, ticket_id), key=lambda view: view.status != "open")


async def decide(desk: Desk, call: Call) -> Response:
    """One click: the button pressed says which way; a line for the shopper may go with it."""
    ticket_id, login, approve = call.ticket_id, call.login, call.form.get("decision") == "approve"
    request_id, note = int(call.request.path_params["request_id"]), call.form.get("note", "")

    def work(session: Session) -> int:
        shown = [view.id for view in requests.of_ticket(session, ticket_id)]
        if request_id not in shown:
            raise NotFoundError("requests.not_found", request=request_id)
        view = requests.decide(
            session,
            request_id,
            login.name,
            approve=approve,
            note=note.strip()[:1000],
            at=now(),
            takeover=login.lead,
        )
        return view.conversation_id

    conversation_id = await desk.db.write(work)
    log.info("request decided", action="desk.decide", request=request_id, user_id=login.user_id)
    desk.on_reply(conversation_id)
    return RedirectResponse(f"/desk/tickets/{ticket_id}", 303)
