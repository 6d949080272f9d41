"""Puts the parts together: the only place that chooses concrete classes, with `serving`.

`build` makes the flow from the settings, `answering` runs it; `models` has what words answers and
drafts. What listens on a port and what talks to Telegram is in `serving`, so that a command in the
terminal does not load a web server.
"""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.app.models import writer_of
from bot.catalogue.current import Catalogue
from bot.catalogue.named import named
from bot.catalogue.recommender import files as recommender_files
from bot.catalogue.recommender.suggest import Recommender
from bot.conversations.deliverer import Deliverer
from bot.conversations.worker import Worker
from bot.customers import mail
from bot.customers.mail import Mailer
from bot.customers.mail_sender import MailSender
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.dialogue import rehearsal
from bot.dialogue.answers import Answers
from bot.dialogue.away import Away
from bot.dialogue.decide import Evidence, Policy, decide
from bot.dialogue.flow import Flow
from bot.dialogue.hearing import feel
from bot.dialogue.mood import Mood
from bot.dialogue.parts import bare
from bot.dialogue.rehearsal import Ask
from bot.dialogue.searching import search
from bot.dialogue.skills import Skill
from bot.dialogue.skills.bargains import Bargains
from bot.dialogue.skills.changes import Changes
from bot.dialogue.skills.complaints import Complaints
from bot.dialogue.skills.courtesies import Courtesies
from bot.dialogue.skills.goes_with import GoesWith, Offers
from bot.dialogue.skills.languages import Languages
from bot.dialogue.skills.order_words import OrderWords
from bot.dialogue.skills.orders import OrderAnswers
from bot.dialogue.skills.products import ProductAnswers
from bot.dialogue.skills.rejections import Rejections
from bot.dialogue.skills.reviews import Reviews
from bot.errors import BuildError, EncoderError, SettingsError
from bot.insights.experiments.running import Trials
from bot.knowledge import confidence
from bot.knowledge.confidence import Reading, Weights
from bot.knowledge.evaluate import Run
from bot.knowledge.index import CurrentIndex, Index
from bot.knowledge.retriever import ShopRetriever
from bot.orders import store
from bot.orders.change_rules import Rules
from bot.orders.embedding import FOLDER as ORDER_VECTORS
from bot.orders.live import LiveOrders
from bot.orders.record import State
from bot.orders.sources import OrderSource
from bot.orders.sources.configured import source as configured_source
from bot.orders.vectors import OrderVectors
from bot.settings import Settings
from bot.tickets.schedule import Schedule, Scheduled
from bot.types import Channel

if TYPE_CHECKING:
    from bot.dialogue.writer import Writer

ASSUMED = 2  # times as often as the others may an answer be wrong that names what it assumes
CLARIFY = 3  # times as often may the first of what it asks back be wrong
DRAIN = 20.0  # seconds that running answers and deliveries get at shutdown


@dataclass
class App:
    """The parts of one process, not yet running."""

    settings: Settings
    db: Database
    index: CurrentIndex
    retriever: ShopRetriever
    flow: Flow
    recommender: Recommender
    catalogue: Catalogue
    trials: Trials
    mailer: Mailer | None = None
    writer: "Writer | None" = None

    @property
    def suggestions(self) -> Path:
        """The folder of what goes with what."""
        return self.settings.bot_index_dir / recommender_files.FOLDER


