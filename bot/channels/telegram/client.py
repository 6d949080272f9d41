"""The Bot API as the channel uses it: python-telegram-bot's client, its errors, its pauses.

Vendor errors become ours here. It retries nothing; whoever calls knows what a retry means.
"""

import asyncio
import os
import random
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from telegram import Bot, InputFile, Message
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.telegram.budget import Sleep
from bot.channels.telegram.request import NotTelegram, Request
from bot.errors import ChatGoneError, DeliveryError

os.environ.setdefault("PTB_TIMEDELTA", "1")  # or every 429 warns of a coming version
POOL = 128  # connections: every delivery at once though all hang, and as many for all else
API = "https://api.telegram.org"
UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "business_connection",
    "business_message",
    "edited_business_message",
    "my_chat_member",
)
BARE = ("sticker", "video_note")  # media without a caption
CAPTION = ("caption", "parse_mode")
_AGAIN = 2.0  # seconds after which a send that the network lost is tried again
_TOKEN_AGAIN = 60.0
# What Telegram says of a chat that will never take a message; compared in lower case.
_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user is deactivated",
    "user_is_blocked",
    "input_user_deactivated",
    "bot was kicked",
    "bot was blocked",
    "bot can't initiate",
    "group chat was deactivated",
    "not enough rights",
    "need administrator rights",
    "have no rights to send",
    "chat_write_forbidden",
    "chat_restricted",
    "business_connection",
    "business connection",
    "business_peer",
)
_TOKEN = re.compile(r"\d+:[\w-]{8,}")
_NO_THREAD = ("thread not found", "topic_closed", "topic_deleted", "topic closed", "topic deleted")


class Client(Bot):
    """The Bot API over HTTP; `base_url` is a Bot API server's address, without the token."""

    def __init__(self, token: str, base_url: str | None, *, timeout: float = 10.0) -> None:
        root = (base_url or API).rstrip("/").removesuffix("/bot")
        super().__init__(
            token,
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=Request(root, pool=POOL, timeout=timeout),
            get_updates_request=Request(root, timeout=timeout),
        )

    async def updates(self, offset: int | None, *, timeout: int) -> list[dict[str, Any]]:
        """Updates from `offset` on as they came, waiting up to `timeout` seconds for the first.

        As they came, because `get_updates` reads all of them or none: one that it cannot read
        would keep all others from us for ever.
        """
        data = {
            "offset": offset,
            "timeout": timeout,
            "limit": 100,
            "allowed_updates": list(UPDATES),
        }
        found = await self._post("getUpdates", data, read_timeout=timeout + 10)
        if not isinstance(found, list):
            raise NotTelegram("no list of updates came back")
        return [
            each
            for each in found
            if isinstance(each, dict) and isinstance(each.get("update_id"), int)
        ]

    async def send_media(
        self, chat_id: int, kind: str, file_id: str | InputFile, **more: Any
    ) -> Message:
        """Send a file, by Telegram's name for it or as it is; `kind` as in `bot.types.Media`."""
        if kind in BARE:  # these take no words
            more = {name: value for name, value in more.items() if name not in CAPTION}
        sent = await getattr(self, f"send_{kind}")(chat_id, file_id, **more)
        return cast(Message, sent)


class Backoff:
    """Growing pauses with jitter, from `first` to `longest` seconds; `reset` after a success."""

    def __init__(self, sleep: Sleep = asyncio.sleep, *, first: float = 1, longest: float = 60):
        self._sleep = sleep
        self._first = first
        self._longest = longest
        self.failures = 0

    async def pause(self, at_least: float = 0.0) -> None:
        self.failures += 1
        grown = min(self._longest, self._first * 2.0 ** min(self.failures - 1, 16))
        await self._sleep(max(at_least, grown * random.uniform(0.75, 1.25)))

    def reset(self) -> None:
        self.failures = 0


async def bot_name(token: str, base_url: str | None) -> str:
    """The bot's name, without the "@"; `DeliveryError` when Telegram does not say."""
    try:
        async with Client(token, base_url) as client:
            return client.username
    except TelegramError as error:
        raise delivery_error(error) from error


def seconds(error: RetryAfter) -> float:
    """How long Telegram wants us to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def is_gone(error: TelegramError) -> bool:
    """Whether the chat will never take a message from us."""
    return isinstance(error, Forbidden) or _says(error, _GONE)


def lost_thread(error: TelegramError) -> bool:
    """Whether the chat is there, but not the topic in it."""
    return _says(error, _NO_THREAD)


def delivery_error(error: TelegramError) -> DeliveryError:
    """What a failed send means for the outbox. A `BadRequest` was refused for good."""
    if isinstance(error, RetryAfter):
        return DeliveryError("telegram.slow_down", seconds(error), asked=True)
    if isinstance(error, InvalidToken):
        return DeliveryError("telegram.wrong_token", _TOKEN_AGAIN)
    if is_gone(error):
        return ChatGoneError("telegram.chat_gone")
    if isinstance(error, BadRequest):
        return DeliveryError("telegram.refused", None)
    key = "telegram.not_telegram" if isinstance(error, NotTelegram) else "telegram.unreachable"
    return DeliveryError(key, _AGAIN)


def trouble(error: TelegramError) -> tuple[str, float]:
    """What to tell the operator of a failed connection, as a text's key; the least pause."""
    if isinstance(error, InvalidToken | Forbidden):
        return "telegram.wrong_token", _TOKEN_AGAIN
    if isinstance(error, Conflict):
        webhook = "webhook" in error.message.lower()
        return ("telegram.webhook_elsewhere" if webhook else "telegram.polled_twice"), 10.0
    if isinstance(error, RetryAfter):
        return "telegram.slow_down", seconds(error)
    if isinstance(error, BadRequest):
        return "telegram.start_refused", 30.0
    if isinstance(error, NotTelegram):
        return "telegram.not_telegram", 0.0
    return "telegram.unreachable", 0.0


def without_token(error: TelegramError) -> str:
    """What Telegram or the network said, for the log: without the token that some of it quotes."""
    return _TOKEN.sub("…", error.message)


def _says(error: TelegramError, signs: Sequence[str]) -> bool:
    said = error.message.lower()
    return isinstance(error, BadRequest) and any(sign in said for sign in signs)
