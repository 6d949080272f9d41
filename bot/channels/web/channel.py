"""The web channel: the shopper's chat in a page, and a script that puts it into any shop.

Hears by POST, speaks by server-sent events read from the database. It answers nothing itself, and
`send` has nothing to deliver: a turn that is in the database is on its way to whoever looks.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from sqlmodel import Session, col, func, select
from sse_starlette import ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from bot import metrics
from bot.channels.web.files import find, given_out, read_file
from bot.channels.web.limits import Limiter, Limits
from bot.channels.web.messages import Posted, Refused, check_origin, read_message, read_rating
from bot.channels.web.pages import (
    STATIC,
    Assets,
    Pages,
    ProductCard,
    demo_products,
    language_of,
    protect,
    widget,
)
from bot.channels.web.proof import prove, read_token, told
from bot.channels.web.session import WEB, Sessions, Visit, admitted
from bot.channels.web.stream import Snapshot, Stream, follow, heartbeat, snapshot, turn_json
from bot.channels.web.suggestions import Suggest, suggestions
from bot.conversations import conversation, feedback
from bot.conversations.live import Live, conversation_topic
from bot.customers.proof_dialogue import RENEWING
from bot.database.db import Database
from bot.database.tables import InboxRow
from bot.errors import BusyError, DatabaseError
from bot.origins import origin, shoppers_address
from bot.types import (
    Attachment,
    Chat,
    Draft,
    Handler,
    Incoming,
    Language,
    Progress,
    Status,
    Turn,
    now,
)

MAX_OPEN = 10  # unanswered messages of one shopper
_HEARTBEAT = 15  # seconds
_STARTING = 2  # seconds to wait while the process starts
_DATABASE_AWAY = 5

_TURN_ID = re.compile(r"[0-9]{1,9}")  # what every database's integer can hold

Endpoint = Callable[[Request], Awaitable[Response]]
log = structlog.get_logger()


class WebChannel:
    """Web chat. `secret` signs sessions; `secure_cookies` when shoppers come over https.

    `shop` is the name shoppers know; empty means the demo shop's, in their language.
    `public_url` is where shoppers reach us when that differs from the Host header a proxy passes;
    `proxied` when the proxies that tell a shopper's address are known; `hours` when people are
    there at set hours alone. `starters` are the questions that the shop offers to begin with in a
    language and to a chat; none where it leaves that to the bot. `suggest` gives what goes with a
    product.
    """

    name = WEB

    def __init__(
        self,
        db: Database,
        live: Live,
        secret: str,
        shop: str,
        secure_cookies: bool,
        *,
        frame_ancestors: str = "*",
        public_url: str | None = None,
        proxied: bool = False,
        hours: Callable[[], bool] = lambda: False,
        starters: Callable[[Language, Chat], Sequence[str]] = lambda *_: (),
        suggest: Suggest = lambda *_: None,
        products: Sequence[ProductCard] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._db = db
        self._live = live
        self._sessions = Sessions(secret, secure=secure_cookies)
        self._pages = Pages(
            shop, demo_products() if products is None else products, frame_ancestors, hours=hours
        )
        self._starters = starters
        self._suggest = suggest
        self._proxied = proxied
        self._public_host = urlsplit(public_url).netloc.lower() if public_url else None
        self._limiter = Limiter(limits or Limits())
        self._handler: Handler | None = None

    async def run(self, handler: Handler) -> None:
        """Accept messages until cancelled; before and after, shoppers are asked to wait."""
        self._handler = handler
        try:
            await asyncio.Event().wait()
        finally:
            self._handler = None

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        """Wake the open pages; they read the turn from the database."""
        await self._hint(chat, "changed")

    async def typing(self, chat: Chat) -> None:
        await self._hint(chat, "typing")

    async def preview(self, chat: Chat, draft: Draft) -> None:
        """Show it on the pages that are open, whichever process serves them."""
        try:
            await self._hint(chat, "draft", draft)
        except DatabaseError:
            log.warning("web.preview_failed", exc_info=True)

    def routes(self) -> list[Route | Mount]:
        return [
            Route("/", self._shop),
            Route("/chat", self._chat),
            Route("/widget.js", self._widget),
            Route("/api/suggestions", self._suggestions),
            Route("/api/chat/messages", self._api(self._post), methods=["POST"]),
            Route("/api/chat/ratings", self._api(self._rated), methods=["POST"]),
            Route("/api/chat/proof", self._api(self._proof), methods=["POST"]),
            Route("/api/chat/files", self._api(self._upload), methods=["POST"]),
            Route("/api/chat/files/{file_id}", self._api(self._file)),
            Route("/api/chat/turns", self._api(self._turns)),
            Route("/api/chat/events", self._api(self._events)),
            Mount("/static", Assets(directory=STATIC)),
        ]

    # Pages

    async def _shop(self, request: Request) -> Response:
        return self._pages.shop(request)

    async def _widget(self, _: Request) -> Response:
        return widget()

    async def _chat(self, request: Request) -> Response:
        visit = self._sessions.visit(request)
        if visit is None or await self._over(visit):
            visit = self._sessions.new()
        # The index may have to be loaded for it.
        starters = await asyncio.to_thread(self._starters, language_of(request), visit.chat)
        response = self._pages.chat(request, starters)
        self._sessions.keep(response, visit)
        return response

    async def _suggestions(self, request: Request) -> Response:
        return await suggestions(request, self._suggest)

    async def _over(self, visit: Visit) -> bool:
        """Whether the session has ended; not known while the database is away."""
        try:
            await self._db.query(lambda session: admitted(session, visit, at=now()))
        except Refused:
            return True
        except DatabaseError:
            log.warning("web.database_away", exc_info=True)
        return False

    # The chat's interface

    async def _post(self, request: Request) -> Response:
        check_origin(request, self._public_host)
        visit = self._shopper(request)
        posted = await read_message(request)
        stands = await self._db.query(lambda s: _standing(s, visit, posted.id))
        if stands.turn_id is None:
            await self._hand_over(visit.chat, posted, stands.waiting, request)
            stands = await self._db.query(lambda s: _standing(s, visit, posted.id))
        return self._renewed(visit, stands.visit, {"turn_id": stands.turn_id})

    async def _upload(self, request: Request) -> Response:
        """A picture or a PDF, which is a message like any other."""
        check_origin(request, self._public_host)
        visit = self._shopper(request)
        self._limiter.file(visit.chat.id, origin(request.client))
        number, file = await read_file(request)
        stands = await self._db.query(lambda s: _standing(s, visit, number))
        if stands.turn_id is None:
            posted = Posted(number, file.name, f"media:{file.kind}", language_of(request))
            await self._hand_over(visit.chat, posted, stands.waiting, request, file)
            stands = await self._db.query(lambda s: _standing(s, visit, number))
        return self._renewed(visit, stands.visit, {"turn_id": stands.turn_id})

    async def _file(self, request: Request) -> Response:
        """A file of the shopper's own chat."""
        visit, file_id = self._shopper(request), _cursor(request.path_params["file_id"])
        file = await self._db.query(lambda session: find(session, visit, file_id))
        if file is None or file.content is None:
            raise Refused(404, "web.error_file")
        return given_out(file.name, file.content)

    def _renewed(self, before: Visit, after: Visit, said: dict[str, object]) -> Response:
        """The answer, with the cookie of the session that the browser has from now on."""
        response = JSONResponse(said | {"renewed": before != after}, status_code=202)
        if before != after:
            self._sessions.keep(response, after)
        return response

    async def _hand_over(
        self,
        chat: Chat,
        posted: Posted,
        waiting: int | None,
        request: Request,
        file: Attachment | None = None,
    ) -> None:
        """Give the message to the inbox; when this returns, it is on disk."""
        if self._handler is None:
            raise Refused(503, "web.error_busy", retry_after=_STARTING)
        self._limiter.message(chat.id, origin(request.client), first=waiting is None)
        if waiting is not None and waiting >= MAX_OPEN:
            raise Refused(429, "web.error_too_fast", retry_after=_STARTING)
        await self._handler(
            Incoming(
                chat=chat,
                message_id=posted.id,
                text=posted.text,
                language=posted.language,
                choice=posted.choice,
                origin=posted.page,
                attachments=(file,) if file else (),
                address=shoppers_address(request.client, proxied=self._proxied),
            )
        )

    async def _proof(self, request: Request) -> Response:
        """A link from the shop was opened: prove who the shopper is, and let the bot say so."""
        check_origin(request, self._public_host)
        visit, fresh = self._shopper(request), self._sessions.new()
        token, language = await read_token(request), language_of(request)
        if self._handler is None:
            raise Refused(503, "web.error_busy", retry_after=_STARTING)
        known = await self._db.query(lambda session: _conversation_id(session, visit.chat))
        self._limiter.message(visit.chat.id, origin(request.client), first=known is None)
        after = await self._db.write(
            lambda session: prove(session, visit, fresh, token, language, at=now())
        )
        await self._handler(told(after.chat, token, language))
        return self._renewed(visit, after, {})

    async def _turns(self, request: Request) -> Response:
        visit = self._shopper(request)
        after = _cursor(request.query_params.get("after"))
        seen, ratings = await self._db.query(lambda session: _read(session, visit, after))
        turns = [turn_json(turn, seen, ratings.get(turn.id)) for turn in seen.turns] if seen else []
        status = seen.status if seen else Status.BOT
        proven = bool(seen and seen.proven)
        return JSONResponse({"turns": turns, "status": status.value, "proven": proven})

    async def _rated(self, request: Request) -> Response:
        """👍 or 👎 under an answer: kept when this returns."""
        check_origin(request, self._public_host)
        visit = self._shopper(request)
        turn_id, value = await read_rating(request)
        self._limiter.press(visit.chat.id)
        changed = await self._db.write(lambda session: _rate(session, visit, turn_id, value))
        if changed is None:
            raise Refused(404, "web.error_rating")
        if changed:
            metrics.rated(value)
        return JSONResponse({"rating": value})

    async def _events(self, request: Request) -> Response:
        visit = self._shopper(request)
        known = await self._db.query(lambda session: admitted(session, visit, at=now()))
        over = self._limiter.stream(visit.chat.id, origin(request.client), known=known is not None)
        # After a break the browser itself says how far it got, which is newer than the address.
        after = _cursor(request.headers.get("last-event-id") or request.query_params.get("after"))
        return Stream(
            self._follow(visit, after), over, ping=_HEARTBEAT, ping_message_factory=heartbeat
        )

    async def _follow(self, visit: Visit, after: int) -> AsyncIterator[ServerSentEvent]:
        # Closed at once, so that a page that went away listens no longer.
        async with aclosing(follow(self._db, self._live, visit, after)) as events:
            async for event in events:
                yield event

    def _shopper(self, request: Request) -> Visit:
        visit = self._sessions.visit(request)
        if visit is None:
            raise Refused(401, "web.error_session")
        return visit

    def _api(self, endpoint: Endpoint) -> Endpoint:
        """Answer refusals in the shopper's language, and keep every answer out of caches."""

        async def answered(request: Request) -> Response:
            try:
                response = await endpoint(request)
            except (Refused, BusyError, DatabaseError) as error:
                response = _refusal(error).response(language_of(request))
            response.headers.setdefault("Cache-Control", "no-store")
            return protect(response)

        return answered

    async def _hint(self, chat: Chat, kind: str, draft: Draft | None = None) -> None:
        row_id = await self._db.query(lambda session: _conversation_id(session, chat))
        if row_id is None:
            return
        # That a turn was written, the other processes hear from its commit.
        tell = self._live.hint if kind == "changed" else self._live.spread
        tell(conversation_topic(row_id), kind, draft)


