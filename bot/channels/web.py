"""The web channel: the shopper's chat in a page, and a script that puts it into any shop.

Hears by POST, speaks by server-sent events read from the database. It answers nothing itself, and
`send` has nothing to deliver: a turn that is in the database is on its way to whoever looks.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from urllib.parse import urlsplit

import structlog
from sqlmodel import Session, col, func, select
from sse_starlette import ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from bot import conversation, feedback, metrics
from bot.channels.web_limits import Limiter, Limits
from bot.channels.web_messages import Posted, Refused, check_origin, read_message, read_rating
from bot.channels.web_pages import (
    STATIC,
    Assets,
    Pages,
    ProductCard,
    demo_products,
    language_of,
    protect,
    widget,
)
from bot.channels.web_proof import prove, read_link
from bot.channels.web_session import Sessions
from bot.channels.web_stream import Look, Stream, follow, heartbeat, look, turn_json
from bot.db import Database
from bot.errors import BusyError, DatabaseError
from bot.live import Live, conversation_topic
from bot.origins import origin
from bot.tables import InboxRow
from bot.types import Chat, Draft, Handler, Incoming, Progress, Status, Turn, now

MAX_OPEN = 10  # unanswered messages of one shopper
_HEARTBEAT = 15  # seconds
_STARTING = 2  # seconds to wait while the process starts
_DATABASE_AWAY = 5

_TURN_ID = re.compile(r"[0-9]{1,18}")  # what a database's integer can hold

Endpoint = Callable[[Request], Awaitable[Response]]
log = structlog.get_logger()


class WebChannel:
    """Web chat. `secret` signs sessions; `secure_cookies` when shoppers come over https.

    `shop` is the name shoppers know; empty means the demo shop's, in their language.
    `public_url` is where shoppers reach us when that differs from the Host header a proxy passes.
    """

    name = "web"

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
        products: Sequence[ProductCard] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._db = db
        self._live = live
        self._sessions = Sessions(secret, secure=secure_cookies)
        self._pages = Pages(
            shop, demo_products() if products is None else products, frame_ancestors
        )
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
        """Show it on the pages that this process serves; others see the answer itself."""
        try:
            await self._hint(chat, "draft", draft)
        except DatabaseError:
            log.warning("web.preview_failed", exc_info=True)

    def routes(self) -> list[Route | Mount]:
        return [
            Route("/", self._shop),
            Route("/chat", self._chat),
            Route("/widget.js", self._widget),
            Route("/api/chat/messages", self._api(self._post), methods=["POST"]),
            Route("/api/chat/ratings", self._api(self._rated), methods=["POST"]),
            Route("/api/chat/proof", self._api(self._proof), methods=["POST"]),
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
        response = self._pages.chat(request)
        chat_id = self._sessions.chat_id(request) or self._sessions.new_chat_id()
        self._sessions.keep(response, chat_id)
        return response

    # The chat's interface

    async def _post(self, request: Request) -> Response:
        check_origin(request, self._public_host)
        chat = self._shopper(request)
        posted = await read_message(request)
        turn_id, waiting = await self._db.query(lambda s: _standing(s, chat, posted.id))
        if turn_id is None:
            await self._hand_over(chat, posted, waiting, origin(request.client))
            turn_id, _ = await self._db.query(lambda s: _standing(s, chat, posted.id))
        return JSONResponse({"turn_id": turn_id}, status_code=202)

    async def _hand_over(
        self, chat: Chat, posted: Posted, waiting: int | None, whence: str
    ) -> None:
        """Give the message to the inbox; when this returns, it is on disk."""
        if self._handler is None:
            raise Refused(503, "web.error_busy", retry_after=_STARTING)
        self._limiter.message(chat.id, whence, first=waiting is None)
        if waiting is not None and waiting >= MAX_OPEN:
            raise Refused(429, "web.error_too_fast", retry_after=_STARTING)
        await self._handler(
            Incoming(
                chat=chat,
                message_id=posted.id,
                text=posted.text,
                language=posted.language,
                choice=posted.choice,
            )
        )

    async def _proof(self, request: Request) -> Response:
        """A link from the shop was opened: prove who the shopper is, and let the bot say so."""
        check_origin(request, self._public_host)
        chat = self._shopper(request)
        link = await read_link(request, chat, language_of(request))
        if self._handler is None:
            raise Refused(503, "web.error_busy", retry_after=_STARTING)
        known = await self._db.query(lambda session: _conversation_id(session, chat))
        self._limiter.message(chat.id, origin(request.client), first=known is None)
        await self._db.write(lambda session: prove(session, link, at=now()))
        await self._handler(link.incoming)
        return JSONResponse({}, status_code=202)

    async def _turns(self, request: Request) -> Response:
        chat = self._shopper(request)
        after = _cursor(request.query_params.get("after"))
        seen, ratings = await self._db.query(lambda session: _read(session, chat, after))
        turns = [turn_json(turn, ratings.get(turn.id)) for turn in seen.turns] if seen else []
        status = seen.status if seen else Status.BOT
        return JSONResponse({"turns": turns, "status": status.value})

    async def _rated(self, request: Request) -> Response:
        """👍 or 👎 under an answer: kept when this returns."""
        check_origin(request, self._public_host)
        chat = self._shopper(request)
        turn_id, value = await read_rating(request)
        self._limiter.press(chat.id)
        changed = await self._db.write(lambda session: _rate(session, chat, turn_id, value))
        if changed is None:
            raise Refused(404, "web.error_rating")
        if changed:
            metrics.rated(value)
        return JSONResponse({"rating": value})

    async def _events(self, request: Request) -> Response:
        chat = self._shopper(request)
        known = await self._db.query(lambda session: _conversation_id(session, chat))
        over = self._limiter.stream(chat.id, origin(request.client), known=known is not None)
        # After a break the browser itself says how far it got, which is newer than the address.
        after = _cursor(request.headers.get("last-event-id") or request.query_params.get("after"))
        return Stream(
            self._follow(chat, after), over, ping=_HEARTBEAT, ping_message_factory=heartbeat
        )

    async def _follow(self, chat: Chat, after: int) -> AsyncIterator[ServerSentEvent]:
        # Closed at once, so that a page that went away listens no longer.
        async with aclosing(follow(self._db, self._live, chat, after)) as events:
            async for event in events:
                yield event

    def _shopper(self, request: Request) -> Chat:
        chat_id = self._sessions.chat_id(request)
        if chat_id is None:
            raise Refused(401, "web.error_session")
        return Chat(self.name, chat_id)

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
        if row_id is not None:
            self._live.hint(conversation_topic(row_id), kind, draft)


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
    session: Session, chat: Chat, after: int
) -> tuple[Look | None, Mapping[int, feedback.Value]]:
    """What a page that opens or comes back has to show; what comes later is not rated yet."""
    seen = look(session, chat, after)
    turns = seen.turns if seen else ()
    ratable = [turn.id for turn in turns if feedback.ratable(turn)]
    return seen, feedback.ratings(session, ratable)


def _rate(session: Session, chat: Chat, turn_id: int, value: feedback.Value) -> bool | None:
    conversation_id = _conversation_id(session, chat)
    if conversation_id is None:
        return None
    return feedback.rate(session, conversation_id, turn_id, value, at=now())


def _standing(session: Session, chat: Chat, message_id: str) -> tuple[int | None, int | None]:
    """The turn that the message became, None when it is new; how many wait for an answer, None
    before the first one."""
    conversation_id = _conversation_id(session, chat)
    if conversation_id is None:
        return None, None
    mine = InboxRow.conversation_id == conversation_id
    turn_id = session.exec(
        select(InboxRow.turn_id).where(mine, InboxRow.message_id == message_id)
    ).one_or_none()
    count = select(func.count(col(InboxRow.id))).where(mine, InboxRow.status == "open")
    return turn_id, session.exec(count).one()
