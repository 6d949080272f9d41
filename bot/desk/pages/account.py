"""Login, logout, one's own password, the language, and the admin's page of users.

Rules for names and passwords are in `bot/tickets/users.py`, tokens in `security.py`.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

import structlog
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.database import audit
from bot.desk.pages import security
from bot.desk.pages.guard import (
    Call,
    Desk,
    checked_form,
    current_login,
    refusal,
    render,
    secure,
    status_of,
)
from bot.desk.pages.render import LANGUAGE_COOKIE, local_path, reader_language
from bot.errors import BusyError, DeskhandError, ForbiddenError, InputError
from bot.texts import t
from bot.tickets import second_factor, users
from bot.types import now

log = structlog.get_logger()
_YEAR = 365 * 24 * 3600


async def login_page(desk: Desk, request: Request) -> Response:
    """The form; its token is kept in a cookie of its own, since there is no session yet."""
    if await current_login(desk, request) is not None:
        return RedirectResponse("/desk", 303)
    return _login_form(desk, request, to=request.query_params.get("next", "/desk"))


async def log_in(desk: Desk, request: Request) -> Response:
    """Check name and password; a new token for every login, so an older one is worth nothing."""
    language = reader_language(request)
    try:
        form = await checked_form(request, request.cookies.get(security.LOGIN_COOKIE, ""))
    except DeskhandError as error:
        return refusal(request, language, None, error)
    name, to = form.get("name", ""), form.get("next", "/desk")
    try:
        token = await _admit(desk, request, name, form.get("password", ""), now())
    except BusyError as error:
        message, status = error.message(language), status_of(error)
        response = _login_form(desk, request, to=to, name=name, error=message, status=status)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    if token is None:
        log.info("login failed", action="desk.login_failed")
        message = t("users.login_failed", language)
        return _login_form(desk, request, to=to, name=name, error=message, status=401)
    login = await desk.db.query(
        lambda session: security.find_login(session, security.digest(token), now())
    )
    if login is not None and login.awaits_code:
        then = quote(local_path(to), safe="/")
        return _with_token(desk, request, token, f"/desk/code?next={then}")
    response = _with_token(desk, request, token, local_path(to))
    await desk.door.remember(request, response, name, secure=secure(desk, request))
    return response


async def log_out(desk: Desk, call: Call) -> Response:
    await desk.db.write(lambda session: security.end_session(session, call.login.token_hash))
    log.info("logged out", action="desk.logout", user_id=call.login.user_id)
    response = RedirectResponse("/desk/login", 303)
    response.delete_cookie(security.COOKIE, path=security.PATH)
    return response


async def choose_language(request: Request) -> Response:
    """Keep the reader's choice in their browser; it is worth no session and no token."""
    response = RedirectResponse(local_path(request.query_params.get("back", "/desk")), 303)
    chosen = "zh" if request.query_params.get("to") == "zh" else "en"
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=_YEAR, path=security.PATH, httponly=True, samesite="lax"
    )
    return response


async def password_page(_desk: Desk, call: Call) -> Response:
    return call.page("password.html")


async def change_password(desk: Desk, call: Call) -> Response:
    """One's own new password; all logins end and a new one begins in this browser."""
    login, form = call.login, call.form
    try:
        new = form.get("password", "")
        if new != form.get("again", ""):
            raise InputError("users.password_mismatch")
        if not login.must_change_password:
            current = form.get("current", "")
            proof = await desk.door.prove(call.request, login.name, current)
            if not proof.correct:
                raise ForbiddenError("users.login_failed")
        stored = await desk.db.query(lambda session: users.lookup(session, login.name))
        fresh = await desk.door.hashing.run(users.hashed, login.name, new, stored, known=True)
        kind = security.browser(call.request)
        token = await desk.db.write(lambda session: _new_password(session, login, fresh, kind))
    except DeskhandError as error:
        message = error.message(call.language)
        return call.page("password.html", status=status_of(error), error=message)
    log.info("password changed", action="desk.password_changed", user_id=login.user_id)
    desk.on_password(login.name)
    return _with_token(desk, call.request, token, "/desk")


async def name_page(desk: Desk, call: Call) -> Response:
    """The name that shoppers see of whoever is logged in."""
    user = await desk.db.query(lambda session: users.find(session, call.login.name))
    return call.page("name.html", shown=user.display_name)


async def change_name(desk: Desk, call: Call) -> Response:
    shown, name = call.form.get("shown", ""), call.login.name
    try:
        await desk.db.write(lambda session: users.show_as(session, name, shown))
    except DeskhandError as error:
        message = error.message(call.language)
        return call.page("name.html", status=status_of(error), shown=shown, error=message)
    return RedirectResponse("/desk", 303)


async def users_page(desk: Desk, call: Call) -> Response:
    return await show_users(desk, call)


