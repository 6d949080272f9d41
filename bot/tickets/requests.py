"""Prepared requests: a shopper's confirmed wish on its way to an agent, who decides with one click.

Filing is part of the transaction that tells the shopper; deciding tells the shopper, too. Both hold
the conversation's lock, so of two agents who press at once one wins and the other hears who. The
order itself is changed by nobody here: an agent does that in the shop's own system.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import structlog
from sqlmodel import Session, col, select

from bot.conversations import conversation, outbox
from bot.conversations.conversation import saved
from bot.conversations.noted import Noted
from bot.database import audit
from bot.database.tables import ConversationRow, RequestRow, TicketRow
from bot.errors import ConflictError, NotFoundError
from bot.orders import store
from bot.orders.change_rules import Change
from bot.orders.record import Order
from bot.orders.request_dialogue import Wish
from bot.texts import t
from bot.tickets import assignment, opening, webhooks
from bot.types import Author, Language, OneCustomer, OneOrder, Reason, Status, now

log = structlog.get_logger()
_RECENT = timedelta(days=30)  # in which a request is still what "it" means
_MOST = 5


@dataclass(frozen=True)
class RequestView:
    """A request as the desk shows it. `order` is the record as it is now, None when it is gone;
    `changed` says that it is not what the shopper agreed to any more."""

    id: int
    conversation_id: int
    change: Change
    order_id: str
    summary: str
    status: Literal["open", "approved", "declined", "withdrawn"]
    agent: str | None
    note: str | None
    created_at: datetime
    decided_at: datetime | None
    order: Order | None
    changed: bool


@dataclass(frozen=True)
class Pending:
    """A request as its own conversation may speak of it."""

    id: int
    change: Change
    order_id: str
    status: str


def pending(session: Session, scope: OneCustomer | OneOrder) -> dict[tuple[str, Change], int]:
    """The ids of what waits for a decision already, by order and kind."""
    query = select(RequestRow.order_id, RequestRow.kind, RequestRow.id).where(
        RequestRow.customer_id == scope.customer_id, RequestRow.status == "open"
    )
    return {(order, Change(kind)): saved(number) for order, kind, number in session.exec(query)}


def newest(session: Session, conversation_id: int) -> list[Pending]:
    """A conversation's requests of the last days, the newest first: those that are open, which the
    shopper may take back, and those that are approved, for which it is too late."""
    query = select(RequestRow).where(
        RequestRow.conversation_id == conversation_id,
        col(RequestRow.status).in_(("open", "approved")),
        RequestRow.created_at > now() - _RECENT,
    )
    rows = session.exec(query.order_by(col(RequestRow.id).desc()).limit(_MOST))
    return [Pending(saved(row.id), Change(row.kind), row.order_id, row.status) for row in rows]


def file(
    session: Session,
    row: ConversationRow,
    wish: Wish,
    order: Order,
    summary: str,
    language: Language,
    *,
    at: datetime,
    whole: str = "",
) -> RequestRow:
    """Store the request with the conversation's ticket, opened if need be; the lock is held.
    `whole` is the summary of all that are filed at once, for the ticket."""
    if row.status == Status.CLOSED:  # by an agent, after this message had been accepted
        conversation.move(row, Status.BOT)
    if wish.amends and (old := session.get(RequestRow, wish.amends)) and old.status == "open":
        old.status, old.decided_at = "withdrawn", at
        session.add(old)
    turns = conversation.history(session, saved(row.id))
    ticket = opening.unclosed(session, saved(row.id)) or opening.open_ticket(
        session,
        row,
        Reason.REQUEST,
        summary=f"{whole or summary}\n{opening.summarise(turns, language)}",
        mood=0.0,
        language=language,
        at=at,
    )
    request = RequestRow(
        conversation_id=saved(row.id),
        ticket_id=saved(ticket.id),
        customer_id=order.customer_id,
        order_id=order.id,
        kind=wish.change.value,
        details={"items": list(wish.items), "text": wish.text},
        summary=summary,
        seen=wish.seen,
        language=language,
        created_at=at,
    )
    session.add(request)
    session.flush()
    log.info("requests.filed", request=request.id, kind=request.kind, ticket=ticket.id)
    return request


def withdraw(
    session: Session, row: ConversationRow, ids: Collection[int], *, at: datetime
) -> list[Pending]:
    """Take back those requests of the conversation that nobody has decided on yet; the lock is
    held. All of them as they are now: one that was approved meanwhile stays so."""
    query = select(RequestRow).where(
        RequestRow.conversation_id == row.id, col(RequestRow.id).in_(ids)
    )
    found = session.exec(query.order_by(col(RequestRow.id).desc())).all()
    for request in found:
        session.refresh(request)
        if request.status == "open":
            request.status, request.decided_at = "withdrawn", at
            session.add(request)
            log.info("requests.withdrawn", request=request.id, ticket=request.ticket_id)
            _settle(session, row, session.get_one(TicketRow, request.ticket_id), None, at)
    session.flush()
    return [Pending(saved(one.id), Change(one.kind), one.order_id, one.status) for one in found]


def of_ticket(session: Session, ticket_id: int) -> list[RequestView]:
    """The requests of a ticket's conversation, the newest first."""
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    query = select(RequestRow).where(RequestRow.conversation_id == ticket.conversation_id)
    rows = session.exec(query.order_by(col(RequestRow.id).desc()).limit(20))
    return [_view(session, row) for row in rows]


