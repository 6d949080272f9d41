"""Puts the parts together: the only place that chooses concrete classes.

`build` makes them from the settings; `serve` runs them until SIGTERM or Ctrl-C, then drains: no new
connections, running answers finished, replies delivered, everything else left to the next start.
"""

import asyncio
import gc
import secrets
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import BuildError, EncoderError, SettingsError
from bot.indexing.index import CurrentIndex
from bot.settings import Settings
from bot.types import Channel, Language

# The parts are imported where they are put together: see `_quick_start`.
if TYPE_CHECKING:
    import uvicorn

    from bot.confidence import Weights
    from bot.db import Database
    from bot.decide import Policy
    from bot.deliverer import Deliverer
    from bot.evaluate import Run
    from bot.flow import Flow
    from bot.health import Health
    from bot.retrieve import ShopRetriever

log = structlog.get_logger()

CLARIFY_AT = 0.5  # of the confidence from which the bot replies
REFRESH = 1.0  # seconds between looks for a new build
DRAIN = 20.0  # seconds that running answers and deliveries get at shutdown


@dataclass
class App:
    """The parts of one process, not yet running."""

    settings: Settings
    db: "Database"
    index: CurrentIndex
    retriever: "ShopRetriever"
    flow: "Flow"


def build(settings: Settings) -> App:
    """Open the database (migrated), load the index if there is one, and put the flow together."""
    if settings.bot_llm != "none":
        raise SettingsError("cli.llm_not_yet", name="BOT_LLM")
    if settings.telegram_bot_token is not None:
        raise SettingsError("cli.telegram_not_yet", name="TELEGRAM_BOT_TOKEN")
    index = CurrentIndex(settings.bot_index_dir)
    with _quick_start(index):
        from bot import confidence
        from bot.db import Database
        from bot.flow import Flow
        from bot.retrieve import ShopRetriever

        db = Database(settings.bot_database_url)
        db.migrate()
        weights = confidence.load()
        retriever = ShopRetriever(current=index.get, weights=weights)
        flow = Flow(
            db,
            retriever,
            _policies(weights, settings.bot_max_wrong_rate),
            shop=settings.bot_shop_name,
            backlog_cap=settings.bot_backlog_cap,
        )
    return App(settings, db, index, retriever, flow)


@contextmanager
def _quick_start(index: CurrentIndex) -> Iterator[None]:
    """Load the index on a thread while the block imports and sets up.

    Checking its files and reading the encoder leave the interpreter free for the second that
    langchain and SQLAlchemy take to import. Without an index there is one later; `serve` says so.
    """

    def load() -> None:
        with suppress(BuildError, EncoderError):
            index.get()

    loading = threading.Thread(target=load, name="index-load")
    # Imports make many objects and hardly any garbage: looking for it costs a fifth of the start.
    # What they made stays, so later collections need not look at it either.
    gc.disable()
    loading.start()
    try:
        yield
    finally:
        loading.join()
        gc.freeze()
        gc.enable()


def _policies(weights: Mapping[Language, "Weights"], wrong_rate: float) -> dict[Language, "Policy"]:
    from bot.decide import Policy

    return {
        language: Policy(reply_at=sure, clarify_at=CLARIFY_AT * sure)
        for language, of in weights.items()
        for sure in [of.threshold(wrong_rate)]
    }


def asker(settings: Settings) -> Callable[[str], "Run"]:
    """Asks the current index one question out of any conversation, for `bot eval`."""
    from bot import confidence
    from bot.decide import Evidence, decide
    from bot.evaluate import Run
    from bot.language import detect_language
    from bot.retrieve import ShopRetriever

    index = CurrentIndex(settings.bot_index_dir)
    index.get()
    weights = confidence.load()
    retriever = ShopRetriever(current=index.get, weights=weights)
    policies = _policies(weights, settings.bot_max_wrong_rate)

    def ask(question: str) -> Run:
        candidates = retriever.candidates(question)
        sure = retriever.confidence(question, candidates)
        evidence = Evidence(candidates=candidates, confidence=sure)
        decision = decide(evidence, policies[detect_language(question)])
        top = tuple(candidate.entry_id for candidate in candidates)
        return Run(top, sure, type(decision).__name__.lower())

    return ask