async def add_user(desk: Desk, call: Call) -> Response:
    """A new user with a one-time password, shown to the admin once and never again."""
    name, role = call.form.get("name", ""), call.form.get("role", "agent")
    password = users.one_time_password()
    try:
        name = users.checked(name, role)
        fresh = await desk.door.hashing.run(users.hashed, name, password, known=True)
        name = await desk.db.write(
            lambda session: (
                users.add(session, name, role, fresh, must_change=True, by=call.login.name).name
            )
        )
    except DeskhandError as error:
        return await show_users(desk, call, error=error, typed=name)
    log.info("user added", action="desk.user_added", by=call.login.user_id)
    return await show_users(desk, call, made=(name, password))


async def reset_password(desk: Desk, call: Call) -> Response:
    """A new one-time password for somebody who forgot theirs; their logins end."""
    name, password = call.form.get("name", ""), users.one_time_password()
    try:
        name = (await desk.db.query(lambda session: users.find(session, name))).name
        fresh = await desk.door.hashing.run(users.hashed, name, password, known=True)
        name = await desk.db.write(
            lambda session: (
                users.change_password(
                    session, name, fresh, must_change=True, by=call.login.name
                ).name
            )
        )
    except DeskhandError as error:
        return await show_users(desk, call, error=error)
    log.info("password reset", action="desk.password_reset", by=call.login.user_id)
    desk.on_password(name)
    return await show_users(desk, call, made=(name, password))


async def remove_user(desk: Desk, call: Call) -> Response:
    name, by = call.form.get("name", ""), call.login.name

    def work(session: Session) -> None:
        if name == by:
            raise ForbiddenError("users.yourself")
        users.remove(session, name, by)
        log.info("user removed", action="desk.user_removed", by=call.login.user_id)

    return await _changed(desk, call, work)


async def end_logins(desk: Desk, call: Call) -> Response:
    """Log somebody out wherever they are."""
    name, by = call.form.get("name", ""), call.login.name

    def work(session: Session) -> None:
        users.end_logins(session, users.find(session, name), by=by)

    return await _changed(desk, call, work)


async def turn_code_off(desk: Desk, call: Call) -> Response:
    """For somebody who has lost their telephone and the recovery codes."""
    name, by = call.form.get("name", ""), call.login.name
    return await _changed(desk, call, lambda session: second_factor.turn_off(session, name, by))


async def _changed(desk: Desk, call: Call, work: Callable[[Session], object]) -> Response:
    try:
        await desk.db.write(work)
    except DeskhandError as error:
        return await show_users(desk, call, error=error)
    return RedirectResponse("/desk/users", 303)


async def show_users(
    desk: Desk,
    call: Call,
    *,
    error: DeskhandError | None = None,
    typed: str = "",
    made: tuple[str, str] | None = None,
    link: tuple[str, str] | None = None,
) -> Response:
    """The page of users; `made` is a name and its one-time password, `link` one and its link."""
    everybody = await desk.db.query(users.every)
    return call.page(
        "users.html",
        status=status_of(error) if error else 200,
        users=everybody,
        attacked=await desk.door.attacked([user.name for user in everybody]),
        made=made,
        link=link,
        typed=typed,
        error=error.message(call.language) if error else None,
    )


async def _admit(
    desk: Desk, request: Request, name: str, password: str, at: datetime
) -> str | None:
    """The new session's token, or None. `BusyError` when nobody looked at the password."""
    proof = await desk.door.prove(request, name, password)
    if not proof.correct:
        return None

    def work(session: Session) -> str | None:
        user = users.admit(session, proof)
        if user is None or user.id is None:
            return None
        log.info("logged in", action="desk.login", user_id=user.id)
        coded = user.totp_seed is not None
        if not coded:
            audit.note(session, "account.login", user.name, user.name)
        return security.start_session(
            session, user.id, at, browser=security.browser(request), awaits_code=coded
        )

    return await desk.db.write(work)


def _new_password(
    session: Session, login: security.Login, password: users.NewPassword, browser: str
) -> str:
    users.change_password(session, login.name, password, by=login.name)
    return security.start_session(session, login.user_id, now(), browser=browser)


def _with_token(desk: Desk, request: Request, token: str, to: str) -> Response:
    response = RedirectResponse(to, 303)
    security.set_cookie(response, security.COOKIE, token, secure=secure(desk, request))
    response.delete_cookie(security.LOGIN_COOKIE, path=security.PATH)
    return response


def _login_form(
    desk: Desk,
    request: Request,
    *,
    to: str,
    name: str = "",
    error: str | None = None,
    status: int = 200,
) -> Response:
    token = security.well_formed(request.cookies.get(security.LOGIN_COOKIE, ""))
    token = token or secrets.token_urlsafe(32)
    context = {"csrf": token, "next": local_path(to), "name": name, "error": error}
    response = render(request, "login.html", reader_language(request), None, context, status)
    security.set_cookie(response, security.LOGIN_COOKIE, token, secure=secure(desk, request))
    return response
