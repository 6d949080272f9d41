"""The queue: which part of it is looked at, and what its rows show.

Which tickets there are, and in what order, is `bot/tickets/queue.py`'s to say.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.desk.pages.guard import Call, Desk, storable
from bot.desk.pages.render import NAMED_CHANNELS
from bot.desk.pages.requests import at_stake, named, proven
from bot.texts import LANGUAGES
from bot.tickets import queue, saved_views, tags, undo, users
from bot.tickets.queue import EVERYTHING, Filter, Show
from bot.types import Reason, now

SHOWS: tuple[Show, ...] = ("open", "mine", "unassigned", "snoozed", "called", "closed")
_PAGE_NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True)
class Place:
    """What part of the queue is looked at, as the address says it."""

    show: Show
    page: int
    only: Filter = EVERYTHING

    @property
    def query(self) -> str:
        """What stands behind the addresses of this place: of its page, fragment and events, and of
        every ticket that is opened from it. "" for the beginning."""
        parts = {"show": "" if self.show == "open" else self.show, **asdict(self.only)}
        parts["page"] = str(self.page) if self.page > 1 else ""
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"?{query}" if query else ""

    @property
    def here(self) -> str:
        """The same of its first page: what a view keeps."""
        return replace(self, page=1).query

    def at(self, **changed: Any) -> str:
        """The address of the first page of another part."""
        return "/desk" + replace(self, **({"page": 1} | changed)).query


async def queue_page(desk: Desk, call: Call) -> Response:
    return call.page("desk.html", **await _queue(desk, call))


async def queue_fragment(desk: Desk, call: Call) -> Response:
    return call.page("queue_fragment.html", **await _queue(desk, call))


async def keep_view(desk: Desk, call: Call) -> Response:
    """Give a name to the part of the queue that is looked at."""
    here, name, login = place(call), call.form.get("name", ""), call.login.name
    query = here.here
    await desk.db.write(lambda session: saved_views.keep(session, login, name, query))
    return RedirectResponse(f"/desk{query}", 303)


async def remove_view(desk: Desk, call: Call) -> Response:
    given, login = call.form.get("id", ""), call.login.name
    if given.isascii() and given.isdigit() and len(given) < 10:
        await desk.db.write(lambda session: saved_views.remove(session, login, int(given)))
    return RedirectResponse("/desk", 303)


def place(call: Call) -> Place:
    """Where in the queue the reader is; what is no such place is its beginning."""
    asked = call.request.query_params
    wanted, page = asked.get("show", ""), asked.get("page", "")
    show: Show = next((each for each in SHOWS if each == wanted), "open")
    only = Filter(
        tag=tags.tag_of(storable(asked.get("tag", ""))),
        language=_one_of(LANGUAGES, asked.get("language", "")),
        channel=_one_of(NAMED_CHANNELS, asked.get("channel", "")),
        reason=_one_of([each.value for each in Reason], asked.get("reason", "")),
    )
    return Place(show, max(1, int(page)) if _PAGE_NUMBER.fullmatch(page) else 1, only)


def _one_of(known: Sequence[str], given: str) -> str:
    return given if given in known else ""


def listed(desk: Desk, session: Session, call: Call, at: datetime) -> dict[str, Any]:
    """What the list beside every conversation shows."""
    wanted, name = place(call), call.login.name
    counts = queue.counts(session, name)
    size = counts.of(wanted.show)
    if wanted.only:
        size = queue.size(session, wanted.show, name, wanted.only)
    pages = max(1, ceil(size / queue.PAGE))
    here = replace(wanted, page=min(wanted.page, pages))
    tickets = queue.queue(session, here.show, agent=name, page=here.page, at=at, only=here.only)
    known, team = proven(session, tickets, at), users.every(session)
    return {
        "tickets": named(session, tickets, known),
        "place": here,
        "pages": pages,
        "counts": counts,
        "me": next(user for user in team if user.name == name),
        "team": [user.name for user in team],
        "reasons": [reason.value for reason in Reason],
        "closed_now": _closed_now(session, call, at),
        "news": queue.news(session, name),
        "views": saved_views.of(session, name),
        "every_tag": tags.every(session),
        "tags": tags.of_tickets(session, [ticket.id for ticket in tickets]),
        "stakes": at_stake(session, known, call.language),
        "due": {ticket.id: desk.sla.due(ticket, at) for ticket in tickets if not ticket.asleep},
    }


def _closed_now(session: Session, call: Call, at: datetime) -> tuple[int, int] | None:
    """The ticket that was closed just now and its goodbye, while that can be taken back."""
    given = call.request.query_params.get("closed", "")
    if not _PAGE_NUMBER.fullmatch(given):
        return None
    turn_id = undo.last_close(session, int(given), call.login.name, at)
    return (int(given), turn_id) if turn_id else None


async def _queue(desk: Desk, call: Call) -> dict[str, Any]:
    return await desk.db.query(lambda session: listed(desk, session, call, now()))
