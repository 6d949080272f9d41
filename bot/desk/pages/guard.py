"""Who may see a page: login, role, CSRF token and Origin are checked here, before any handler runs.

A handler gets a `Call` and returns a response; refusals that a person may read (`DeskhandError`)
become a page, or JSON for a script. Which pages there are is in `routes.py`.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from typing import Any
from urllib.parse import quote

import structlog
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.conversations.live import Live
from bot.conversations.uploads import MAX_UPLOAD
from bot.database.db import Database
from bot.database.shared import Shared
from bot.desk.pages import security
from bot.desk.pages.advisers import Adviser
from bot.desk.pages.door import Door, Slowed
from bot.desk.pages.feeds import Feed
from bot.desk.pages.library import Library
from bot.desk.pages.llms import Model
from bot.desk.pages.render import page, reader_language
from bot.desk.pages.rooms import Room
from bot.desk.pages.setups import Setup
from bot.desk.pages.sheeted import Sheets
from bot.desk.pages.trials import Bench
from bot.errors import (
    BuildError,
    BusyError,
    ConflictError,
    DatabaseError,
    DeskhandError,
    ForbiddenError,
    InputError,
    ModelError,
    NotFoundError,
)
from bot.studio.studio import Studio
from bot.studio.wares import Wares
from bot.tickets.copilot import Helper
from bot.tickets.schedule import Scheduled
from bot.tickets.sla import Sla
from bot.types import Language, now

FORM_LIMIT = 64 * 1024
_TYPED = 200  # characters of what is looked for
_STATUS: tuple[tuple[type[DeskhandError], int], ...] = (
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (InputError, 400),
    (Slowed, 429),
    (BusyError, 503),
    (DatabaseError, 503),
    (BuildError, 503),
    (ModelError, 503),
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Desk:
    """What the pages work with. `on_reply` hears the conversation's id after every committed write
    to it, `on_password` the name of a user whose password is another now; `telegram_bot` is the
    shop's bot on Telegram, by its name there, "" while there is none; `sla` what the shop has
    promised itself for its tickets, `hold` how long a reply can be taken back. `code_roles` are the
    roles that log in with a code from an app, whether they like it or not. `helper` drafts
    replies, `room` is the knowledge's, `library` what may be mended in it, `feed` its files,
    `bench` tries the bot, `setup` is the shop's own file, `scheduled` says when people are there,
    `wares` the shop's products as its catalogue has them, `adviser` what could be suggested to a
    shopper, `studio` drafts texts, `model` is who words answers, `sheets` are the products',
    `shared` is what many pages read at once."""

    db: Database
    live: Live
    secure_cookies: bool
    on_reply: Callable[[int], None]
    door: Door
    telegram_bot: Callable[[], str]
    on_password: Callable[[str], None]
    sla: Sla
    hold: timedelta
    code_roles: Collection[str] = ()
    zone: tzinfo = UTC  # the shop's
    helper: Helper | None = None
    room: Room | None = None
    library: Library | None = None
    feed: Feed | None = None
    bench: Bench | None = None
    setup: Setup | None = None
    scheduled: Scheduled | None = None
    wares: Callable[[], Wares] = dict
    adviser: Adviser | None = None
    studio: Studio | None = None
    model: Model | None = None
    sheets: Sheets | None = None
    shared: Shared = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shared", Shared(self.db))

    def missing(self, login: security.Login) -> str | None:
        """The page that the login must see to before any other; None for none."""
        if login.awaits_code:
            return "code"
        if login.must_change_password:
            return "password"
        return "security" if login.role in self.code_roles and not login.has_code else None


@dataclass(frozen=True)
class Call:
    """One request by somebody who is logged in. `form` is empty unless it is a POST; `file` is what
    came with it where a page takes files, its name and its content."""

    request: Request
    login: security.Login
    language: Language
    form: Mapping[str, str]
    file: tuple[str, bytes] | None = None

    @property
    def scripted(self) -> bool:
        """Asked by desk.js, which wants JSON and fragments instead of pages."""
        return by_script(self.request)

    @property
    def ticket_id(self) -> int:
        return int(self.request.path_params["ticket_id"])

    @property
    def typed(self) -> str:
        """What is looked for, as text that a database can be asked for."""
        return storable(self.request.query_params.get("q", "")[:_TYPED])

    def number(self, field: str) -> int:
        """The whole number in a field of the form; 0 for anything else."""
        given = self.form.get(field, "")
        return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        return render(self.request, template, self.language, self.login, context, status)


Handler = Callable[[Desk, Call], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(
    desk: Desk,
    handler: Handler,
    *,
    admin: bool = False,
    lead: bool = False,
    during: Collection[str] = (),
    files: bool = False,
) -> Endpoint:
    """An endpoint for people who are logged in, or only for those who lead, or for admins.

    `during` names the pages (`Desk.missing`) that one need not have seen to before this one;
    `files` takes one with the form, and texts as long as one.
    """

    async def endpoint(request: Request) -> Response:
        language = reader_language(request)
        login: security.Login | None = None
        try:
            login = await current_login(desk, request)
            if login is None:
                return _to_login(request)
            if (missing := desk.missing(login)) and missing not in during:
                return RedirectResponse(f"/desk/{missing}", 303)
            if (admin and not login.admin) or (lead and not login.lead):
                raise ForbiddenError("users.forbidden")
            form: Mapping[str, str] = {}
            file = None
            if request.method == "POST":
                form, file = await _checked(request, login.csrf, files=files)
            response = await handler(desk, Call(request, login, language, form, file))
            await _prolong(desk, request, response, login)
        except DeskhandError as error:
            response = refusal(request, language, login, error)
        return response

    return with_headers(endpoint)


def with_headers(endpoint: Endpoint) -> Endpoint:
    """Every page says what a browser may do with it, unless it has said so itself."""

    async def wrapped(request: Request) -> Response:
        response = await endpoint(request)
        for name, value in security.HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return wrapped


def render(
    request: Request,
    template: str,
    language: Language,
    login: security.Login | None,
    context: Mapping[str, Any],
    status: int = 200,
) -> Response:
    # From the scope: `request.url` is made with the Host header, which may be anything.
    query = request.scope["query_string"].decode("utf-8", "replace")
    path = request.scope["path"] + (f"?{query}" if query else "")
    here = path if request.method == "GET" else "/desk"
    common = {"login": login, "csrf": login.csrf if login else "", "here": here, "error": None}
    return page(template, language, {**common, **context}, status)


def refusal(
    request: Request, language: Language, login: security.Login | None, error: DeskhandError
) -> Response:
    """What went wrong and what to do, as the asker can read it."""
    message = error.message(language)
    if by_script(request):
        return JSONResponse({"error": message}, status_of(error))
    context = {"message": message}
    return render(request, "refusal.html", language, login, context, status_of(error))


def status_of(error: DeskhandError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def by_script(request: Request) -> bool:
    return "x-desk" in request.headers


async def current_login(desk: Desk, request: Request) -> security.Login | None:
    token = request.cookies.get(security.COOKIE, "")
    if not token:
        return None
    token_hash, at = security.digest(token), now()
    return await desk.db.query(lambda session: security.find_login(session, token_hash, at))


async def checked_form(request: Request, csrf: str) -> Mapping[str, str]:
    """The form's fields; `ForbiddenError` unless it came from our own page with our token."""
    return (await _checked(request, csrf, files=False))[0]


