"""The queue and the day in a few figures, for a wall that everybody in the room sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlmodel import Session, col, select

from bot.conversations import feedback
from bot.database.tables import TicketRow, UserRow
from bot.tickets import presence, queue, sleep, waiting
from bot.tickets.sla import Sla

_MOST = 1000  # judgements of a day that are counted


@dataclass(frozen=True)
class Person:
    """An agent who is there, or says to be away, with how many conversations."""

    name: str
    away: bool
    count: int


@dataclass(frozen=True)
class Today:
    """`waiting` people have nobody yet, the first of them since then; `unanswered` have somebody
    who has not answered their last word. Seconds and shares are of what was opened, closed and
    judged today; None for nothing."""

    waiting: int
    waiting_since: datetime | None
    unanswered: int
    unanswered_since: datetime | None
    taken: int
    snoozed: int
    overdue: int
    opened: int
    closed: int
    first_reply: float | None
    content: float | None
    people: Sequence[Person]


def read(session: Session, since: datetime, at: datetime, sla: Sla) -> Today:
    """As it is `at` that moment; the day began at `since`."""
    tally = queue.tally(session)
    awake = list(session.exec(select(TicketRow).where(*queue.shown("open"))))
    free = [row.created_at for row in awake if row.status == "open"]
    had = [row.conversation_id for row in awake if row.status == "taken"]
    unanswered = waiting.unanswered_since(session, had)
    opened = session.exec(
        select(TicketRow.created_at, TicketRow.first_reply_at).where(TicketRow.created_at >= since)
    ).all()
    closed = session.exec(
        select(TicketRow.id).where(TicketRow.status == "closed", col(TicketRow.closed_at) >= since)
    ).all()
    judged = feedback.satisfactions(session, since=since, limit=_MOST)
    replies = [(first - begun).total_seconds() for begun, first in opened if first]
    everybody = session.exec(select(UserRow).order_by(UserRow.name))
    here = {user.name for user in presence.there(session, at)}
    return Today(
        waiting=len(free),
        waiting_since=min(free, default=None),
        unanswered=len(unanswered),
        unanswered_since=min(unanswered.values(), default=None),
        taken=len(had),
        snoozed=tally.everybody.snoozed,
        overdue=_overdue(session, awake, at, sla),
        opened=len(opened),
        closed=len(closed),
        first_reply=median(replies) if replies else None,
        content=sum(one.value > 0 for one in judged) / len(judged) if judged else None,
        people=[
            Person(user.name, user.away, tally.mine.get(user.name, 0))
            for user in everybody
            if user.name in here or (user.away and tally.mine.get(user.name, 0))
        ],
    )


def _overdue(session: Session, rows: Sequence[TicketRow], at: datetime, sla: Sla) -> int:
    slept = sleep.pauses(session, [row for row in rows if row.pauses or row.snoozed_at])
    due = (sla.due(row, at, slept.get(row.id or 0, ())) for row in rows)
    return sum(each.overdue for each in due if each)
