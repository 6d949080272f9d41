"""The page of business hours, holidays, what is said while nobody is there, and promised times."""

from dataclasses import asdict

from starlette.responses import RedirectResponse, Response

from bot.desk.pages.guard import Call, Desk, status_of
from bot.errors import DeskhandError, NotFoundError
from bot.tickets import schedule
from bot.tickets.schedule import PARTS, Schedule, Scheduled
from bot.types import now


async def schedule_page(desk: Desk, call: Call) -> Response:
    known = _scheduled(desk)
    kept = await desk.db.query(lambda session: schedule.kept(session, known.settings))
    return _page(call, known, kept)


async def keep(desk: Desk, call: Call) -> Response:
    """What can't be read comes back as it was typed."""
    known, by = _scheduled(desk), call.login.name
    given = {name: call.form.get(name, "") for name in PARTS}
    if "reset" in call.form:
        given = asdict(known.settings)
    try:
        await desk.db.write(lambda s: schedule.keep(s, known.settings, given, known.zone, by))
    except DeskhandError as error:
        return _page(call, known, Schedule(**given), error)
    return RedirectResponse("/desk/schedule", 303)


def _scheduled(desk: Desk) -> Scheduled:
    if desk.scheduled is None:
        raise NotFoundError("desk.no_room")
    return desk.scheduled


def _page(
    call: Call, known: Scheduled, shown: Schedule, error: DeskhandError | None = None
) -> Response:
    hours = None if error else shown.terms(known.zone).hours
    return call.page(
        "schedule.html",
        status=status_of(error) if error else 200,
        shown=asdict(shown),
        ours=shown == known.settings,
        zone=known.zone.key,
        opens=hours.opens(now()) if hours else None,
        has_hours=hours is not None,
        error=error.message(call.language) if error else None,
    )