@asynccontextmanager
async def answering(app: App, channels: Mapping[str, Channel]) -> AsyncIterator["Deliverer"]:
    """Worker and deliverer at work; at the end they drain."""
    from bot.deliverer import Deliverer
    from bot.worker import Worker

    deliverer = Deliverer(app.db, channels)

    worker = Worker(
        app.db,
        app.flow.handle,
        on_dead=app.flow.give_up,
        concurrency=app.settings.bot_workers,
    )
    running = [asyncio.create_task(worker.run()), asyncio.create_task(deliverer.run())]
    try:
        yield deliverer
    finally:
        await worker.drain(DRAIN)
        await deliverer.drain(DRAIN)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def serve(app: App, on_ready: Callable[[], None]) -> None:
    """Run everything until a signal; `on_ready` is called once the port answers."""
    import uvicorn
    from starlette.applications import Starlette

    from bot import metrics
    from bot.channels.web import WebChannel
    from bot.desk.routes import routes as desk_routes
    from bot.health import Health
    from bot.live import QUEUE, Live, conversation_topic

    settings = app.settings
    live = Live()
    web = WebChannel(
        app.db,
        live,
        secret=session_secret(app),
        shop=settings.bot_shop_name,
        secure_cookies=settings.secure,
        frame_ancestors=settings.bot_frame_ancestors,
        public_url=settings.bot_public_url,
    )
    health = Health(app.db, app.index.get)

    def changed(conversation_id: int) -> None:
        live.hint(conversation_topic(conversation_id))
        live.hint(QUEUE)

    asgi = Starlette(
        routes=[
            health.route(),
            metrics.route(app.db),
            *desk_routes(app.db, live, secure_cookies=settings.secure, on_reply=changed),
            *web.routes(),
        ]
    )
    server = _server(
        uvicorn.Config(
            asgi,
            host=settings.bot_host,
            port=settings.bot_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
        ),
        health,
    )
    app.db.listeners.append(_hints(asyncio.get_running_loop(), changed))
    await asyncio.to_thread(_load, app.index)
    with _signals(server):
        async with answering(app, {web.name: web}):
            background = [
                asyncio.create_task(web.run(app.flow.receive)),
                asyncio.create_task(_refresh(app.index)),
                asyncio.create_task(asyncio.to_thread(_warm, app.retriever)),
                asyncio.create_task(_announce(server, on_ready)),
            ]
            await server.serve()
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
    app.db.close()
    log.info("app.stopped")


def _server(config: "uvicorn.Config", health: "Health") -> "uvicorn.Server":
    """uvicorn that says on `/health` that it is leaving."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            health.leave()
            super().handle_exit(sig, frame)

    return Server(config)


@contextmanager
def _signals(server: "uvicorn.Server") -> Iterator[None]:
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


def _hints(
    loop: asyncio.AbstractEventLoop, changed: Callable[[int], None]
) -> Callable[[dict[str, Any]], None]:
    """A listener for committed writes that wakes whoever looks at the conversation."""
    from bot import conversation

    def heard(info: dict[str, Any]) -> None:
        for conversation_id in info.get(conversation.CHANGED, ()):
            with suppress(RuntimeError):  # the loop has closed: nobody looks any more
                loop.call_soon_threadsafe(changed, conversation_id)

    return heard


def _load(index: CurrentIndex) -> None:
    """Load the index, or say why there is none: people can still be reached without it."""
    try:
        _told(index)
    except (BuildError, EncoderError) as error:
        log.error("app.no_index", cause=str(error))


def _told(index: CurrentIndex) -> None:
    from bot import metrics

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


def _warm(retriever: "ShopRetriever") -> None:
    """Let the dictionaries load before the first shopper needs them."""
    from bot import mood

    try:
        for question, language in (("Where is my parcle?", "en"), ("怎么退货", "zh")):
            retriever.candidates(question)
            mood.read(question, language)
    except (BuildError, EncoderError):
        return  # without an index nothing is searched


async def _announce(server: "uvicorn.Server", on_ready: Callable[[], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    on_ready()


def session_secret(app: App) -> str:
    """The key that signs shoppers' sessions: the setting, or one made once and kept."""
    from bot.tables import SecretRow

    if app.settings.bot_secret_key is not None:
        return app.settings.bot_secret_key.get_secret_value()

    with app.db.begin() as session:
        row = session.get(SecretRow, "session")
        if row is None:
            row = SecretRow(name="session", value=secrets.token_urlsafe(48))
            session.add(row)
        return row.value
