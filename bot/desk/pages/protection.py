"""One's own log-in: the code from an app, recovery codes, and where one is logged in.

The rules are in `bot/tickets/second_factor.py`; what an admin may do for others is in `account.py`.
"""

from collections.abc import Callable

import segno
import structlog
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.database import audit
from bot.database.tables import SessionRow, UserRow
from bot.desk.pages import security
from bot.desk.pages.guard import Call, Desk, secure, status_of
from bot.desk.pages.render import local_path
from bot.errors import DeskhandError, ForbiddenError
from bot.tickets import second_factor, users
from bot.types import now

log = structlog.get_logger()


async def code_page(_desk: Desk, call: Call) -> Response:
    """The second step of logging in."""
    return call.page("code.html", next=call.request.query_params.get("next", "/desk"))


async def give_code(desk: Desk, call: Call) -> Response:
    """The code, or one of the recovery codes; a wrong one says no more than that."""
    login, to, at = call.login, call.form.get("next", "/desk"), now()
    try:
        code = call.form.get("code", "")[:40]
        if not await desk.door.prove_code(call.request, login.user_id, login.name, code):
            raise ForbiddenError("users.code_wrong")
    except DeskhandError as error:
        message = error.message(call.language)
        return call.page("code.html", status=status_of(error), next=to, error=message)

    def work(session: Session) -> None:
        security.pass_code(session, login.token_hash, at)
        audit.note(session, "account.login", login.name, login.name, code="yes")

    await desk.db.write(work)
    response = RedirectResponse(local_path(to), 303)
    await desk.door.remember(call.request, response, login.name, secure=secure(desk, call.request))
    return response


async def security_page(desk: Desk, call: Call) -> Response:
    return await _page(desk, call)


async def turn_on(desk: Desk, call: Call) -> Response:
    """With a code of the app that has read the picture, so that nobody locks themselves out."""
    seed, code, name = call.form.get("seed", ""), call.form.get("code", ""), call.login.name
    try:
        if call.login.has_code:  # whoever sits at an open desk must not bring an app of their own
            raise ForbiddenError("users.form_expired")
        fresh = await desk.db.write(
            lambda session: second_factor.turn_on(session, name, seed, code, now())
        )
    except DeskhandError as error:
        return await _page(desk, call, seed=seed, error=error)
    log.info("code turned on", action="desk.code_on", user_id=call.login.user_id)
    return await _page(desk, call, recovery=fresh)


async def turn_off(desk: Desk, call: Call) -> Response:
    """Only with a code: a desk left open is not enough."""

    def work(session: Session) -> list[str]:
        second_factor.turn_off(session, call.login.name, call.login.name)
        return []

    return await _with_code(desk, call, work)


async def renew_recovery(desk: Desk, call: Call) -> Response:
    return await _with_code(
        desk, call, lambda session: second_factor.renew_recovery(session, call.login.name)
    )


async def end_logins(desk: Desk, call: Call) -> Response:
    """One login elsewhere, by the beginning of its hash, or all but this one."""
    login, which = call.login, call.form.get("which", "")[:64]

    def work(session: Session) -> None:
        user = users.find(session, login.name)
        users.end_logins(session, user, by=login.name, only=which, but=login.token_hash)

    await desk.db.write(work)
    return RedirectResponse("/desk/security", 303)


async def _with_code(desk: Desk, call: Call, work: Callable[[Session], list[str]]) -> Response:
    """What is done only for who has the app in hand; the page shows the recovery codes made."""
    login, code = call.login, call.form.get("code", "")[:40]
    try:
        if not await desk.door.prove_code(call.request, login.user_id, login.name, code):
            raise ForbiddenError("users.code_wrong")
        recovery = await desk.db.write(work)
    except DeskhandError as error:
        return await _page(desk, call, error=error)
    return await _page(desk, call, recovery=recovery)


async def _page(
    desk: Desk,
    call: Call,
    *,
    seed: str = "",
    recovery: list[str] | None = None,
    error: DeskhandError | None = None,
) -> Response:
    """`recovery` are codes that were just made; `seed` is the picture's that was shown before."""
    seed = seed or second_factor.new_seed()
    at, login = now(), call.login

    def work(session: Session) -> tuple[UserRow, list[SessionRow], str]:
        user = users.find(session, login.name)
        key = "" if user.totp_seed else second_factor.secret(session, seed)
        return user, security.logins(session, login.user_id, at), key

    user, logins, key = await desk.db.write(work)  # the product's key may be made by this
    shown = second_factor.address(key, user.name) if key else ""
    return call.page(
        "security.html",
        status=status_of(error) if error else 200,
        on=user.totp_seed is not None,
        enforced=login.role in desk.code_roles,
        left=len(user.recovery),
        recovery=recovery,
        seed=seed,
        secret=" ".join(key[start : start + 4] for start in range(0, len(key), 4)),
        picture=segno.make(shown, error="m").svg_data_uri(scale=5, border=2, light="#fff")
        if shown
        else "",
        logins=logins,
        lifetime=security.LIFETIME,
        error=error.message(call.language) if error else None,
    )
