"""The service level: until when a ticket is to be answered first, and until when to be closed.

By its priority, in the hours in which people are there. It knows no clock and reads no database.
"""

from collections.abc import Sequence
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


class Sla:
    """Times for urgent, high and normal tickets; none where there is no such promise."""

    def __init__(
        self,
        first: Sequence[timedelta] = (),
        resolution: Sequence[timedelta] = (),
        hours: Hours | None = None,
    ) -> None:
        self._spans: dict[Kind, Sequence[timedelta]] = {"first": first, "resolution": resolution}
        self._hours = hours

    @property
    def promises(self) -> bool:
        """Whether there is any."""
        return any(self._spans.values())

    def until(
        self, kind: Kind, ticket: Ticket | TicketRow, slept: Sequence[Pause] | None = None
    ) -> datetime | None:
        """When the first reply, or the end, is due; None without such a promise. While the ticket
        slept no time went by."""
        spans = self._spans[kind]
        if not spans:
            return None
        until = self._after(ticket.created_at, spans[ticket.priority - 1])
        for begun, ended in _pauses(ticket) if slept is None else slept:
            if begun < until and ended is not None:
                idle = self._hours.worked(begun, ended) if self._hours else ended - begun
                until = self._after(until, idle)
        return until

    def _after(self, at: datetime, span: timedelta) -> datetime:
        return self._hours.after(at, span) if self._hours else at + span

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


def _pauses(ticket: Ticket | TicketRow) -> Sequence[Pause]:
    if isinstance(ticket, Ticket):
        return ticket.pauses
    return [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in ticket.pauses]
