"""Answers that are being written, as Telegram's own drafts; in private chats, nobody else has them.

A draft is a preview that Telegram forgets after half a minute, or when the message comes. So there
is nothing to clean up after a crash, and a preview that is left out costs nobody anything: each one
goes only where the answer itself will not have to wait for it.

Elsewhere (groups, the shop's own account) there is only the typing sign. A message sent early and
edited until it is the answer would stay behind, cut off, when the process dies; it would spend the
group's twenty a minute; and it would notify the shopper of the beginning and never of the answer.
"""

import asyncio
from collections import OrderedDict

import structlog
from telegram.constants import ParseMode
from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.budget import Budget
from bot.channels.telegram.client import Client, seconds
from bot.channels.telegram.place import Place
from bot.channels.telegram.text import parse, split, to_html
from bot.types import Draft

log = structlog.get_logger()
_TIMEOUT = 3.0  # seconds; the answer waits this long for a preview that is on its way
_REMEMBERED = 1000  # chats


class Drafts:
    """Shows drafts, at most one on its way in a chat; `end` is the answer's right of way."""

    def __init__(self, client: Client, budget: Budget) -> None:
        self._client = client
        self._budget = budget
        self._on_its_way: dict[int, asyncio.Task[None]] = {}
        self._next: dict[int, tuple[Place, Draft]] = {}  # the newest, behind what is on its way
        self._shown: OrderedDict[int, int] = OrderedDict()  # chat → its newest draft's id
        self._ended: OrderedDict[int, int] = OrderedDict()  # chat → the newest that was replaced

    @staticmethod
    def fit(place: Place) -> bool:
        """Whether Telegram takes drafts there."""
        return place.chat_id > 0 and place.business is None

    def show(self, place: Place, draft: Draft) -> None:
        """Send the draft in the background, or leave it out."""
        chat_id = place.chat_id
        if draft.id <= self._ended.get(chat_id, 0):
            return
        self._next[chat_id] = place, draft
        if chat_id not in self._on_its_way:
            task = asyncio.create_task(self._go(chat_id))
            self._on_its_way[chat_id] = task
            task.add_done_callback(lambda _: self._on_its_way.pop(chat_id))

    async def end(self, chat_id: int) -> None:
        """Return when no draft can arrive any more behind what is sent now."""
        self._next.pop(chat_id, None)
        if chat_id in self._shown:
            _remember(self._ended, chat_id, self._shown.pop(chat_id))
        if task := self._on_its_way.get(chat_id):
            await asyncio.wait({task}, timeout=_TIMEOUT)

    async def close(self) -> None:
        """Let go of what is on its way."""
        tasks = list(self._on_its_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _go(self, chat_id: int) -> None:
        while following := self._next.pop(chat_id, None):
            place, draft = following
            messages = split(parse(draft.text))
            if messages and self._budget.extra(chat_id):
                _remember(self._shown, chat_id, draft.id)
                await self._send(place, draft.id, to_html(messages[0]))

    async def _send(self, place: Place, draft_id: int, html: str) -> None:
        try:
            await self._client.send_message_draft(
                place.chat_id,
                draft_id,
                html,
                message_thread_id=place.thread_id,
                parse_mode=ParseMode.HTML,
                connect_timeout=_TIMEOUT,
                read_timeout=_TIMEOUT,
                write_timeout=_TIMEOUT,
                pool_timeout=_TIMEOUT,
            )
        except RetryAfter as error:
            self._budget.close(place.chat_id, seconds(error))
        except TelegramError as error:
            log.debug("telegram.draft_failed", kind=type(error).__name__)


def _remember(memory: OrderedDict[int, int], key: int, value: int) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > _REMEMBERED:
        memory.popitem(last=False)
