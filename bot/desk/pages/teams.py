"""The admin's page of teams, and of which tickets suit whom; `tickets/teams.py` has the rules."""

from collections.abc import Callable

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.desk.pages.guard import Call, Desk, status_of
from bot.errors import DeskhandError
from bot.tickets import teams, users


async def teams_page(desk: Desk, call: Call) -> Response:
    return await _page(desk, call)


async def add(desk: Desk, call: Call) -> Response:
    name, by = call.form.get("name", ""), call.login.name
    return await _changed(desk, call, lambda session: teams.add(session, name, by))


async def remove(desk: Desk, call: Call) -> Response:
    name, by = call.form.get("name", ""), call.login.name
    return await _changed(desk, call, lambda session: teams.remove(session, name, by))


async def change(desk: Desk, call: Call) -> Response:
    """Somebody joins a team, or leaves it."""
    name, form, by = call.form.get("name", ""), call.form, call.login.name

    def work(session: Session) -> None:
        if gone := form.get("leave", ""):
            teams.leave(session, name, gone, by)
        else:
            teams.join(session, name, form.get("join", ""), by)

    return await _changed(desk, call, work)


async def suits(desk: Desk, call: Call) -> Response:
    """Which tickets are given to somebody by themselves."""
    form, by = call.form, call.login.name
    languages = [each for each in form.get("languages", "").split(",") if each]
    given = form.get("most", "").strip() or "0"
    most = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else -1
    name = form.get("name", "")
    return await _changed(desk, call, lambda s: teams.suits(s, name, languages, most, by))


async def _changed(desk: Desk, call: Call, work: Callable[[Session], object]) -> Response:
    try:
        await desk.db.write(work)
    except DeskhandError as error:
        return await _page(desk, call, error)
    return RedirectResponse("/desk/teams", 303)


async def _page(desk: Desk, call: Call, error: DeskhandError | None = None) -> Response:
    together, everybody = await desk.db.query(
        lambda session: (teams.every(session), users.every(session))
    )
    return call.page(
        "teams.html",
        status=status_of(error) if error else 200,
        teams=together,
        users=everybody,
        typed=call.form.get("name", "") if error else "",
        error=error.message(call.language) if error else None,
    )
