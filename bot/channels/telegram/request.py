"""HTTP to the Bot API: answers are read to a bound, and believed only where they are Telegram's.

python-telegram-bot takes a status for Telegram's verdict, whoever sent it: a firewall's 403 would
be a chat that blocked the bot, a proxy's 404 a wrong token. Here whatever is not the Bot API's own
JSON is a trouble of the network, which passes. What a verdict means, `client.py`
knows.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import HTTPXRequest

LONGEST = 24 * 1024 * 1024  # bytes of an answer; a bot's largest file has 20 MB
# Connections that stay open, as many as messages are on their way at once (`lane.py`): each costs
# every request a look at its socket.
_KEPT = 8
_WHOLE = 90.0  # seconds for all of it, though it comes drop by drop; a poll is held for 25
_PLAIN = "identity"  # nothing packed: what a few bytes unpack to has no bound


class NotTelegram(NetworkError):
    """Somebody else answered in Telegram's place: a proxy, a firewall, another server."""


class Request(HTTPXRequest):
    """python-telegram-bot's own, which believes whoever answers. `pool` is how many connections
    there may be, `longest` is in bytes; `date` is what the last answer said of the time, as HTTP
    writes it."""

    __slots__ = ("_longest", "date")

    def __init__(self, *, pool: int = 1, longest: int = LONGEST, **options: Any) -> None:
        self._longest = longest
        self.date: str | None = None
        kept = {
            "headers": {"Accept-Encoding": _PLAIN},
            "event_hooks": {"response": [self._heard]},
            "limits": httpx.Limits(max_connections=pool, max_keepalive_connections=_KEPT),
        }
        super().__init__(**options, httpx_kwargs=kept)

    async def do_request(
        self, url: str, method: str, *given: Any, **options: Any
    ) -> tuple[int, bytes]:
        """The status and the body; `NotTelegram` unless they are the Bot API's, or a file."""
        try:
            async with asyncio.timeout(_WHOLE):
                status, body = await super().do_request(url, method, *given, **options)
        except TimeoutError:
            raise TimedOut from None
        good = 200 <= status < 300
        if not (method == "GET" and good) and not _telegrams(status, _parsed(body)):
            raise NotTelegram(f"HTTP {status} without the Bot API's JSON")
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """What python-telegram-bot reads; its own would log an answer, private or not."""
        return _parsed(payload)

    async def _heard(self, response: httpx.Response) -> None:
        """Before the body is read: it comes plainly, and only so much of it."""
        self.date = response.headers.get("date")
        if response.headers.get("content-encoding", _PLAIN) != _PLAIN:
            raise NotTelegram(f"HTTP {response.status_code}, packed though it must not be")
        response.stream = _Bounded(cast(httpx.AsyncByteStream, response.stream), self._longest)


class _Bounded(httpx.AsyncByteStream):
    """A body that breaks off where it becomes too long."""

    def __init__(self, body: httpx.AsyncByteStream, longest: int) -> None:
        self._body = body
        self._longest = longest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for piece in self._body:
            read += len(piece)
            if read > self._longest:
                raise NotTelegram(f"an answer of more than {self._longest} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()


@contextmanager
def as_promised() -> Iterator[None]:
    """Around a call of the API: a result that is not what the method promises is nobody's verdict
    either. What we pass along must be right, its errors would look the same."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotTelegram(f"a result that cannot be read ({type(error).__name__})") from error


def _parsed(body: bytes) -> Any:
    """The JSON of an answer, None where there is none."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _telegrams(status: int, said: Any) -> bool:
    """Whether this is how the Bot API answers: https://core.telegram.org/bots/api#making-requests"""
    if not isinstance(said, dict):
        return False
    if 200 <= status < 300:
        return said.get("ok") is True and "result" in said
    more = said.get("parameters", {})
    return (
        said.get("ok") is False
        and said.get("error_code") == status
        and isinstance(said.get("description"), str)
        and isinstance(more, dict)
        and all(isinstance(value, int) for value in more.values())
    )
