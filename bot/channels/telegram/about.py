"""What people read on Telegram before they start the bot: its description, in both languages.

Set where there is none, and again when the shop's name changed. What somebody wrote themselves,
with @BotFather, stays: it is told from ours by all of it that is not the name.
"""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from telegram.error import TelegramError

from bot.channels.telegram.client import Client
from bot.texts import LANGUAGES, t

log = structlog.get_logger()
_LONGEST, _LONGEST_SHORT = 512, 120  # characters, as Telegram has it


async def describe(client: Client, shop: str) -> None:
    """Best effort: the bot answers without it, and Telegram allows few of these calls."""
    try:
        for language in LANGUAGES:
            code = None if language == "en" else language
            long = await client.get_my_description(language_code=code)
            set_long = partial(client.set_my_description, language_code=code)
            await _put(long.description, "about", _LONGEST, shop, language, set_long)
            short = await client.get_my_short_description(language_code=code)
            set_short = partial(client.set_my_short_description, language_code=code)
            await _put(
                short.short_description, "about_short", _LONGEST_SHORT, shop, language, set_short
            )
    except TelegramError as error:
        log.info("telegram.undescribed", kind=type(error).__name__)


async def _put(
    now: str,
    key: str,
    limit: int,
    shop: str,
    language: str,
    put: Callable[[str], Awaitable[bool]],
) -> None:
    begin, end = t(f"telegram.{key}", language, shop="\0").split("\0")
    ours = now.startswith(begin) and now.endswith(end)
    name = shop or t("web.shop_name", language)
    wanted = f"{begin}{name[: limit - len(begin) - len(end)]}{end}"
    if now != wanted and (ours or not now):
        await put(wanted)
