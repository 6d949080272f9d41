"""Whether the bot is in the agents' group, may write there, and may manage topics.

The operator is told once of each trouble and once when it is over. It changes nothing in the group
but the list of its commands.
"""

import asyncio
from contextlib import suppress

import structlog
from telegram import BotCommand, BotCommandScopeChat, ChatMemberAdministrator
from telegram.constants import ChatAction
from telegram.error import BadRequest

from bot.channels.telegram.updates import Me
from bot.desk.group.sending import Away, Later, Post
from bot.texts import LANGUAGES, t

log = structlog.get_logger()
COMMANDS = ("take", "note", "close", "back", "status", "reindex")
_MOVED = "agents_group.moved"


class Presence:
    """What is known of the group since it was last looked at; `arrived` is set while that holds."""

    def __init__(self, post: Post) -> None:
        self.topics = False
        self.arrived = asyncio.Event()
        self._post = post
        self._trouble = ""

    async def arrive(self, me: Me | None) -> None:
        """Look at the group; `Away` with what to do about it, or what `Post` raises."""
        if me is None:
            raise Later(1.0)
        client = self._post.client
        try:
            # What is only shown needs the same right as a message and costs no place in the budget.
            await self._post.act(ChatAction.TYPING)
            chat = await client.get_chat(self._post.chat_id)
            member = await client.get_chat_member(self._post.chat_id, me.id)
        except BadRequest as error:
            raise Away("agents_group.away") from error
        may = isinstance(member, ChatMemberAdministrator) and bool(member.can_manage_topics)
        self.topics = bool(chat.is_forum) and may
        if chat.is_forum and not may:
            self.say_once("agents_group.no_topic_rights")
        elif self._trouble not in ("", _MOVED):
            log.info("agents_group.recovered")
            self._trouble = ""
        self.arrived.set()
        log.info("agents_group.arrived", topics=self.topics)
        await self._name_commands()

    def say_once(self, key: str) -> None:
        if key != self._trouble:
            log.error(key, cause=t(key, "en"))
        self._trouble = key

    def moved(self, chat_id: int) -> None:
        """The group is the supergroup `chat_id` now."""
        if chat_id != self._post.chat_id or self._trouble != _MOVED:
            log.warning(_MOVED, cause=t(_MOVED, "en", chat=chat_id))
        self._trouble = _MOVED
        self._post.chat_id = chat_id

    async def _name_commands(self) -> None:
        for language in LANGUAGES:
            commands = [BotCommand(c, t(f"agents_group.command_{c}", language)) for c in COMMANDS]
            with suppress(BadRequest):
                await self._post.client.set_my_commands(
                    commands,
                    scope=BotCommandScopeChat(self._post.chat_id),
                    language_code=None if language == "en" else language,
                )
