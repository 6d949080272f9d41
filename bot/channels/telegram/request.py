"""HTTP to the Bot API: answers are read to a bound, and believed only where they are Telegram's.

python-telegram-bot takes a status for Telegram's verdict, whoever sent it: a firewall's 403 would
be a chat that blocked the bot, a proxy's 404 a wrong token. Here whatever is not the Bot API's own
JSON is a trouble of the network, which passes. What a verdict means, `client.py`
knows.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

LONGEST = 24 * 1024 * 1024  # bytes of an answer; a bot's largest file has 20 MB
_WHOLE = 90.0  # seconds for all of it, though it comes drop by drop; a poll is held for 25
_PLAIN = "identity"  # nothing packed: what a few bytes unpack to has no bound
_HEADERS = {"User-Agent": BaseRequest.USER_AGENT, "Accept": "*/*", "Accept-Encoding": _PLAIN}


class NotTelegram(NetworkError):
    """Somebody else answered in Telegram's place: a proxy, a firewall, another server."""


class Request(BaseRequest):
    """Requests to the server at `root`, through the proxy that the environment names for it.

    By aiohttp, whose requests cost a third of httpx's processor time. `pool` is how many
    connections there may be, `timeout` is in seconds for each step, `longest` in bytes; `date` is
    what the last answer said of the time, as HTTP writes it.
    """

    __slots__ = ("_longest", "_pool", "_proxy", "_session", "_timeout", "date")

    def __init__(
        self, root: str, *, pool: int = 1, timeout: float = 5.0, longest: int = LONGEST
    ) -> None:
        self._pool = pool
        self._proxy = _proxy(root)
        self._timeout = timeout
        self._longest = longest
        self._session: aiohttp.ClientSession | None = None
        self.date: str | None = None

    @property
    def read_timeout(self) -> float:
        return self._timeout

    async def initialize(self) -> None:
        """Nothing: the first request opens what it needs."""

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

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
        connect, read = self._seconds(connect_timeout), self._seconds(read_timeout)
        limits = aiohttp.ClientTimeout(
            total=_WHOLE,
            connect=connect + self._seconds(pool_timeout),
            sock_connect=connect,
            sock_read=read,
        )
        try:
            status, body = await self._send(method, url, _form(request_data), limits)
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from error
        good = 200 <= status < 300
        if not (method == "GET" and good) and not _telegrams(status, _parsed(body)):
            raise NotTelegram(f"HTTP {status} without the Bot API's JSON")
        return status, body

    def _seconds(self, given: Any) -> float:
        return float(given) if isinstance(given, int | float) else self._timeout

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """What python-telegram-bot reads; its own would log an answer, private or not."""
        return _parsed(payload)

    async def _send(
        self, method: str, url: str, form: aiohttp.FormData | None, limits: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        """The status and the body, which comes plainly and is read to a bound."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._pool, ssl=httpx.create_ssl_context()),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_HEADERS,
                auto_decompress=False,
            )
        async with self._session.request(
            method, url, data=form, timeout=limits, allow_redirects=False, proxy=self._proxy
        ) as response:
            self.date = response.headers.get("date")
            if response.headers.get("content-encoding", _PLAIN) != _PLAIN:
                raise NotTelegram(f"HTTP {response.status}, packed though it must not be")
            body = bytearray()
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > self._longest:
                    raise NotTelegram(f"an answer of more than {self._longest} bytes")
            return response.status, bytes(body)


def _form(given: RequestData | None) -> aiohttp.FormData | None:
    """The parameters, and the files among them, as a form."""
    if given is None:
        return None
    form = aiohttp.FormData(given.json_parameters)
    for name, (filename, content, kind) in (given.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form


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
