"""The parts of a serving process, as the settings want them."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from starlette.routing import Route

from bot import metrics
from bot.app import App
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.shared_budget import SharedBudget
from bot.channels.web.limits import Limits
from bot.database.duty import Duty
from bot.desk.group.group import AgentsGroup
from bot.desk.group.reindex import Reindex
from bot.errors import BuildError, EncoderError
from bot.gateway.room import Room
from bot.health import Health, Role
from bot.studio.wares import Wares, wares_of
from bot.tickets.shop_account import ShopAccount
from bot.types import Language


def telegram(app: App, secret: str, role: Role, polling: Duty) -> Telegram | None:
    """The Telegram channel when there is a token: by webhook on a public https address, else by
    polling. Webhooks come to who has pages, polling is work."""
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
        budget=None if app.db.sqlite else SharedBudget(app.db, secret),
        duty=polling,
        receives=role == "all" or (role == "web") == settings.secure,
        works=role != "web",
    )


def translate(app: App) -> Callable[[int, int, Language], Awaitable[None]] | None:
    """Who puts a message into another language; None without a model."""
    if app.writer is None:
        return None
    from bot.desk.translating import Translator

    return Translator(app.db, app.writer.ladder, app.writer.masked).translate


def agents_group(
    app: App, telegram: Telegram, health: Health, reindex: Reindex, role: Role
) -> AgentsGroup:
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
        keeps=role != "web",
    )
    telegram.aside = group.take
    return group


def shop_account(app: App, telegram: Telegram) -> ShopAccount:
    """The shop's people who answer in its own account themselves (Telegram Business)."""
    account = ShopAccount(app.db)
    telegram.colleague = account.take
    return account


def wares(app: App) -> Wares:
    """The catalogue's products; none while there is no index."""
    with suppress(BuildError, EncoderError):
        return wares_of(app.catalogue.table().products)
    return {}


def metrics_route(app: App, role: Role, duties: Sequence[Duty]) -> Route:
    """`/metrics`, for who has the token, or for this machine where the shop is not public."""
    metrics.process(role)
    token = app.settings.bot_metrics_token
    return metrics.route(
        app.db,
        token=token.get_secret_value() if token else "",
        local=not app.settings.bot_public_url,
        duties=lambda: {duty.name: duty.held for duty in duties},
    )


def limits(app: App, space: Room) -> Limits:
    """How much one shopper may write, and how many streams there are."""
    settings = app.settings
    return Limits(
        chats_an_hour=settings.bot_chats_per_hour,
        messages_a_minute=settings.bot_messages_per_minute,
        streams=space.streams,
        streams_each=space.streams_each,
    )
