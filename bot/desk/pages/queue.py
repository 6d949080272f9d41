"""The queue: which part of it is looked at, and what its rows show.

Which tickets there are, and in what order, is `bot/tickets/queue.py`'s to say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cached_property
from math import ceil
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.database.tables import UserRow, ViewRow
from bot.desk.pages.guard import Call, Desk, storable
from bot.desk.pages.render import NAMED_CHANNELS
from bot.desk.pages.render import row as render_row
from bot.desk.pages.requests import at_stake, named, proven
from bot.texts import LANGUAGES
from bot.tickets import news, queue, saved_views, tags, teams, undo, users
from bot.tickets.news import News
from bot.tickets.queue import EVERYTHING, OWN, Filter, Show, TicketView
from bot.tickets.sla import Due
from bot.types import Language, Reason, now

SHOWS: tuple[Show, ...] = ("open", "mine", "team", "unassigned", "snoozed", "called", "closed")
TOLD = ("both", "sound", "desktop")  # the ways of hearing news that need a list of it
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
        team=storable(asked.get("team", ""))[: teams.LONGEST],
    )
    return Place(show, max(1, int(page)) if _PAGE_NUMBER.fullmatch(page) else 1, only)


def _one_of(known: Sequence[str], given: str) -> str:
    return given if given in known else ""


@dataclass(frozen=True)
class Part:
    """A page of a part of the queue, the same for all who look at it in one language."""

    place: Place
    pages: int
    tickets: Sequence[TicketView]
    tally: queue.Tally
    tags: Mapping[int, Sequence[str]]
    stakes: Mapping[int, str]
    due: Mapping[int, Due | None]
    every_tag: Sequence[str]
    team: Mapping[str, UserRow]
    views: Mapping[str, Sequence[ViewRow]]
    teams: Sequence[str]
    waits: Sequence[News]
    language: Language
    rows: dict[tuple[int, bool, bool], Markup] = field(default_factory=dict)

    def state(self, name: str) -> str:
        """Another one when what is shown to `name` is another."""
        return f"{self.tally.of(name)} {self._state}"

    @cached_property
    def _state(self) -> str:
        rows = [
            (v.id, v.status, v.asleep, v.agent, v.priority, v.mood, v.last_at, v.waiting_since)
            for v in self.tickets
        ]
        return repr((rows, self.tags))

    def shown(self, name: str, current: int) -> list[Markup]:
        """The rows for `name`, who has the ticket `current` open."""
        return [
            self._row(ticket, ticket.agent == name, ticket.id == current) for ticket in self.tickets
        ]

    def _row(self, ticket: TicketView, mine: bool, current: bool) -> Markup:
        key = (ticket.id, mine, current)
        if key not in self.rows:
            self.rows[key] = render_row(
                self.language,
                ticket,
                self.place,
                mine=mine,
                current=current,
                tags=self.tags.get(ticket.id, ()),
                stake=self.stakes.get(ticket.id, ""),
                due=self.due.get(ticket.id),
            )
        return self.rows[key]


def part(desk: Desk, call: Call) -> Part:
    """The part of the queue that the reader looks at. Call it on a thread of the database's."""
    wanted, name = place(call), call.login.name
    whose = name if wanted.show in OWN else ""
    key = (wanted, whose, call.language)
    return desk.shared.get(key, lambda session: _read(desk, session, wanted, name, call.language))


def _read(desk: Desk, session: Session, wanted: Place, name: str, language: Language) -> Part:
    at, tally = now(), queue.tally(session)
    size = tally.of(name).of(wanted.show)
    if wanted.only:
        size = queue.size(session, wanted.show, name, wanted.only)
    pages = max(1, ceil(size / queue.PAGE))
    here = replace(wanted, page=min(wanted.page, pages))
    tickets = queue.queue(session, here.show, agent=name, page=here.page, at=at, only=here.only)
    known = proven(session, tickets, at)
    return Part(
        place=here,
        pages=pages,
        tickets=named(session, tickets, known),
        tally=tally,
        tags=tags.of_tickets(session, [ticket.id for ticket in tickets]),
        stakes=at_stake(session, known, language),
        due={ticket.id: desk.sla.due(ticket, at) for ticket in tickets if not ticket.asleep},
        every_tag=tags.every(session),
        team={user.name: user for user in users.every(session)},
        views=saved_views.every(session),
        teams=list(teams.every(session)),
        waits=news.of(session),
        language=language,
    )


def listed(desk: Desk, session: Session, call: Call, at: datetime) -> dict[str, Any]:
    """What the list beside every conversation shows."""
    name, seen = call.login.name, part(desk, call)
    me = seen.team[name]
    current = int(call.request.path_params.get("ticket_id", 0))
    told = [*seen.waits, *news.of(session, name)] if me.alerts in TOLD else []
    return {
        "rows": seen.shown(name, current),
        "place": seen.place,
        "pages": seen.pages,
        "counts": seen.tally.of(name),
        "me": me,
        "team": list(seen.team),
        "teams": seen.teams,
        "reasons": [reason.value for reason in Reason],
        "closed_now": _closed_now(session, call, at),
        "news": sorted(told, key=lambda one: -one.ticket_id)[: queue.PAGE],
        "views": seen.views.get(name, ()),
        "every_tag": seen.every_tag,
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
