"""A serving process: web chat, desk, health, metrics, and Telegram where a token is set.

`serve` runs until SIGTERM or Ctrl-C and then drains: no new connections, running answers finished,
replies delivered, everything else left to the next start.

By its role a process does all of it; or, one of several on one PostgreSQL, what people open in a
browser ("web"), or what nobody opens ("worker"): answering, delivering, polling, clocks.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from types import FrameType
from zoneinfo import ZoneInfo

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute

from bot import metrics
from bot.app import DRAIN, App, answering, scheduled
from bot.app.models import shop_model, studio
from bot.catalogue.recommender.fit import keep_fitted
from bot.channels.web.channel import WebChannel
from bot.conversations.attachments import Found
from bot.conversations.bursts import Opened
from bot.conversations.conversation import Changed
from bot.conversations.live import QUEUE, Hint, Live, conversation_topic
from bot.conversations.outbox import Written
from bot.customers.letters import Asked
from bot.database import keys
from bot.database.duty import Duty
from bot.database.signals import Signals
from bot.desk.api import routes as api
from bot.desk.api.sender import WebhookSender
from bot.desk.bench import TestBench
from bot.desk.copilot import Copilot
from bot.desk.feed import KnowledgeFeed
from bot.desk.group.reindex import Reindex
from bot.desk.library import KnowledgeLibrary
from bot.desk.pages.routes import routes as desk_routes
from bot.desk.room import KnowledgeRoom
from bot.desk.setup import ShopSetup
from bot.desk.sheets import ProductSheets
from bot.dialogue.advice import Advice
from bot.dialogue.hearing import feel
from bot.dialogue.starting import starters
from bot.errors import BuildError, EncoderError
from bot.gateway import server as gateway
from bot.gateway.headers import SecurityHeaders
from bot.gateway.hosts import AllowedHosts
from bot.gateway.query import AsciiQuery
from bot.gateway.room import descriptors, room
from bot.gateway.sockets import Sockets
from bot.health import Health, Role
from bot.knowledge.index import CurrentIndex
from bot.knowledge.retriever import ShopRetriever
from bot.serving import parts
from bot.serving.clocks import run as run_clocks
from bot.studio.sources import Served
from bot.texts import preferred, t
from bot.tickets import first_password, undo
from bot.tickets.copilot import Helper
from bot.tickets.sla import Sla
from bot.tickets.webhooks import Queued
from bot.types import Channel, Handler

log = structlog.get_logger()

SHARED = (Opened, Written, Found, Asked, Queued, Changed, Hint)
"""What the processes of a shop tell each other: who got work, and what is to be looked at again."""

CLOCKS = timedelta(minutes=1)  # that they may stand still when who runs them is lost
SWITCH = 0.001  # seconds after which a thread that computes lets another on, where one waits
REFRESH = 1.0  # seconds between looks for a new build
LISTEN_AGAIN = 5.0  # seconds after a channel ended that never should


async def serve(app: App, on_ready: Callable[[], None], role: Role = "all") -> None:
    """Run everything until a signal; `on_ready` is called once the port answers."""
    sys.setswitchinterval(SWITCH)
    settings, pages, works = app.settings, role != "worker", role != "web"
    app.flow.prepares = works
    signals = Signals(app.db, *SHARED)
    live = Live(lambda hint: signals.spread([hint]))
    known = scheduled(app.settings, app.db)
    sla = Sla(known.terms)
    space = room(descriptors())
    advice = Advice(app.catalogue, app.recommender)
    secret = session_secret(app)
    polling, clockwork = Duty(app.db, "telegram.polling"), Duty(app.db, "clocks", lease=CLOCKS)
    telegram = parts.telegram(app, secret, role, polling)
    web = WebChannel(
        app.db,
        live,
        secret=secret,
        shop=settings.bot_shop_name,
        secure_cookies=settings.secure,
        frame_ancestors=settings.bot_frame_ancestors,
        public_url=settings.bot_public_url,
        limits=parts.limits(app, space),
        proxied=bool(settings.bot_trusted_proxies),
        hours=lambda: known.hours() is not None,
        starters=partial(starters, app.db, app.retriever, app.trials.shown),
        suggest=advice.with_product,
    )
    copilot = Copilot(app.db, app.flow, app.retriever)
    states = {telegram.name: telegram.state.report} if telegram else {}
    duties = [clockwork, *([polling] if telegram else [])] if works else []
    health = Health(
        app.db,
        app.index.get,
        states,
        role=role,
        duties=duties,
        listening=lambda: signals.listening,
    )
    reindex = Reindex([sys.executable, "-m", "bot", "index", "--json"])
    drafting = studio(settings, app.db, Served(app.index.get))
    feed = KnowledgeFeed(settings.bot_knowledge_dir, settings.bot_index_dir, reindex)
    group = parts.agents_group(app, telegram, health, reindex, role) if telegram else None
    account = parts.shop_account(app, telegram) if telegram else None

    def changed(conversation_id: int) -> None:
        live.spread(conversation_topic(conversation_id))
        live.spread(QUEUE)

    def committed(events: Sequence[Changed]) -> None:
        """By this process or another one, each of which hears of it by itself."""
        for conversation_id in {event.conversation_id for event in events}:
            live.hint(conversation_topic(conversation_id))
        live.hint(QUEUE)

    def hinted(hints: Sequence[Hint]) -> None:
        for hint in hints:
            live.hint(hint.topic, hint.kind, hint.draft)

    routes: list[BaseRoute] = [health.route(), parts.metrics_route(app, role, duties)]
    if pages:
        routes += [
            *desk_routes(
                app.db,
                live,
                secure_cookies=settings.secure,
                code_roles=settings.code_roles,
                zone=ZoneInfo(settings.bot_timezone),
                helper=Helper(copilot.draft, copilot.ask, parts.translate(app)),
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
                wares=lambda: parts.wares(app),
                adviser=advice,
                studio=drafting,
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
        ]
    asgi = Starlette(routes=routes, exception_handlers={Exception: sorry})
    hosts = AllowedHosts(AsciiQuery(asgi), settings.allowed_hosts)
    sockets = Sockets(space)
    config = gateway.configuration(
        SecurityHeaders(hosts, https=settings.secure),
        host=settings.bot_host,
        port=settings.bot_port,
        proxies=settings.bot_trusted_proxies,
        sockets=sockets,
    )
    server = Server(config, sockets, health)
    _say_what_is_served(app.index)
    channels: list[Channel] = [web, *([telegram] if telegram else [])]
    heard = channels if pages else channels[1:]
    with (
        _signals(server),
        app.db.listening(committed, Changed),
        app.db.listening(hinted, Hint),
        signals.running(),
    ):
        async with AsyncExitStack() as answers:
            if works:
                named = {channel.name: channel for channel in channels}
                await answers.enter_async_context(answering(app, named))
            background = [
                *(listen(channel, app.flow.receive) for channel in heard),
                *([group.run()] if group and works else []),
                _refresh(app.index),
                asyncio.to_thread(_warm, app.retriever),
                _announce(server, on_ready),
            ]
            hooks = WebhookSender(app.db) if works else None
            if hooks:
                fits = partial(keep_fitted, app.db, app.catalogue.table, app.suggestions)
                drafts = partial(drafting.run, settings.bot_language or "en")
                others: list[Callable[[], Awaitable[None]]] = [feed.fetch_again, fits, drafts]
                others += [account.run] if account else []
                clocks = partial(run_clocks, app.db, settings.bot_retention_days, *others)
                background += [hooks.run(), clockwork.during(clocks)]
            tasks = [asyncio.ensure_future(each) for each in background]
            await server.serve()
            if hooks:
                await hooks.drain(DRAIN)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
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
