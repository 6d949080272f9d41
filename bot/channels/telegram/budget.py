"""How much may be sent to Telegram, and when: one budget per chat, one for the whole bot.

Telegram publishes no limits; these are those that its FAQ names, or a little below. Messages, edits
and drafts share them. The budget is this process's; several that send for one bot have theirs in
the database (`shared_budget.py`).
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Sleep = Callable[[float], Awaitable[None]]

_MOST_CHATS = 10_000  # kept in mind; those that rest are forgotten first
_MARGIN = 0.5  # seconds that a closed chat stays closed longer: the two clocks may differ


@dataclass(frozen=True)
class Limits:
    """`overall` messages a second, of which `at_once` may go in one moment after a rest; `burst` at
    once to a chat, then one in `spacing` seconds; `group` messages to one group in any minute."""

    overall: float = 30.0
    at_once: int = 15  # half a second's: what comes bunched on the way still fits the second
    spacing: float = 1.05
    burst: int = 3
    group: int = 19


class TooSoon(Exception):
    """The chat takes nothing for `seconds`; nothing was spent."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass
class Chat:
    """What one chat was sent. `rested` is when it will have its whole burst again; times are the
    clock's."""

    rested: float = 0.0
    closed: float = 0.0
    minute: deque[float] = field(default_factory=deque)


class Budget:
    """Makes senders wait for their turn; whoever came first within a chat's budget goes first.

    A chat waits for its own budget before it stands in line for the bot's, so one with much to say
    never keeps the others waiting. `clock` gives seconds and never runs backwards.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._limits = limits or Limits()
        self._clock = clock
        self._sleep = sleep
        self._chats: dict[int, Chat] = {}
        self._rested = 0.0  # when the bot will have all that may go at once again

    async def spend(self, chat_id: int, *, patience: float) -> None:
        """Return when one message may go to the chat; `TooSoon` if that takes over `patience`
        seconds, or at once while the chat is closed."""
        chat = self._chat(chat_id)
        at = max(self._clock(), self._open(chat_id, chat))
        if at - self._clock() > patience or chat.closed > self._clock():
            raise TooSoon(at - self._clock())
        self._note(chat_id, chat, at)
        await self._until(at)
        if chat.closed > self._clock():
            raise TooSoon(chat.closed - self._clock())
        await self._until(self._take(self._clock()))
        if chat.closed > self._clock():
            raise TooSoon(chat.closed - self._clock())

    def close(self, chat_id: int, seconds: float) -> None:
        """Telegram said so: nothing to this chat for `seconds`."""
        chat = self._chat(chat_id)
        chat.closed = max(chat.closed, self._clock() + seconds + _MARGIN)

    def closed(self, chat_id: int) -> bool:
        chat = self._chats.get(chat_id)
        return chat is not None and chat.closed > self._clock()

    def spare(self) -> bool:
        """Whether more than half of what may go at once is left, for what is only nice to have."""
        limits = self._limits
        return self._rested - self._clock() < limits.at_once / limits.overall / 2

    def extra(self, chat_id: int) -> bool:
        """Take one for what is only nice to have: True when it may go now. Only where the chat has
        another one left at once and the bot much to spare, so that no message waits for it."""
        chat, now = self._chat(chat_id), self._clock()
        if not self.spare() or self._open(chat_id, chat) + self._limits.spacing > now:
            return False
        self._note(chat_id, chat, now)
        self._take(now)
        return True

    def left(self, chat_id: int) -> int:
        """How many messages the group may still get in this minute."""
        chat, now = self._chats.get(chat_id), self._clock()
        recent = sum(at > now - 60 for at in chat.minute) if chat else 0
        return max(0, self._limits.group - recent)

    def _open(self, chat_id: int, chat: Chat) -> float:
        """When the chat's own budget has one more."""
        limits = self._limits
        at = max(chat.closed, chat.rested - (limits.burst - 1) * limits.spacing)
        if chat_id < 0 and len(chat.minute) >= limits.group:
            at = max(at, chat.minute[-limits.group] + 60)
        return at

    def _note(self, chat_id: int, chat: Chat, at: float) -> None:
        chat.rested = max(chat.rested, at) + self._limits.spacing
        if chat_id < 0:
            chat.minute.append(at)
            while len(chat.minute) > self._limits.group:
                chat.minute.popleft()

    def _take(self, now: float) -> float:
        """Stand in the bot's line; when it is one's turn."""
        spacing = 1.0 / self._limits.overall
        at = max(now, self._rested - (self._limits.at_once - 1) * spacing)
        self._rested = max(self._rested, at) + spacing
        return at

    async def _until(self, at: float) -> None:
        while (pause := at - self._clock()) > 0:
            await self._sleep(pause)

    def _chat(self, chat_id: int) -> Chat:
        if chat_id not in self._chats and len(self._chats) >= _MOST_CHATS:
            now = self._clock()
            self._chats = {
                key: chat
                for key, chat in self._chats.items()
                if max(chat.rested, chat.closed) > now
                or (chat.minute and chat.minute[-1] > now - 60)
            }
        return self._chats.setdefault(chat_id, Chat())
