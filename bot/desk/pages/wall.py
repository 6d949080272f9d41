"""The wallboard: the queue and the day on a screen that a whole room sees.

It is read at most every few seconds, once for however many screens there are.
"""

from datetime import datetime, time
from typing import Any

from starlette.responses import Response

from bot.desk.pages.guard import Call, Desk
from bot.tickets import today
from bot.tickets.today import Today
from bot.types import now

_STALE = 3.0  # seconds


async def wall_page(desk: Desk, call: Call) -> Response:
    return call.page("wall.html", **await _context(desk))


async def fragment(desk: Desk, call: Call) -> Response:
    return call.page("wall_fragment.html", **await _context(desk))


def figures(desk: Desk) -> Today:
    """Call it on a thread of the database's."""
    at = now()
    since = datetime.combine(at.astimezone(desk.zone).date(), time(), desk.zone)
    key = ("wall", since)
    return desk.shared.get(key, lambda s: today.read(s, since, at, desk.sla), stale=_STALE)


async def _context(desk: Desk) -> dict[str, Any]:
    read = await desk.db.query(lambda _: figures(desk))
    return {"today": read, "at": now(), "promised": desk.sla.promises}