def _refusal(error: Refused | BusyError | DatabaseError) -> Refused:
    """What the shopper hears of `error`: not its cause, but when trying again makes sense."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, BusyError):
        log.warning("web.busy", retry_after=error.retry_after)
        return Refused(503, "web.error_busy", retry_after=error.retry_after)
    log.warning("web.database_away", exc_info=error)
    return Refused(503, "web.error_busy", retry_after=_DATABASE_AWAY)


def _cursor(value: str | None) -> int:
    """A turn id; whatever is not a plausible one reads as 0, which is the beginning."""
    return int(value) if value and _TURN_ID.fullmatch(value) else 0


def _conversation_id(session: Session, chat: Chat) -> int | None:
    row = conversation.find(session, chat)
    return row.id if row else None


def _read(
    session: Session, visit: Visit, after: int
) -> tuple[Snapshot | None, Mapping[int, feedback.Value]]:
    """What a page that opens or comes back has to show; what comes later is not rated yet."""
    seen = snapshot(session, visit, after)
    turns = seen.turns if seen else ()
    ratable = [turn.id for turn in turns if feedback.ratable(turn)]
    return seen, feedback.ratings(session, ratable)


def _rate(session: Session, visit: Visit, turn_id: int, value: feedback.Value) -> bool | None:
    row = admitted(session, visit, at=now())
    if row is None or row.id is None:
        return None
    return feedback.rate(session, row.id, turn_id, value, at=now())


@dataclass(frozen=True)
class _Standing:
    """The turn that a message became, None when it is new; how many wait for an answer, None
    before the first one; and the session that the browser has."""

    turn_id: int | None
    waiting: int | None
    visit: Visit


def _standing(session: Session, visit: Visit, message_id: str) -> _Standing:
    """`Refused` when the session is over, unless it was this very message that began the next."""
    row = conversation.find(session, visit.chat)
    if row is None:
        return _Standing(None, None, visit)
    mine = InboxRow.conversation_id == row.id
    known = session.exec(
        select(InboxRow.turn_id, InboxRow.choice).where(mine, InboxRow.message_id == message_id)
    ).one_or_none()
    if known and known[1] in RENEWING and row.session == visit.number + 1:
        visit = Visit(visit.chat, row.session)
    admitted(session, visit, at=now())
    count = select(func.count(col(InboxRow.id))).where(mine, InboxRow.status == "open")
    return _Standing(known[0] if known else None, session.exec(count).one(), visit)
