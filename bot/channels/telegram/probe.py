"""One look at Telegram from outside, with nothing running: for `bot doctor`. It changes nothing."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from telegram.error import TelegramError

from bot.channels.telegram.client import Client, trouble
from bot.channels.telegram.request import Request, as_promised
from bot.errors import DeliveryError


@dataclass(frozen=True)
class Seen:
    """What Telegram says of the bot. `webhook` is where its updates go, empty for polling;
    `failed` why the last one did not get there, and when; `time` is what its clock shows."""

    username: str
    webhook: str
    waiting: int
    failed: str
    failed_at: datetime | None
    time: datetime | None


def check(token: str, base_url: str | None) -> Seen:
    """Ask; `DeliveryError` when Telegram does not answer, or does not know the token."""
    return asyncio.run(_look(token, base_url))


async def _look(token: str, base_url: str | None) -> Seen:
    client = Client(token, base_url)
    try:
        with as_promised():
            async with client:
                info = await client.get_webhook_info()
    except TelegramError as error:
        raise DeliveryError(trouble(error)[0], None) from error
    request = client.request
    return Seen(
        username=client.username,
        webhook=info.url,
        waiting=info.pending_update_count,
        failed=info.last_error_message or "",
        failed_at=info.last_error_date,
        time=_moment(request.date) if isinstance(request, Request) else None,
    )


def _moment(date: str | None) -> datetime | None:
    """An HTTP date; None for whatever is not one."""
    try:
        moment = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