async def _checked(
    request: Request, csrf: str, *, files: bool
) -> tuple[Mapping[str, str], tuple[str, bytes] | None]:
    if not security.same_origin(request):
        log.warning("form from elsewhere refused", action="desk.origin_refused")
        raise ForbiddenError("users.form_expired")
    form, file = await _fields(request, files=files)
    if not security.same_token(form.get("csrf", ""), csrf):
        log.warning("form without its token refused", action="desk.csrf_refused")
        raise ForbiddenError("users.form_expired")
    return form, file


async def _fields(
    request: Request, *, files: bool
) -> tuple[dict[str, str], tuple[str, bytes] | None]:
    """The form as text that a database can keep, and the file with it. Its length is not believed
    but counted, by the server that holds it to what was announced."""
    length = request.headers.get("content-length", "")
    limit = FORM_LIMIT + MAX_UPLOAD if files else FORM_LIMIT
    if length.isdecimal() and (len(length) > 18 or int(length) > limit):
        if files:
            raise InputError("uploads.too_big", limit=MAX_UPLOAD // 1024 // 1024)
        raise InputError("tickets.too_long", limit=4000)
    if files and not length.isdecimal():
        raise InputError("users.form_unreadable")
    file: tuple[str, bytes] | None = None
    try:
        most = {"max_files": int(files), "max_fields": 80, "max_part_size": FORM_LIMIT}
        async with request.form(**most) as data:
            given: dict[str, str] = {}
            for name, value in data.multi_items():
                if isinstance(value, str):  # of several boxes that are ticked, all by commas
                    given[name] = f"{given[name]},{value}" if name in given else value
                elif value.filename:
                    file = (storable(value.filename), await value.read())
    except (HTTPException, MultiPartException, UnicodeError, ClientDisconnect) as error:
        raise InputError("users.form_unreadable") from error
    # Browsers send "\r\n" for a line break; charsets such as UTF-7 hide what UTF-8 cannot say.
    form = {name: storable(value).replace("\r\n", "\n") for name, value in given.items()}
    return form, file


def storable(text: str) -> str:
    """Without NUL and lone surrogates, which no database stores."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def secure(desk: Desk, request: Request) -> bool:
    return desk.secure_cookies or request.scope["scheme"] == "https"


async def _prolong(desk: Desk, request: Request, response: Response, login: security.Login) -> None:
    """A page looked at keeps the login alive; a forgotten tab that refreshes itself does not."""
    at = now()
    leaves = "set-cookie" in response.headers  # logged out, or given a new token
    if leaves or login.awaits_code or (by_script(request) and request.method == "GET"):
        return
    if login.expires_at - at < security.RENEW_BELOW:
        await desk.db.write(lambda session: security.renew(session, login.token_hash, at))
        token = request.cookies[security.COOKIE]
        security.set_cookie(response, security.COOKIE, token, secure=secure(desk, request))


def _to_login(request: Request) -> Response:
    if by_script(request) or request.method != "GET":
        return JSONResponse({"error": "login"}, 401)
    if request.headers.get("accept", "").startswith("text/event-stream"):
        return Response(status_code=204)  # tells an EventSource to stop asking
    back = quote(request.scope["path"], safe="/")
    return RedirectResponse(f"/desk/login?next={back}", 303)