def build(settings: Settings) -> App:
    """Open the database (migrated), load the index if there is one, and put the flow together."""
    index = CurrentIndex(settings.bot_index_dir)
    # Checksums and the encoder leave the interpreter free for the migration meanwhile. Without an
    # index there is still a person to bring in, so its absence is no error here.
    catalogue = Catalogue(index.get)
    loading = threading.Thread(target=_load, args=[catalogue], name="index-load")
    loading.start()
    try:
        db = Database(settings.bot_database_url, secret_key=settings.bot_secret_key)
        db.migrate()
    finally:
        loading.join()
    mailer = mailer_of(settings)
    proofs = Proofs(mailer is not None, settings.bot_codes_per_hour, settings.bot_country or None)
    recommender = recommender_of(settings, catalogue)
    trials = Trials(db)
    shown = (recommender, trials)
    retriever, answers = _answers(settings, db, index.get, catalogue, *shown, mail=proofs.mail)
    writer = writer_of(settings, db, retriever)
    flow = Flow(
        db,
        retriever,
        answers,
        backlog_cap=settings.bot_backlog_cap,
        writer=writer,
        watch=proofs,
        away=_away(settings, db),
    )
    gc.freeze()  # index and libraries stay for good: garbage collection need not look at them
    gc.set_threshold(10_000, 20, 20)  # a message leaves thousands of objects, few in cycles
    parts = (retriever, flow, recommender, catalogue, trials)
    return App(settings, db, index, *parts, mailer, writer)


def recommender_of(settings: Settings, catalogue: Catalogue) -> Recommender:
    """What goes with what, as it was fitted last."""
    return Recommender(settings.bot_index_dir / recommender_files.FOLDER, catalogue.table)


def rehearser(settings: Settings, db: Database, index: Index) -> Ask:
    """Asks that index one question out of any conversation, the whole way to the answer."""
    current, language = (lambda: index), settings.bot_language or "en"
    catalogue = Catalogue(current)
    shown = (recommender_of(settings, catalogue), Trials(db))
    _, answers = _answers(settings, db, current, catalogue, *shown, mail=False)
    return rehearsal.asker(answers, language)


def _away(settings: Settings, db: Database) -> Away:
    known = scheduled(settings, db)
    return Away(known.hours, words=known.words)


def _answers(
    settings: Settings,
    db: Database,
    current: Callable[[], Index],
    catalogue: Catalogue,
    recommender: Recommender,
    trials: Trials,
    *,
    mail: bool,
) -> tuple[ShopRetriever, Answers]:
    """What is answered from the index that `current` gives."""
    weights = confidence.load()
    retriever = ShopRetriever(current=current, weights=weights)
    zone = ZoneInfo(settings.bot_timezone)
    skills: list[Skill[Any]] = [  # in the order in which they are asked
        Changes(db, retriever, _rules(settings), zone, mail=mail),
        Courtesies(settings.bot_shop_name, trials.shown),
        Languages(),
        Reviews(db, catalogue),
        Rejections(),
        Complaints(db, retriever.judge, mail=mail),
        GoesWith(db, catalogue, recommender, retriever.judge),
        _orders(settings, db, current, retriever, mail=mail),
        Bargains(catalogue, retriever.rule),
        ProductAnswers(
            catalogue, retriever.rule, retriever.judge, Offers(recommender, trials.shown).beside
        ),
    ]
    answers = Answers(
        retriever,
        _policies(weights, settings.bot_max_wrong_rate),
        skills,
        shop=settings.bot_shop_name,
        retention_days=settings.bot_retention_days,
        mail=mail,
        away=_away(settings, db),
        numbers=partial(store.numbers_for, db),
        named=lambda asked, told: named(asked, told, catalogue.table()),
        tried=trials.shown,
    )
    return retriever, answers


def mailer_of(settings: Settings) -> Mailer | None:
    """How codes are sent; None without a mail server."""
    if settings.bot_smtp_url is None:
        return None
    if not settings.bot_mail_from:
        raise SettingsError("mail.no_sender", name="BOT_MAIL_FROM")
    return mail.mailer(settings.bot_smtp_url.get_secret_value(), settings.bot_mail_from)


