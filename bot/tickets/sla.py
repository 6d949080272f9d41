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

    def until(self, kind: Kind, ticket: Ticket | TicketRow) -> datetime | None:
        """When the first reply, or the end, is due; None without such a promise."""
        spans = self._spans[kind]
        if not spans:
            return None
        span = spans[ticket.priority - 1]
        since = ticket.created_at
        return self._hours.after(since, span) if self._hours else since + span

    def due(self, ticket: Ticket, at: datetime) -> Due | None:
        """What an open ticket waits for next."""
        if ticket.status == "closed":
            return None
        kinds: tuple[Kind, ...] = ("first", "resolution")
        for kind in kinds[1:] if ticket.first_reply_at else kinds:
            if until := self.until(kind, ticket):
                return Due(kind, until, until < at)
        return None

    def kept(self, kind: Kind, ticket: Ticket | TicketRow) -> bool | None:
        """Whether the promise was kept; None while it is open, and without one."""
        until = self.until(kind, ticket)
        done = ticket.first_reply_at if kind == "first" else ticket.closed_at
        return None if until is None or done is None else done <= until
