"""A serving process: web chat, desk, health, metrics, and Telegram where a token is set.

`serve` runs until SIGTERM or Ctrl-C and then drains: no new connections, running answers finished,
replies delivered, everything else left to the next start.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from types import FrameType
from zoneinfo import ZoneInfo

import structlog
import uvicorn
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import metrics
from bot.app import DRAIN, App, answering, scheduled, shop_model
from bot.channels.telegram.channel import Telegram
from bot.channels.web.channel import WebChannel
from bot.channels.web.limits import Limits
from bot.conversations import search
from bot.conversations.conversation import Changed
from bot.conversations.live import QUEUE, Live, conversation_topic
from bot.customers import guesses, identity, notices, rights
from bot.database import keys
from bot.database.db import Database
from bot.desk.api import routes as api
from bot.desk.api.sender import WebhookSender
from bot.desk.bench import TestBench
from bot.desk.copilot import Copilot
from bot.desk.feed import KnowledgeFeed
from bot.desk.group.group import AgentsGroup
from bot.desk.group.reindex import Reindex
from bot.desk.library import KnowledgeLibrary
from bot.desk.pages.routes import routes as desk_routes
from bot.desk.room import KnowledgeRoom
from bot.desk.setup import ShopSetup
from bot.desk.sheets import ProductSheets
from bot.dialogue.hearing import feel
from bot.errors import BuildError, DatabaseError, EncoderError
from bot.gateway import server as gateway
from bot.gateway.headers import SecurityHeaders
from bot.gateway.hosts import AllowedHosts
from bot.gateway.room import Room, descriptors, room
from bot.gateway.sockets import Sockets
from bot.health import Health
from bot.knowledge.index import CurrentIndex
from bot.knowledge.retriever import ShopRetriever
from bot.texts import preferred, t
from bot.tickets import first_password, handover, undo, webhooks
from bot.tickets.copilot import Helper
from bot.tickets.shop_account import ShopAccount
from bot.tickets.sla import Sla
from bot.types import Channel, Handler, now

log = structlog.get_logger()

FORGETTING = 3600.0  # seconds between looks for what is too old
RETURNING = 30.0  # seconds between looks for agents who have gone
SWITCH = 0.001  # seconds after which a thread that computes lets another on, where one waits
REFRESH = 1.0  # seconds between looks for a new build
LISTEN_AGAIN = 5.0  # seconds after a channel ended that never should


async def serve(app: App, on_ready: Callable[[], None]) -> None:
    """Run everything until a signal; `on_ready` is called once the port answers."""
    sys.setswitchinterval(SWITCH)
    settings = app.settings
    live, known = Live(), scheduled(app.settings, app.db)
    sla = Sla(known.terms)
    space = room(descriptors())
    secret = session_secret(app)
    telegram = _telegram(app, secret)
    web = WebChannel(
        app.db,
        live,
        secret=secret,
        shop=settings.bot_shop_name,
        secure_cookies=settings.secure,
        frame_ancestors=settings.bot_frame_ancestors,
        public_url=settings.bot_public_url,
        limits=_limits(app, space),
        proxied=bool(settings.bot_trusted_proxies),
        hours=lambda: known.hours() is not None,
        starters=lambda language: app.retriever.voice(language).starters,
    )
    copilot = Copilot(app.db, app.flow, app.retriever)
    states = {telegram.name: telegram.state.report} if telegram else {}
    health = Health(app.db, app.index.get, states)
    reindex = Reindex([sys.executable, "-m", "bot", "index", "--json"])
    feed = KnowledgeFeed(settings.bot_knowledge_dir, settings.bot_index_dir, reindex)
    group = _agents_group(app, telegram, health, reindex) if telegram else None
    account = _shop_account(app, telegram) if telegram else None

    def changed(conversation_id: int) -> None:
        live.hint(conversation_topic(conversation_id))
        live.hint(QUEUE)

    def committed(events: Sequence[Changed]) -> None:
        for conversation_id in {event.conversation_id for event in events}:
            changed(conversation_id)

    asgi = Starlette(
        routes=[
            health.route(),
            _metrics(app),
            *desk_routes(
                app.db,
                live,
                secure_cookies=settings.secure,
                code_roles=settings.code_roles,
                zone=ZoneInfo(settings.bot_timezone),
                helper=Helper(copilot.draft, copilot.ask),
                room=KnowledgeRoom(settings.bot_index_dir, settings.bot_knowledge_dir),
                library=KnowledgeLibrary(app.index.get, settings.bot_knowledge_dir),
                feed=feed,
                test_bench=TestBench(app.db, app.flow, app.retriever),
                shop_setup=ShopSetup(
                    *(app.db, settings.bot_knowledge_dir, settings.bot_index_dir, app.index),
                    given=settings.shop,
                    states=states,
                    telegram=telegram is not None,
                    public_url=settings.bot_public_url or "",
                ),
                shop_model=shop_model(app),
                sheets=ProductSheets(settings.bot_knowledge_dir),
                on_reply=changed,
                on_password=lambda name: first_password.forget(app.db, name),
                sla=sla,
                scheduled=known,
                hold=undo.HOLD,
                telegram_bot=lambda: telegram.me.username if telegram and telegram.me else "",
            ),
            *api.routes(
                app.db,
                on_reply=changed,
                zone=ZoneInfo(settings.bot_timezone),
                sla=sla,
            ),
            *web.routes(),
            *(telegram.routes() if telegram else ()),
        ],
        exception_handlers={Exception: sorry},
    )
    sockets = Sockets(space)
    config = gateway.configuration(
        SecurityHeaders(AllowedHosts(asgi, settings.allowed_hosts), https=settings.secure),
        host=settings.bot_host,
        port=settings.bot_port,
        proxies=settings.bot_trusted_proxies,
        sockets=sockets,
    )
    server = Server(config, sockets, health)
    _say_what_is_served(app.index)
    with _signals(server), app.db.listening(committed, Changed):
        channels: list[Channel] = [web, *([telegram] if telegram else [])]
        async with answering(app, {channel.name: channel for channel in channels}):
            hooks = WebhookSender(app.db)
            background = [
                *(asyncio.create_task(listen(channel, app.flow.receive)) for channel in channels),
                *([asyncio.create_task(group.run())] if group else []),
                *([asyncio.create_task(account.run())] if account else []),
                asyncio.create_task(hooks.run()),
                asyncio.create_task(_refresh(app.index)),
                asyncio.create_task(_return_unanswered(app.db)),
                asyncio.create_task(feed.fetch_again()),
                asyncio.create_task(_index_older(app.db)),
                asyncio.create_task(_forget(app.db, settings.bot_retention_days)),
                asyncio.create_task(asyncio.to_thread(_warm, app.retriever)),
                asyncio.create_task(_announce(server, on_ready)),
            ]
            await server.serve()
            await hooks.drain(DRAIN)
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
        if telegram:
            await telegram.aclose()  # after the drain: until then replies still go out
    app.db.close()
    log.info("app.stopped")


async def sorry(request: Request, _: Exception) -> Response:
    """The last resort: what nobody foresaw is in the log, and says nothing of itself outside."""
    if request.scope["path"].startswith("/api/"):
        return JSONResponse({"error": t("ops.broken", preferred(request.headers))}, 500)
    return PlainTextResponse("\n\n".join(t("ops.broken", each) for each in ("en", "zh")), 500)


async def listen(channel: Channel, handler: Handler, pause: float = LISTEN_AGAIN) -> None:
    """Keep a channel listening: what nobody foresaw in one must end neither it nor the others."""
    while True:
        (error,) = await asyncio.gather(channel.run(handler), return_exceptions=True)
        log.error("app.channel_failed", channel=channel.name, exc_info=error)
        await asyncio.sleep(pause)


def _telegram(app: App, secret: str) -> Telegram | None:
    """The Telegram channel when there is a token: by webhook on a public https address, else by
    polling."""
    settings = app.settings
    if settings.telegram_bot_token is None:
        return None
    return Telegram(
        settings.telegram_bot_token.get_secret_value(),
        db=app.db,
        base_url=settings.telegram_api_base_url,
        public_url=settings.bot_public_url,
        webhook_secret=secret,
        shop=settings.bot_shop_name,
    )


def _agents_group(app: App, telegram: Telegram, health: Health, reindex: Reindex) -> AgentsGroup:
    """Agents on Telegram: their group where one is set, their accounts in any case."""
    settings = app.settings
    group = AgentsGroup(
        app.db,
        telegram,
        chat_id=settings.telegram_agents_chat,
        language=settings.bot_language,
        public_url=settings.bot_public_url,
        health=health.report,
        reindex=reindex,
    )
    telegram.aside = group.take
    return group


def _shop_account(app: App, telegram: Telegram) -> ShopAccount:
    """The shop's people who answer in its own account themselves (Telegram Business)."""
    account = ShopAccount(app.db)
    telegram.colleague = account.take
    return account