def _orders(
    settings: Settings,
    db: Database,
    current: Callable[[], Index],
    retriever: ShopRetriever,
    *,
    mail: bool,
) -> OrderAnswers:
    """Who answers questions on a shopper's own orders."""
    vectors = OrderVectors(settings.bot_index_dir / ORDER_VECTORS, lambda: current().encoder)
    zone = ZoneInfo(settings.bot_timezone)
    source = order_source(settings)
    live = LiveOrders(db, source) if source else None
    return OrderAnswers(
        db,
        vectors,
        retriever.vector,
        OrderWords(zone, _rules(settings), retriever.rule, retriever.judge),
        mail=mail,
        live=live,
    )


def order_source(settings: Settings) -> OrderSource | None:
    """Where live orders come from; None where nowhere."""
    token = settings.bot_orders_token
    return configured_source(
        settings.bot_orders_source,
        url=settings.bot_orders_url,
        query=settings.bot_orders_query,
        token=token.get_secret_value() if token else None,
        zone=ZoneInfo(settings.bot_timezone),
    )


def scheduled(settings: Settings, db: Database) -> Scheduled:
    """When people are there, and what the shop has promised itself for its tickets."""
    said = Schedule(
        settings.bot_hours,
        settings.bot_holidays,
        settings.bot_first_response,
        settings.bot_resolution,
    )
    return Scheduled(db, said, ZoneInfo(settings.bot_timezone))


def _rules(settings: Settings) -> Rules:
    return Rules(settings.bot_return_days, State(settings.bot_change_until))


def _load(catalogue: Catalogue) -> None:
    """The index and, made from it, the table of products."""
    with suppress(BuildError, EncoderError):
        catalogue.table()


def _policies(weights: Mapping[Reading, Weights], wrong_rate: float) -> dict[Reading, Policy]:
    return {
        reading: Policy(
            reply_at=of.threshold(wrong_rate),
            clarify_at=of.threshold(min(1.0, CLARIFY * wrong_rate)),
            assume_at=of.threshold(min(1.0, ASSUMED * wrong_rate)),
        )
        for reading, of in weights.items()
    }


def asker(settings: Settings) -> Callable[[str], Run]:
    """Asks the current index one question out of any conversation, for `bot eval`."""
    index = CurrentIndex(settings.bot_index_dir)
    index.get()
    weights = confidence.load()
    retriever = ShopRetriever(current=index.get, weights=weights)
    policies = _policies(weights, settings.bot_max_wrong_rate)

    def ask(question: str) -> Run:
        policy = policies[retriever.reading(question)]
        found = search(question, (), retriever, policy.reply_at)
        evidence = Evidence(
            bare=bare(question), candidates=found.candidates, confidence=found.confidence
        )
        top = tuple(candidate.entry_id for candidate in found.candidates)
        return Run(top, found.confidence, type(decide(evidence, policy)).__name__.lower())

    return ask


def feeler(settings: Settings) -> Callable[[str], Mood]:
    """Reads the mood of one message out of any conversation, for `bot eval-mood`."""
    index = CurrentIndex(settings.bot_index_dir)
    index.get()
    retriever = ShopRetriever(current=index.get, weights=confidence.load())
    return lambda text: feel(text, retriever)


@asynccontextmanager
async def answering(app: App, channels: Mapping[str, Channel]) -> AsyncIterator[Deliverer]:
    """Worker and deliverer at work; at the end they drain."""
    app.flow.channels.update(channels)
    deliverer = Deliverer(app.db, channels)
    worker = Worker(
        app.db, app.flow.handle, on_dead=app.flow.give_up, concurrency=app.settings.bot_workers
    )
    running = [asyncio.create_task(worker.run()), asyncio.create_task(deliverer.run())]
    sender: MailSender | None = None
    if app.mailer is not None:
        sender = MailSender(
            app.db, app.mailer, shop=app.settings.bot_shop_name, cap=app.settings.bot_codes_per_hour
        )
        running.append(asyncio.create_task(sender.run()))
    try:
        yield deliverer
    finally:
        await worker.drain(DRAIN)
        await deliverer.drain(DRAIN)
        if sender is not None:
            await sender.drain(DRAIN)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await app.flow.aclose()
