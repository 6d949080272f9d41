"""The service level: until when a ticket is to be answered first, and until when to be closed.

By its priority, in the hours in which people are there. It knows no clock and reads no database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.database.tables import TicketRow
from bot.hours import Hours
from bot.tickets.queue import Ticket
from bot.types import Pause

Kind = Literal["first", "resolution"]


@dataclass(frozen=True)
class Due:
    """What is to be done next, and until when."""

    kind: Kind
    at: datetime
    overdue: bool


@dataclass(frozen=True)
class Terms:
    """Times for urgent, high and normal tickets, of the hours in which people are there; none where
    there is no such promise."""

    first: Sequence[timedelta] = ()
    resolution: Sequence[timedelta] = ()
    hours: Hours | None = None


class Sla:
    """Knows the terms, which may be others from one moment to the next."""

    def __init__(self, terms: Callable[[], Terms] = Terms) -> None:
        self._terms = terms

    @property
    def promises(self) -> bool:
        """Whether there is any."""
        terms = self._terms()
        return bool(terms.first or terms.resolution)

    def until(
        self, kind: Kind, ticket: Ticket | TicketRow, slept: Sequence[Pause] | None = None
    ) -> datetime | None:
        """When the first reply, or the end, is due; None without such a promise. While the ticket
        slept no time went by."""
        terms = self._terms()
        spans = terms.first if kind == "first" else terms.resolution
        if not spans:
            return None
        until = _after(terms.hours, ticket.created_at, spans[ticket.priority - 1])
        for begun, ended in _pauses(ticket) if slept is None else slept:
            if begun < until and ended is not None:
                hours = terms.hours
                idle = hours.worked(begun, ended) if hours else ended - begun
                until = _after(hours, until, idle)
        return until

    def due(
        self, ticket: Ticket | TicketRow, at: datetime, slept: Sequence[Pause] | None = None
    ) -> Due | None:
        """What an open ticket waits for next; `slept` is when, where it knows that not itself."""
        if ticket.status == "closed":
            return None
        kinds: tuple[Kind, ...] = ("first", "resolution")
        for kind in kinds[1:] if ticket.first_reply_at else kinds:
            if until := self.until(kind, ticket, slept):
                return Due(kind, until, until < at)
        return None

    def kept(self, kind: Kind, ticket: Ticket | TicketRow) -> bool | None:
        """Whether the promise was kept; None while it is open, and without one."""
        until = self.until(kind, ticket)
        done = ticket.first_reply_at if kind == "first" else ticket.closed_at
        return None if until is None or done is None else done <= until


def _after(hours: Hours | None, at: datetime, span: timedelta) -> datetime:
    return hours.after(at, span) if hours else at + span


def _pauses(ticket: Ticket | TicketRow) -> Sequence[Pause]:
    if isinstance(ticket, Ticket):
        return ticket.pauses
    return [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in ticket.pauses]
