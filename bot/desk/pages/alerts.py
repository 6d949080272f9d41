"""How an agent wants to hear that somebody waits, asked for once, and whether they are there."""

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.desk.pages.guard import Call, Desk
from bot.errors import InputError
from bot.tickets import handover, presence, users
from bot.types import now

WAYS = ("both", "sound", "desktop", "none")


async def alerts_page(desk: Desk, call: Call) -> Response:
    me = await desk.db.query(lambda session: users.find(session, call.login.name))
    return call.page("alerts.html", me=me)


async def choose(desk: Desk, call: Call) -> Response:
    way, name = call.form.get("alerts", ""), call.login.name
    if way not in WAYS:
        raise InputError("users.form_unreadable")

    def work(session: Session) -> None:
        user = users.find(session, name)
        user.alerts = way
        session.add(user)

    await desk.db.write(work)
    return RedirectResponse("/desk", 303)


async def away(desk: Desk, call: Call) -> Response:
    """Be away, which returns what is unanswered to the queue; or be there again."""
    name, gone, at = call.login.name, call.form.get("away") == "yes", now()

    def work(session: Session) -> list[int]:
        presence.step_out(session, name, gone)
        return handover.return_unanswered(session, at)

    for conversation_id in await desk.db.write(work):
        desk.on_reply(conversation_id)
    return RedirectResponse("/desk", 303)
