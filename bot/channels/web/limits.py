"""How much one shopper may send, one address, and everybody together.

A cookie costs nothing and is given to anybody; what costs is a conversation, from its first message
on, so an address may begin only so many. Counted in this process's memory: it slows a flood down
and is no bookkeeping. Sockets are counted in `bot/gateway`.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot import metrics
from bot.channels.web.messages import Refused

MAX_A_MINUTE = 30  # messages of one chat, and as many ratings
MAX_FILES = 10  # in ten minutes, of one chat; as many times ten of an address
MAX_STREAMS = 5  # of one chat
_STREAM_AGAIN = 15  # seconds; the page asks for turns meanwhile
_STRANGERS = 4  # the part of all streams that those may hold who have not written yet
_REMEMBERED = 10_000  # keys of a limit; the longest quiet ones are forgotten
_SAY_AGAIN = 60.0  # seconds between two records that an address is at its limit

log = structlog.get_logger()
Clock = Callable[[], float]


@dataclass(frozen=True)
class Limits:
    """What one address may do, 0 for any number, and how many streams there may be.

    An address may be an office, a campus or a phone company's: the numbers are for hundreds of
    people behind it, each with a chat.
    """

    chats_an_hour: int = 300
    messages_a_minute: int = 600
    streams: int = 500
    streams_each: int = 200


class RateLimit:
    """At most `count` events in any `seconds` for each key; 0 is any number."""

    def __init__(self, count: int, seconds: float, clock: Clock = time.monotonic) -> None:
        self._count = count
        self._seconds = seconds
        self._clock = clock
        self._events: dict[str, deque[float]] = {}  # the longest quiet key first

    def wait(self, key: str) -> float:
        """Count one event and return 0, or return the seconds until one is allowed again."""
        if not self._count:
            return 0
        moment = self._clock()
        events = self._events.pop(key, deque())
        self._events[key] = events
        while len(self._events) > _REMEMBERED:
            del self._events[next(iter(self._events))]
        while events and events[0] <= moment - self._seconds:
            events.popleft()
        if len(events) >= self._count:
            return events[0] + self._seconds - moment
        events.append(moment)
        return 0


class Streams:
    """Open streams: of each chat, of each address, and in all."""

    def __init__(self, most: int, each: int) -> None:
        self._most = most
        self._each = each
        self._chats: Counter[str] = Counter()
        self._origins: Counter[str] = Counter()

    def chat_is_full(self, chat_id: str) -> bool:
        return self._chats[chat_id] >= MAX_STREAMS

    def is_full(self, origin: str, *, known: bool) -> bool:
        """Whether there is no room; who is not `known` has written nothing, and waits in a part
        of it that they cannot outgrow."""
        part = 1 if known else _STRANGERS
        return (
            self._chats.total() >= self._most // part or self._origins[origin] >= self._each // part
        )

    def open(self, chat_id: str, origin: str) -> Callable[[], None]:
        """Count a stream; call what comes back when it is over."""
        counted = ((self._chats, chat_id), (self._origins, origin))
        for counter, key in counted:
            counter[key] += 1

        def close() -> None:
            for counter, key in counted:
                counter[key] -= 1
                if not counter[key]:
                    del counter[key]

        return close


class Limiter:
    """Lets a request pass, or raises `Refused` with when to come back.

    `origin` is what an address is counted by (`bot/origins.py`).
    """

    def __init__(self, limits: Limits, clock: Clock = time.monotonic) -> None:
        self._chat = RateLimit(MAX_A_MINUTE, 60, clock)
        self._presses = RateLimit(MAX_A_MINUTE, 60, clock)
        self._messages = RateLimit(limits.messages_a_minute, 60, clock)
        self._beginnings = RateLimit(limits.chats_an_hour, 3600, clock)
        self._files = RateLimit(MAX_FILES, 600, clock)
        self._all_files = RateLimit(10 * MAX_FILES, 600, clock)
        self._streams = Streams(limits.streams, limits.streams_each)
        self._complaints = RateLimit(1, _SAY_AGAIN, clock)

    def message(self, chat_id: str, origin: str, *, first: bool) -> None:
        """A message comes; `first` when it begins a conversation."""
        if wait := self._chat.wait(chat_id):
            raise Refused(429, "web.error_too_fast", retry_after=wait)
        if wait := self._messages.wait(origin):
            self._complain("messages")
            raise Refused(429, "web.error_crowded", retry_after=wait)
        if first and (wait := self._beginnings.wait(origin)):
            self._complain("chats")
            raise Refused(429, "web.error_crowded", retry_after=wait)

    def file(self, chat_id: str, origin: str) -> None:
        """A file comes."""
        if wait := self._files.wait(chat_id) or self._all_files.wait(origin):
            raise Refused(429, "web.error_too_fast", retry_after=wait)

    def press(self, chat_id: str) -> None:
        """An answer is rated."""
        if wait := self._presses.wait(chat_id):
            raise Refused(429, "web.error_too_fast", retry_after=wait)

    def stream(self, chat_id: str, origin: str, *, known: bool) -> Callable[[], None]:
        """A stream opens; call what comes back when it is over."""
        if self._streams.chat_is_full(chat_id):
            raise Refused(429, "web.error_too_many_streams", retry_after=_STREAM_AGAIN)
        if self._streams.is_full(origin, known=known):
            self._complain("streams")
            raise Refused(503, "web.error_busy", retry_after=_STREAM_AGAIN)
        return self._streams.open(chat_id, origin)

    def _complain(self, of: str) -> None:
        """Count it each time, and say it once a minute: the operator may have to name a proxy."""
        metrics.limited(of)
        if not self._complaints.wait(of):
            log.warning("web.limited", of=of)
