"""The terminal as a channel: what `bot chat` shows. One chat, whose shopper is whoever types.

A line typed is a message; `/person` calls for one, a number picks from what was offered. Replies
are printed when they come, an agent's, too. A reply in another terminal's chat is left to that one.
"""

import asyncio
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress

from bot.errors import DeliveryError
from bot.texts import t
from bot.types import Chat, Draft, Handler, Incoming, Language, Progress, Turn

NAME = "console"
_ELSEWHERE = 1.0  # seconds after which the terminal that shows a chat may have found its reply
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
                text = (await self._line()).strip()
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

    async def _line(self) -> str:
        """The next line; `EOFError` at the end. Read on a thread that Ctrl-C need not wait for."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[str] = loop.create_future()

        def tell(line: str | None) -> None:
            if line is not None and not heard.done():
                heard.set_result(line)
            elif not heard.done():
                heard.set_exception(EOFError)

        def listen() -> None:
            line = None
            with suppress(EOFError):
                line = self._read()
            with suppress(RuntimeError):  # the loop has closed: nobody listens any more
                loop.call_soon_threadsafe(tell, line)

        threading.Thread(target=listen, name="console", daemon=True).start()
        return await heard

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        """Print a reply; `DeliveryError` when another terminal shows that chat."""
        if chat != self.chat:
            raise DeliveryError("cli.other_terminal", retry_after=_ELSEWHERE, chat=chat.id)
        self._show(reply)
        self._answered.set()

    async def typing(self, chat: Chat) -> None:
        """Nothing: the answer is there before a person could read that it is coming."""

    async def preview(self, chat: Chat, draft: Draft) -> None:
        """Nothing: what a terminal has printed cannot be taken back when the answer replaces it."""
