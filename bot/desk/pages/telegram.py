"""Connecting people's Telegram accounts: everybody their own, an admin anybody's.

Makes the one-time link and shows it once; what it is worth is in `bot/tickets/accounts.py`.
"""

import structlog
from starlette.responses import RedirectResponse, Response

from bot.desk.pages.account import show_users
from bot.desk.pages.guard import Call, Desk, status_of
from bot.errors import DeskhandError, InputError
from bot.tickets import accounts, users
from bot.types import now

log = structlog.get_logger()


async def telegram_page(desk: Desk, call: Call) -> Response:
    return await _page(desk, call)


async def connect(desk: Desk, call: Call) -> Response:
    """A link for oneself."""
    try:
        link = await _link(desk, call, call.login.name)
    except DeskhandError as error:
        return await _page(desk, call, error=error)
    return await _page(desk, call, link=link)


async def disconnect(desk: Desk, call: Call) -> Response:
    await _disconnect(desk, call, call.login.name)
    return RedirectResponse("/desk/telegram", 303)


async def connect_user(desk: Desk, call: Call) -> Response:
    """A link that the admin passes on."""
    name = call.form.get("name", "")
    try:
        link = await _link(desk, call, name)
    except DeskhandError as error:
        return await show_users(desk, call, error=error)
    return await show_users(desk, call, link=(name, link))


async def disconnect_user(desk: Desk, call: Call) -> Response:
    try:
        await _disconnect(desk, call, call.form.get("name", ""))
    except DeskhandError as error:
        return await show_users(desk, call, error=error)
    return RedirectResponse("/desk/users", 303)


async def _link(desk: Desk, call: Call, name: str) -> str:
    bot = desk.telegram_bot()
    if not bot:
        raise InputError("desk.telegram_missing")
    payload = await desk.db.write(lambda s: accounts.make_link(s, name, now()))
    log.info("link to Telegram made", action="desk.telegram_link", by=call.login.user_id)
    return f"https://t.me/{bot}?start={payload}"


async def _disconnect(desk: Desk, call: Call, name: str) -> None:
    await desk.db.write(lambda session: accounts.disconnect(session, name, call.login.name).id)
    log.info("Telegram disconnected", action="desk.telegram_off", by=call.login.user_id)


async def _page(
    desk: Desk, call: Call, *, link: str = "", error: DeskhandError | None = None
) -> Response:
    user = await desk.db.query(lambda session: users.find(session, call.login.name))
    return call.page(
        "telegram.html",
        status=status_of(error) if error else 200,
        telegram_id=user.telegram_id,
        link=link,
        error=error.message(call.language) if error else None,
    )
