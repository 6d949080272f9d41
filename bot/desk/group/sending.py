"""Sending into one chat for agents: within the budget, with Telegram's refusals told apart.

It keeps no state but the chat's id, which changes when a group becomes a supergroup, and retries
nothing but the form of a message.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog
from telegram import InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter

from bot.channels.telegram.budget import Budget, TooSoon
from bot.channels.telegram.client import Client, is_gone, lost_thread, seconds
from bot.channels.telegram.text import to_html, to_plain
from bot.language.markdown import Run

T = TypeVar("T")
log = structlog.get_logger()
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_LOST = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "topic_id_invalid",
    "message to copy not found",
    "message can't be copied",
    "wrong file identifier",
)


class Later(Exception):
    """The chat takes nothing for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Away(Exception):
    """The chat takes nothing from us; what to do about it is the text of `key`."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Lost(Exception):
    """The message or the topic is not there any more."""


class NoTopics(Exception):
    """The group has no topics, or the bot may not manage them."""


class Moved(Exception):
    """The group became a supergroup; `chat_id` has changed."""


class Post:
    """One chat's letterbox. `patience` is how many seconds a message may wait for its budget."""

    def __init__(
        self, client: Client, budget: Budget, chat_id: int, *, patience: float = 8.0
    ) -> None:
        self.client = client
        self.chat_id = chat_id
        self._budget = budget
        self._patience = patience

    @property
    def left(self) -> int:
        """Messages that still go in this minute."""
        return self._budget.left(self.chat_id)

    async def send(
        self,
        runs: Sequence[Run],
        *,
        keyboard: InlineKeyboardMarkup | None = None,
        thread_id: int | None = None,
        reply_to: int | None = None,
    ) -> int:
        """One message; its id. It goes without answering `reply_to` where that is gone."""

        async def send(rich: bool, buttons: InlineKeyboardMarkup | None) -> int:
            sent = await self.client.send_message(
                self.chat_id, **_formed(runs, rich, buttons), **_beside(thread_id, reply_to)
            )
            return sent.message_id

        return await self._plainer(send, keyboard)

    async def edit(
        self, message_id: int, runs: Sequence[Run], keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        async def edit(rich: bool, buttons: InlineKeyboardMarkup | None) -> None:
            await self.client.edit_message_text(
                chat_id=self.chat_id, message_id=message_id, **_formed(runs, rich, buttons)
            )

        await self._plainer(edit, keyboard)

    async def copy(
        self, from_chat: int, message_id: int, caption: Sequence[Run] | None, **place: int | None
    ) -> None:
        """A shopper's message with everything in it, under a caption of ours; `place` is as for
        `send`."""
        await self._call(
            lambda: self.client.copy_message(
                self.chat_id, from_chat, message_id, **_captioned(caption), **_beside(**place)
            )
        )

    async def file(
        self, kind: str, file_id: str, caption: Sequence[Run] | None, **place: int | None
    ) -> None:
        await self._call(
            lambda: self.client.send_media(
                self.chat_id, kind, file_id, **_captioned(caption), **_beside(**place)
            )
        )

    async def open_topic(self, name: str) -> int:
        topic = await self._call(lambda: self.client.create_forum_topic(self.chat_id, name))
        return topic.message_thread_id

    async def switch_topic(self, topic_id: int, *, closed: bool) -> None:
        """Close or reopen; nothing where it is so already."""
        change = self.client.close_forum_topic if closed else self.client.reopen_forum_topic
        await self._call(lambda: change(self.chat_id, topic_id))

    async def act(self, action: str) -> None:
        """Show that something goes on; it fails where a message would, and costs no budget."""
        await self._call(lambda: self.client.send_chat_action(self.chat_id, action), free=True)

    async def _plainer(
        self,
        send: Callable[[bool, InlineKeyboardMarkup | None], Awaitable[T]],
        keyboard: InlineKeyboardMarkup | None,
    ) -> T:
        """As it is; without what Telegram did not like about its form where it says so."""
        rich, buttons = True, keyboard
        while True:
            try:
                return await self._call(partial(send, rich, buttons))
            except BadRequest as error:
                detail = error.message.lower()
                if rich and "parse entities" in detail:
                    rich = False
                elif buttons is not None and ("button" in detail or "url" in detail):
                    buttons = _without_links(buttons) if _links(buttons) else None
                else:
                    raise
                log.warning("agents_group.form_refused", rich=rich, buttons=buttons is not None)

    async def _call(self, work: Callable[[], Awaitable[T]], *, free: bool = False) -> T:
        try:
            if not free:
                await self._budget.spend(self.chat_id, patience=self._patience)
            return await work()
        except TooSoon as soon:
            raise Later(soon.seconds) from None
        except RetryAfter as error:
            self._budget.close(self.chat_id, seconds(error))
            raise Later(seconds(error)) from error
        except ChatMigrated as error:
            self.chat_id = error.new_chat_id
            raise Moved from error
        except Forbidden as error:
            raise Away("agents_group.away") from error
        except BadRequest as error:
            detail = error.message.lower()
            if lost_thread(error) or any(sign in detail for sign in _LOST):
                raise Lost from error
            if "not a forum" in detail or ("not enough rights" in detail and "topic" in detail):
                raise NoTopics from error
            if is_gone(error):
                raise Away("agents_group.away") from error
            raise


def unchanged(error: BadRequest) -> bool:
    """Whether it was so already: a message that says this, a topic that is closed or open."""
    return "not modified" in error.message.lower() or "not_modified" in error.message.lower()


def _formed(
    runs: Sequence[Run], rich: bool, buttons: InlineKeyboardMarkup | None
) -> dict[str, Any]:
    return {
        "text": to_html(runs) if rich else to_plain(runs),
        "parse_mode": ParseMode.HTML if rich else None,
        "reply_markup": buttons,
        "link_preview_options": _NO_PREVIEW,
    }


def _captioned(caption: Sequence[Run] | None) -> dict[str, Any]:
    return {"caption": to_html(caption), "parse_mode": ParseMode.HTML} if caption else {}


def _beside(thread_id: int | None, reply_to: int | None) -> dict[str, Any]:
    """In which topic, and in answer to what."""
    answered = reply_to and ReplyParameters(reply_to, allow_sending_without_reply=True)
    return {"message_thread_id": thread_id, "reply_parameters": answered or None}


def _links(keyboard: InlineKeyboardMarkup) -> bool:
    return any(button.url for row in keyboard.inline_keyboard for button in row)


def _without_links(keyboard: InlineKeyboardMarkup) -> InlineKeyboardMarkup | None:
    rows = [[button for button in row if not button.url] for row in keyboard.inline_keyboard]
    rows = [row for row in rows if row]
    return InlineKeyboardMarkup(rows) if rows else None
