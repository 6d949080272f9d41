"""The terminal as a channel: what `bot chat` shows. One chat, whose shopper is whoever types.

A line typed is a message; `/person` calls for one, a number picks from what was offered. Replies
are printed when they come, an agent's, too.
"""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress

from bot.texts import t
from bot.types import Author, Chat, Handler, Incoming, Language, Turn

NAME = "console"
_PATIENCE = 2.0  # seconds that the prompt waits for an answer; later ones interrupt it


class Console:
    """A chat in this terminal. `show` prints a text with rich's markup already escaped."""

    name = NAME

    def __init__(
        self,
        chat_id: str,
        language: Language,
        *,
        read: Callable[[], str],
        show: Callable[[Turn], None],
    ) -> None:
        self.chat = Chat(NAME, chat_id)
        self._language = language
        self._read = read
        self._show = show
        self._answered = asyncio.Event()

    async def run(self, handler: Handler) -> None:
        """Hand over each line until the input ends."""
        while True:
            try:
                text = (await asyncio.to_thread(self._read)).strip()
            except EOFError:
                return
            if text:
                choice = "person" if text == "/person" else None
                self._answered.clear()
                said = t("cli.chat_person", self._language) if choice else text
                await handler(
                    Incoming(
                        self.chat, uuid.uuid4().hex, said, language=self._language, choice=choice
                    )
                )
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._answered.wait(), _PATIENCE)

    async def send(self, chat: Chat, reply: Turn) -> None:
        """Print a reply of this terminal's chat; another terminal shows its own."""
        if chat == self.chat and reply.author is not Author.SHOPPER:
            self._show(reply)
            self._answered.set()

    async def typing(self, chat: Chat) -> None:
        """Nothing: the answer is there before a person could read that it is coming."""
