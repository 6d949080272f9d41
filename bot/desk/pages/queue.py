"""The queue: which part of it is looked at, and what its rows show.

Which tickets there are, and in what order, is `bot/tickets/queue.py`'s to say.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

from sqlmodel import Session
from starlette.responses import Response

from bot.desk.pages.guard import Call, Desk
from bot.desk.pages.requests import named
from bot.tickets import queue
from bot.tickets.queue import Show
from bot.types import now

SHOWS: tuple[Show, ...] = ("open", "mine", "unassigned", "snoozed", "called", "closed")
_PAGE_NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True)
class Place:
    """What part of the queue is looked at, as the address says it."""

    show: Show
    page: int

    @property
    def query(self) -> str:
        """What stands behind the addresses of this place: of its page, fragment and events, and of
        every ticket that is opened from it. "" for the beginning."""
        parts = [f"show={self.show}"] if self.show != "open" else []
        parts += [f"page={self.page}"] if self.page > 1 else []
        return f"?{'&'.join(parts)}" if parts else ""


async def queue_page(desk: Desk, call: Call) -> Response:
    return call.page("desk.html", **await _queue(desk, call))


async def queue_fragment(desk: Desk, call: Call) -> Response:
    return call.page("queue_fragment.html", **await _queue(desk, call))


def place(call: Call) -> Place:
    """Where in the queue the reader is; what is no such place is its beginning."""
    wanted, page = (call.request.query_params.get(name, "") for name in ("show", "page"))
    show: Show = next((each for each in SHOWS if each == wanted), "open")
    return Place(show, max(1, int(page)) if _PAGE_NUMBER.fullmatch(page) else 1)


def listed(session: Session, call: Call, at: datetime) -> dict[str, Any]:
    """What the list beside every conversation shows."""
    wanted, name = place(call), call.login.name
    counts = queue.counts(session, name)
    pages = max(1, ceil(counts.of(wanted.show) / queue.PAGE))
    here = replace(wanted, page=min(wanted.page, pages))
    tickets = queue.queue(session, here.show, agent=name, page=here.page, at=at)
    return {
        "tickets": named(session, tickets, at),
        "place": here,
        "pages": pages,
        "counts": counts,
    }


async def _queue(desk: Desk, call: Call) -> dict[str, Any]:
    return await desk.db.query(lambda session: listed(session, call, now()))
