"""HTTP to the Bot API: answers are read to a bound, and believed only where they are Telegram's.

python-telegram-bot takes a status for Telegram's verdict, whoever sent it: a firewall's 403 would
be a chat that blocked the bot, a proxy's 404 a wrong token. Here whatever is not the Bot API's own
JSON is a trouble of the network, which passes. What a verdict means, `client.py`
knows.
"""

import asyncio
import json
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

LONGEST = 24 * 1024 * 1024  # bytes of an answer; a bot's largest file has 20 MB
# Connections that stay open, as many as messages are on their way at once (`lane.py`): each costs
# every request a look at its socket.
_KEPT = 8
_WHOLE = 90.0  # seconds for all of it, though it comes drop by drop; a poll is held for 25
_PLAIN = "identity"  # nothing packed: what a few bytes unpack to has no bound
_HEADERS = {"User-Agent": BaseRequest.USER_AGENT, "Accept": "*/*", "Accept-Encoding": _PLAIN}


class NotTelegram(NetworkError):
    """Somebody else answered in Telegram's place: a proxy, a firewall, another server."""


class Request(BaseRequest):
    """Requests to the server at `root`, through the proxy that the environment names for it.

    It is httpx without its client: cookies, redirects and log-ins, which the Bot API does not have,
    cost as much as the rest. `pool` is how many connections there may be, `timeout` is in seconds
    for each step, `longest` in bytes; `date` is what the last answer said of the time, as HTTP
    writes it.
    """

    __slots__ = ("_limits", "_longest", "_proxy", "_timeout", "_transport", "date")

    def __init__(
        self, root: str, *, pool: int = 1, timeout: float = 5.0, longest: int = LONGEST
    ) -> None:
        self._limits = httpx.Limits(max_connections=pool, max_keepalive_connections=_KEPT)
        self._proxy = _proxy(root)
        self._timeout = timeout
        self._longest = longest
        self._transport: httpx.AsyncHTTPTransport | None = None
        self.date: str | None = None

    @property
    def read_timeout(self) -> float:
        return self._timeout

    async def initialize(self) -> None:
        """Nothing: the first request opens what it needs."""

    async def shutdown(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        """The status and the body; `NotTelegram` unless they are the Bot API's, or a file."""
        given = {
            "read": read_timeout,
            "write": write_timeout,
            "connect": connect_timeout,
            "pool": pool_timeout,
        }
        request = httpx.Request(
            method,
            url,
            headers=_HEADERS,
            data=request_data.json_parameters if request_data else None,
            files=request_data.multipart_data if request_data else None,
            extensions={
                "timeout": {
                    step: each if isinstance(each, int | float) else self._timeout
                    for step, each in given.items()
                }
            },
        )
        try:
            async with asyncio.timeout(_WHOLE):
                status, body = await self._send(request)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TimedOut from error
        except httpx.HTTPError as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from error
        good = 200 <= status < 300
        if not (method == "GET" and good) and not _telegrams(status, _parsed(body)):
            raise NotTelegram(f"HTTP {status} without the Bot API's JSON")
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """What python-telegram-bot reads; its own would log an answer, private or not."""
        return _parsed(payload)

    async def _send(self, request: httpx.Request) -> tuple[int, bytes]:
        """The status and the body, which comes plainly and is read to a bound."""
        if self._transport is None:
            self._transport = httpx.AsyncHTTPTransport(limits=self._limits, proxy=self._proxy)
        response = await self._transport.handle_async_request(request)
        try:
            self.date = response.headers.get("date")
            if response.headers.get("content-encoding", _PLAIN) != _PLAIN:
                raise NotTelegram(f"HTTP {response.status_code}, packed though it must not be")
            body = bytearray()
            async for piece in cast(AsyncIterable[bytes], response.stream):
                body += piece
                if len(body) > self._longest:
                    raise NotTelegram(f"an answer of more than {self._longest} bytes")
            return response.status_code, bytes(body)
        finally:
            await response.aclose()


def _proxy(root: str) -> str | None:
    """The proxy that the environment names for the server, as a URL."""
    server = urlsplit(root)
    if proxy_bypass(server.hostname or ""):
        return None
    named = getproxies()
    proxy = named.get(server.scheme) or named.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


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
