"""What each shopper did after they were shown a variant, counted from chats, presses and orders.

An outcome is a number for each: a yes or no (wrote, pressed, ordered, needed a person), or how much
(messages written, what was ordered for). Orders count for whoever has proven who they are in that
chat, in the currency's smallest unit. Only what came after the first showing counts, for two weeks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlmodel import Session, col, select

from bot.database.insight_tables import ExposureRow
from bot.database.order_tables import OrderRow
from bot.database.tables import ConversationRow, InboxRow, ProofRow, TicketRow
from bot.insights.experiments.running import unit_key, unit_of
from bot.types import Chat

COUNTED = timedelta(days=14)
"""For so long after the first showing what somebody does counts."""

_BUTTONS = ("ask:%", "goes:%")  # presses on questions that were offered
_LOST = ("cancelled", "refunded", "returned")


@dataclass(frozen=True)
class Outcome:
    """A way to judge: `share` for a yes or no each; `fewer` is better, where it is so."""

    name: str
    share: bool
    fewer: bool = False


OUTCOMES = {
    each.name: each
    for each in (
        Outcome("wrote", share=True),
        Outcome("pressed", share=True),
        Outcome("ordered", share=True),
        Outcome("value", share=False),
        Outcome("messages", share=False, fewer=True),
        Outcome("person", share=True, fewer=True),
    )
}


@dataclass(frozen=True)
class Seen:
    """A shopper who was shown a variant, since when, and what came of it."""

    variant: int
    at: datetime
    value: float


def seen(
    session: Session, experiment_id: int, outcome: str, since: datetime, until: datetime
) -> list[Seen]:
    """Everybody who was shown a variant before `until`, the first of them first."""
    query = (
        select(ExposureRow)
        .where(col(ExposureRow.experiment_id) == experiment_id, col(ExposureRow.at) < until)
        .order_by(col(ExposureRow.at))
    )
    shown = session.exec(query).all()
    chats = _chats(session, since)
    happened = _HAPPENED[outcome](session, since, until)
    by_unit: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for chat, events in happened.items():
        by_unit[chats[chat]] += events
    share = OUTCOMES[outcome].share
    found = []
    for row in shown:
        total = sum(
            value for at, value in by_unit.get(row.unit, ()) if row.at <= at <= row.at + COUNTED
        )
        found.append(Seen(row.variant, row.at, min(total, 1.0) if share else total))
    return found


def before(session: Session, outcome: str, since: datetime, until: datetime) -> list[float]:
    """The outcome of each chat that began in a time, to plan from."""
    query = select(ConversationRow.id, ConversationRow.created_at).where(
        col(ConversationRow.created_at) >= since, col(ConversationRow.created_at) < until
    )
    began = {number: at for number, at in session.exec(query) if number is not None}
    happened = _HAPPENED[outcome](session, since, until)
    share = OUTCOMES[outcome].share
    found = []
    for chat, start in began.items():
        total = sum(value for at, value in happened.get(chat, ()) if at <= start + COUNTED)
        found.append(min(total, 1.0) if share else total)
    return found


Events = dict[int, list[tuple[datetime, float]]]
Happened = Callable[[Session, datetime, datetime], Events]


def _chats(session: Session, since: datetime) -> dict[int, str]:
    """The conversations in which something happened since then, and what each is counted as."""
    key = unit_key(session)
    query = select(ConversationRow.id, ConversationRow.channel, ConversationRow.chat_id).where(
        col(ConversationRow.updated_at) >= since
    )
    return {
        number: unit_of(key, Chat(channel, chat))
        for number, channel, chat in session.exec(query)
        if number is not None
    }


def _wrote(session: Session, since: datetime, until: datetime) -> Events:
    query = select(InboxRow.conversation_id, InboxRow.received_at).where(
        col(InboxRow.received_at) >= since, col(InboxRow.received_at) < until
    )
    return _counted(session.exec(query))


def _pressed(session: Session, since: datetime, until: datetime) -> Events:
    choice = col(InboxRow.choice)
    query = select(InboxRow.conversation_id, InboxRow.received_at).where(
        col(InboxRow.received_at) >= since, col(InboxRow.received_at) < until
    )
    pressed = (session.exec(query.where(choice.like(button))) for button in _BUTTONS)
    return _counted(chain.from_iterable(pressed))


def _person(session: Session, since: datetime, until: datetime) -> Events:
    query = select(TicketRow.conversation_id, TicketRow.created_at).where(
        col(TicketRow.created_at) >= since, col(TicketRow.created_at) < until
    )
    return _counted(session.exec(query))


def _counted(happened: Iterable[tuple[int, datetime]]) -> Events:
    """What happened in each conversation, each time as one."""
    found: Events = defaultdict(list)
    for chat, at in happened:
        found[chat].append((at, 1.0))
    return found


def _orders(session: Session, since: datetime, until: datetime, *, worth: bool) -> Events:
    query = (
        select(ProofRow.conversation_id, OrderRow.placed_at, OrderRow.total)
        .join(OrderRow, col(OrderRow.customer_id) == ProofRow.customer_id)
        .where(col(OrderRow.placed_at) >= since, col(OrderRow.placed_at) < until)
        .where(col(OrderRow.state).not_in(_LOST))
    )
    found: Events = defaultdict(list)
    for chat, at, total in session.exec(query):
        if at is not None:
            found[chat].append((at, float(total) if worth else 1.0))
    return found


_HAPPENED: Mapping[str, Happened] = {
    "wrote": _wrote,
    "pressed": _pressed,
    "messages": _wrote,
    "person": _person,
    "ordered": lambda *given: _orders(*given, worth=False),
    "value": lambda *given: _orders(*given, worth=True),
}
