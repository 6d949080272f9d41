"""The page of business hours, holidays, time zone, what is said while nobody is there, and promised
times. Only here are they changed; the page "Set up" shows what counts.

Hours, holidays, promises and words are kept in the database and count at once, before what the
environment says, and that before `shop.yaml`. The time zone is kept in `shop.yaml`, unless the
environment says it, and counts from the next start on: orders are dated by it, too.
"""

from dataclasses import asdict, dataclass

from starlette.responses import RedirectResponse, Response

from bot.database import audit
from bot.desk.pages.guard import Call, Desk, status_of
from bot.desk.pages.setups import SetupView
from bot.errors import DeskhandError, NotFoundError
from bot.tickets import schedule
from bot.tickets.schedule import PARTS, Schedule, Scheduled
from bot.types import now

SHOWN = ("hours", "holidays", "timezone")


@dataclass(frozen=True)
class Counts:
    """What counts now, and the end of the key of the text that says who says so."""

    value: str
    said_by: str


async def schedule_page(desk: Desk, call: Call) -> Response:
    kept = await _kept(desk, _scheduled(desk))
    return await _page(desk, call, kept)


async def keep(desk: Desk, call: Call) -> Response:
    """What can't be read comes back as it was typed."""
    known, by = _scheduled(desk), call.login.name
    given = {name: call.form.get(name, "") for name in PARTS}
    if "reset" in call.form:
        given = asdict(known.settings)
    try:
        await _keep_zone(desk, call)
        await desk.db.write(lambda s: schedule.keep(s, known.settings, given, known.zone, by))
    except DeskhandError as error:
        return await _page(desk, call, Schedule(**given), error)
    return RedirectResponse("/desk/schedule", 303)


async def counting(desk: Desk, view: SetupView) -> dict[str, Counts]:
    """Hours, holidays and time zone as they count now; empty where the desk has no schedule."""
    if desk.scheduled is None:
        return {}
    known = desk.scheduled
    kept = await _kept(desk, known)
    found = {name: _said(name, kept, known, view) for name in ("hours", "holidays")}
    file, zone = view.values["timezone"], known.zone.key
    by = "environment" if "timezone" in view.fixed else "file" if file else "none"
    if by == "file" and file != zone:
        by = "waits"
    return {**found, "timezone": Counts(zone, by)}


def _said(name: str, kept: Schedule, known: Scheduled, view: SetupView) -> Counts:
    value, settings = getattr(kept, name), getattr(known.settings, name)
    if value != settings:
        return Counts(value, "page")
    return Counts(value, "environment" if name in view.fixed else "file" if value else "none")


async def _keep_zone(desk: Desk, call: Call) -> None:
    """Write the time zone into the shop's file where it is another one."""
    if desk.setup is None or "timezone" not in call.form:
        return
    zone = call.form["timezone"].strip()
    if zone == (await desk.setup.view()).values["timezone"]:
        return
    by = call.login.name
    await desk.setup.save({"timezone": zone}, call.form.get("seen", ""), by)
    await desk.db.write(lambda session: audit.note(session, "knowledge.setup", by, "shop.yaml"))


async def _kept(desk: Desk, known: Scheduled) -> Schedule:
    return await desk.db.query(lambda session: schedule.kept(session, known.settings))


def _scheduled(desk: Desk) -> Scheduled:
    if desk.scheduled is None:
        raise NotFoundError("desk.no_room")
    return desk.scheduled


async def _page(
    desk: Desk, call: Call, shown: Schedule, error: DeskhandError | None = None
) -> Response:
    known = _scheduled(desk)
    view = await desk.setup.view() if desk.setup else None
    hours = None if error else shown.terms(known.zone).hours
    typed = call.form.get("timezone") if error else None
    return call.page(
        "schedule.html",
        status=status_of(error) if error else 200,
        shown=asdict(shown),
        ours=shown == known.settings,
        zone=known.zone.key,
        view=view,
        timezone=(view.values["timezone"] if typed is None else typed) if view else "",
        counts=await counting(desk, view) if view and not error else {},
        opens=hours.opens(now()) if hours else None,
        has_hours=hours is not None,
        error=error.message(call.language) if error else None,
    )
