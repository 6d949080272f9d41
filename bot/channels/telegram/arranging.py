"""What Telegram is told of a bot when it begins to listen: how updates are to come, and commands.

Telling it again changes nothing, so each process that listens does it.
"""

import structlog
from telegram import BotCommand
from telegram.error import TelegramError

from bot.channels.telegram.budget import Sleep
from bot.channels.telegram.client import UPDATES, Client
from bot.channels.telegram.request import as_promised
from bot.channels.telegram.state import State
from bot.channels.telegram.updates import COMMANDS
from bot.texts import LANGUAGES, t

log = structlog.get_logger()
_WATCH = 600.0  # seconds between looks whether the webhook is still ours


async def arrange(client: Client, address: str | None, token: str) -> None:
    """Updates come to the webhook `address`, which knows them by `token`; None: they are polled."""
    if address:
        await _register(client, address, token)
    else:
        await client.delete_webhook()
    await _name_commands(client)


async def watch(client: Client, address: str, token: str, state: State, *, sleep: Sleep) -> None:
    """Put the webhook back should somebody have taken it away, until cancelled."""
    while True:
        await sleep(_WATCH)
        try:
            with as_promised():
                info = await client.get_webhook_info()
            if info.url != address:
                log.warning("telegram.webhook_lost", cause=t("telegram.webhook_lost", "en"))
                await _register(client, address, token)
            state.heard()
        except TelegramError as error:
            state.about(error)


async def _register(client: Client, address: str, token: str) -> None:
    await client.set_webhook(address, secret_token=token, allowed_updates=list(UPDATES))


async def _name_commands(client: Client) -> None:
    """The command list, in the language of the shopper's Telegram; English for the others."""
    for language in LANGUAGES:
        commands = [BotCommand(each, t(f"telegram.command_{each}", language)) for each in COMMANDS]
        code = None if language == "en" else language
        await client.set_my_commands(commands, language_code=code)