def _metrics(app: App) -> Route:
    token = app.settings.bot_metrics_token
    return metrics.route(
        app.db,
        token=token.get_secret_value() if token else "",
        local=not app.settings.bot_public_url,
    )


def _limits(app: App, space: Room) -> Limits:
    settings = app.settings
    return Limits(
        chats_an_hour=settings.bot_chats_per_hour,
        messages_a_minute=settings.bot_messages_per_minute,
        streams=space.streams,
        streams_each=space.streams_each,
    )


class Server(gateway.Server):
    """The server, which says on `/health` that it is leaving."""

    def __init__(self, config: uvicorn.Config, sockets: Sockets, health: Health) -> None:
        super().__init__(config, sockets)
        self._health = health

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # No log here: the signal may have come in the middle of a line, whose lock is held.
        self._health.leave()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("app.stopping")
        await super().shutdown(sockets)


@contextmanager
def _signals(server: uvicorn.Server) -> Iterator[None]:
    """Keep SIGTERM and Ctrl-C from ending the process before it has drained.

    uvicorn handles them while it serves and raises them again when it is done; here they only ask
    for what is happening already.
    """

    def ask(_: int, __: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_what_is_served(index: CurrentIndex) -> None:
    """Load the index, or say why there is none: people can still be reached without it."""
    try:
        _told(index)
    except (BuildError, EncoderError) as error:
        log.error("app.no_index", cause=str(error))


def _told(index: CurrentIndex) -> None:
    manifest = index.get().manifest
    metrics.serving(manifest.build, manifest.model, datetime.fromisoformat(manifest.created))


async def _refresh(index: CurrentIndex) -> None:
    """Pick up new builds for as long as the process runs."""
    while True:
        await asyncio.sleep(REFRESH)
        try:
            if await index.refresh():
                _told(index)
        except (BuildError, EncoderError):
            continue  # none yet; said at the start and on /health


async def _forget(db: Database, days: int) -> None:
    """Delete what is older than the shop keeps it, and links and counts that count no more."""

    def sweep(session: Session) -> None:
        guesses.sweep(session, at=now())
        identity.sweep(session, at=now())
        notices.sweep(session, at=now())
        webhooks.sweep(session, now())

    while True:
        try:
            await db.write(sweep)
            purged = False
            while days and await db.write(
                lambda session: rights.purge(session, now() - timedelta(days=days))
            ):
                purged = True
                await asyncio.sleep(0)  # a few hundred at a time, so that nobody waits for it
            if purged:
                await db.write(search.forget)
                await asyncio.to_thread(db.empty_log)
        except DatabaseError as error:
            log.error("app.not_forgotten", error=error.key)
        await asyncio.sleep(FORGETTING)


async def _return_unanswered(db: Database) -> None:
    """Give back to the queue what waits for an agent whose connection is lost."""
    while True:
        await asyncio.sleep(RETURNING)
        try:
            for conversation_id in await db.write(partial(handover.return_unanswered, at=now())):
                log.info("ticket returned", action="desk.returned", conversation=conversation_id)
        except DatabaseError as error:
            log.error("app.not_returned", error=error.key)


async def _index_older(db: Database) -> None:
    """Let the desk's search find what was said before it could search."""
    kinds: tuple[search.Kind, ...] = ("turn", "note", "name")
    for kind in kinds:
        after = 0
        try:
            while after := await db.write(partial(search.index_older, kind=kind, after=after)):
                await asyncio.sleep(0)
        except DatabaseError as error:
            log.error("app.search_incomplete", error=error.key)


def _warm(retriever: ShopRetriever) -> None:
    """Let the dictionaries load before the first shopper needs them."""
    try:
        for question in ("Where is my parcle?", "怎么退货"):
            retriever.candidates(question)
            feel(question, retriever)
    except (BuildError, EncoderError):
        return  # without an index nothing is searched


async def _announce(server: uvicorn.Server, on_ready: Callable[[], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    log.info("app.serving", host=server.config.host, port=server.config.port)
    on_ready()


def session_secret(app: App) -> str:
    """The key that signs shoppers' sessions: the setting, or one made once and kept."""
    with app.db.begin() as session:
        return keys.master(session)
