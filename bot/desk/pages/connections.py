"""The admin's page of what other programs may do here (tokens) and hear from here (webhooks).

The rules are in `bot/tickets/tokens.py` and `webhooks.py`; what a program then uses is `desk/api/`.
"""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.desk.pages.guard import Call, Desk, status_of
from bot.errors import DeskhandError, NotFoundError
from bot.tickets import tokens, users, webhooks
from bot.types import now


async def connections_page(desk: Desk, call: Call) -> Response:
    return await _page(desk, call)


async def make_token(desk: Desk, call: Call) -> Response:
    """The token is shown once, on the page that answers."""
    form, by = call.form, call.login.name
    scopes = [scope for scope in tokens.SCOPES if form.get(f"scope_{scope}")]

    def work(session: Session) -> str:
        return tokens.make(session, form.get("name", ""), form.get("user", ""), scopes, by)[1]

    return await _made(desk, call, "token", work)


async def add_webhook(desk: Desk, call: Call) -> Response:
    """Its secret is shown once, on the page that answers."""
    form, by = call.form, call.login.name
    events = [event for event in webhooks.EVENTS if form.get(event)]
    return await _made(
        desk,
        call,
        "webhook",
        lambda session: webhooks.add(session, form.get("url", ""), events, by)[1],
    )


async def revoke_token(desk: Desk, call: Call) -> Response:
    number, by = _number(call), call.login.name
    await desk.db.write(lambda session: tokens.revoke(session, number, by))
    return RedirectResponse("/desk/connections", 303)


async def remove_webhook(desk: Desk, call: Call) -> Response:
    number, by = _number(call), call.login.name
    await desk.db.write(lambda session: webhooks.remove(session, number, by))
    return RedirectResponse("/desk/connections", 303)


async def ping(desk: Desk, call: Call) -> Response:
    number = _number(call)
    await desk.db.write(lambda session: webhooks.ping(session, number, now()))
    return RedirectResponse("/desk/connections", 303)


async def _made(desk: Desk, call: Call, kind: str, work: Callable[[Session], str]) -> Response:
    try:
        return await _page(desk, call, made=(kind, await desk.db.write(work)))
    except DeskhandError as error:
        return await _page(desk, call, error=error, failed=kind)


async def _page(
    desk: Desk,
    call: Call,
    *,
    made: tuple[str, str] | None = None,
    error: DeskhandError | None = None,
    failed: str = "",
) -> Response:
    def work(session: Session) -> dict[str, Any]:
        return {
            "tokens": tokens.every(session),
            "webhooks": webhooks.every(session),
            "people": [user.name for user in users.every(session)],
        }

    return call.page(
        "connections.html",
        status=status_of(error) if error else 200,
        made=made,
        scopes=tokens.SCOPES,
        events=webhooks.EVENTS,
        typed=call.form if failed else {},
        failed=failed,
        error=error.message(call.language) if error else None,
        **await desk.db.query(work),
    )


def _number(call: Call) -> int:
    given = call.form.get("id", "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise NotFoundError("connections.not_found")
    return int(given)
