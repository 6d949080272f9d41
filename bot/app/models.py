"""Who words answers and drafts: the models of the settings, their budgets, the studio.

What a model needs is imported when there is one, so that a bot without one starts as fast as ever.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.database.db import Database
from bot.desk.llm import ShopModel
from bot.errors import SettingsError
from bot.knowledge.retriever import ShopRetriever
from bot.language.mask import mask
from bot.orders import store
from bot.settings import Settings
from bot.studio.claims import findings
from bot.studio.item import Item
from bot.studio.jobs import Rates
from bot.studio.ledger.wordings import WORDINGS, Wordings
from bot.studio.studio import Studio
from bot.studio.voice import read_voice
from bot.texts import t
from bot.types import Language
from bot.writing.models.budgets import Budgets, Caps

if TYPE_CHECKING:
    from bot.app import App
    from bot.dialogue.writer import Writer
    from bot.studio.model import ModelWriter
    from bot.writing.models.call import Backend

LOCAL_QUEUE = 4  # answers of a local model at once: one being written, the others waiting


def budgets(settings: Settings, db: Database) -> Budgets:
    """How many tokens a day may be spent on a model."""
    said = Caps(settings.bot_daily_token_budget, settings.bot_shopper_token_budget)
    return Budgets(db, said)


def shop_model(app: "App") -> ShopModel:
    """The model as the desk shows it."""
    settings = app.settings
    address = settings.openai_base_url or "https://api.openai.com"
    return ShopModel(
        app.db,
        budgets(settings, app.db),
        app.writer.ladder if app.writer else None,
        settings.bot_llm,
        settings.bot_llm_fallback,
        server=urlsplit(address).hostname or "" if settings.bot_llm.startswith("openai:") else "",
        key=settings.openai_api_key is not None,
        timeout=settings.bot_llm_timeout,
    )


def writer_of(settings: Settings, db: Database, retriever: ShopRetriever) -> "Writer | None":
    """Who puts answers into words; None without a model."""
    if settings.bot_llm == "none":
        return None
    from bot.dialogue.checks import Checks
    from bot.dialogue.writer import Writer
    from bot.writing.models.ladder import Ladder, Rung
    from bot.writing.models.ledger import Ledger

    fallback = settings.bot_llm_fallback
    if fallback.startswith("openai:"):
        raise SettingsError("model.fallback_not_local", name="BOT_LLM_FALLBACK")
    # Half of the workers stay free for chats that need no model, however slow it is.
    most = max(1, settings.bot_workers // 2)
    names = dict.fromkeys(name for name in (settings.bot_llm, fallback) if name != "none")
    rungs = [
        Rung(
            _backend(settings, name),
            seats=most if name.startswith("openai:") else min(most, LOCAL_QUEUE),
        )
        for name in names
    ]
    rungs[0].capped = True
    ledger = Ledger(
        db,
        priced=settings.bot_llm.partition(":")[0] + ":",
        caps=budgets(settings, db).now,
        price_in=settings.bot_llm_price_in,
        price_out=settings.bot_llm_price_out,
    )
    return Writer(
        Ladder(rungs, ledger, timeout=settings.bot_llm_timeout),
        Checks(retriever.current),
        shop=lambda language: settings.bot_shop_name or t("web.shop_name", language),
        tone=lambda language: retriever.voice(language).tone,
        masked=lambda text: mask(store.numbers_for(db, text).hidden(text)),
    )


def studio(settings: Settings, db: Database, items: Callable[[Language], Sequence[Item]]) -> Studio:
    """The studio over these products. Claims and law are checkers of it."""
    writes = _studio_writer(settings)
    learned = settings.bot_index_dir / WORDINGS
    return Studio(
        db,
        items=items,
        voice=lambda language: read_voice(settings.bot_knowledge_dir, language),
        shop=settings.bot_shop_name or "",
        writes=writes,
        rates=writes.rates if writes else Rates(),
        checkers=(findings,),
        wordings=Wordings.load(learned) if learned.is_file() else None,
    )


def _studio_writer(settings: Settings) -> "ModelWriter | None":
    """Who words drafts, None without a model."""
    if settings.bot_llm == "none":
        return None
    from bot.studio.model import TOKENS, ModelWriter

    priced = settings.bot_llm.startswith("openai:")
    prices = (settings.bot_llm_price_in, settings.bot_llm_price_out) if priced else (0.0, 0.0)
    backend = _backend(settings, settings.bot_llm)
    return ModelWriter(backend, Rates(*prices, *TOKENS), timeout=settings.bot_llm_timeout)


def _backend(settings: Settings, name: str) -> "Backend":
    if name.startswith("openai:"):
        from bot.writing.models import api

        return api.backend(
            name,
            key=settings.openai_api_key,
            base_url=settings.openai_base_url,
            timeout=settings.bot_llm_timeout,
        )
    from bot.writing.models import local

    return local.backend(name, threads=settings.bot_llm_threads)