def decide(
    session: Session,
    request_id: int,
    agent: str,
    *,
    approve: bool,
    note: str = "",
    at: datetime,
    takeover: bool = False,
) -> RequestView:
    """Approve or decline, and tell the shopper; `note` goes to them as well.

    The same decision by the same agent again changes nothing. `ConflictError` when somebody else
    has decided, or has the ticket.
    """
    request = session.get(RequestRow, request_id)
    if request is None:
        raise NotFoundError("requests.not_found", request=request_id)
    row = conversation.lock(session, request.conversation_id)
    session.refresh(request)
    status = "approved" if approve else "declined"
    if request.status != "open":
        if (request.status, request.agent) == (status, agent):
            return _view(session, request)
        if request.status == "withdrawn":
            raise ConflictError("requests.taken_back", request=request_id)
        raise ConflictError("requests.decided", request=request_id, agent=request.agent)
    ticket = session.get_one(TicketRow, request.ticket_id, populate_existing=True)
    assignment.refuse_others(ticket, agent, takeover)
    request.status, request.agent, request.note, request.decided_at = status, agent, note, at
    session.add(request)
    audit.note(session, f"ticket.request_{status}", agent, ticket.id, at=at, request=request_id)
    _tell(session, row, request, at)
    _settle(session, row, ticket, agent, at)
    session.flush()
    log.info("requests.decided", request=request_id, status=status, ticket=ticket.id)
    return _view(session, request)


def _tell(session: Session, row: ConversationRow, request: RequestRow, at: datetime) -> None:
    language = cast(Language, request.language)
    part = "_items" if request.kind == Change.CANCEL and request.details["items"] else ""
    key = f"requests.{request.kind}{part}_{request.status}"
    text = t(key, language, order=request.order_id)
    if request.note:
        text = f"{text}\n\n{request.note}"
    turn = conversation.add_turn(
        session,
        request.conversation_id,
        Author.AGENT,
        text,
        language,
        agent=request.agent,
        noted=Noted(request=f"decided:{request.id}"),
        at=at,
    )
    outbox.put(session, row, turn, at=at)


def _settle(
    session: Session, row: ConversationRow, ticket: TicketRow, agent: str | None, at: datetime
) -> None:
    """A ticket that was there for requests alone is done with the last of them; `agent` is who
    decided, None where the shopper took it back."""
    if agent is not None:
        ticket.first_reply_at = ticket.first_reply_at or at
    open_ones = select(RequestRow.id).where(
        RequestRow.conversation_id == row.id, RequestRow.status == "open"
    )
    session.flush()
    alone = ticket.reason == Reason.REQUEST and ticket.status == "open"
    if alone and session.exec(open_ones).first() is None:
        ticket.status, ticket.closed_at, ticket.agent = "closed", at, agent or ticket.agent
        webhooks.tell(session, "ticket.closed", ticket, at)
        if row.status == Status.WAITING:
            conversation.move(row, Status.BOT)
    session.add_all([ticket, row])


def _view(session: Session, row: RequestRow) -> RequestView:
    order = store.one(session, OneOrder(row.customer_id, row.order_id), row.order_id)
    return RequestView(
        id=saved(row.id),
        conversation_id=row.conversation_id,
        change=Change(row.kind),
        order_id=row.order_id,
        summary=row.summary,
        status=cast(Any, row.status),
        agent=row.agent,
        note=row.note,
        created_at=row.created_at,
        decided_at=row.decided_at,
        order=order,
        changed=order is None or order.digest != row.seen,
    )
