"""Who is on the other end of the web chat: signed sessions, and how much one session may send.

The session is a random chat id in a signed, http-only cookie; it appears in no URL and no page.
Limits are counted in this process's memory: they slow a flood down, they are not bookkeeping.
"""

import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request
from starlette.responses import Response

YEAR = 365 * 24 * 3600
_CHAT_ID_BYTES = 24  # 192 bits
_FORGET_ABOVE = 10_000  # sessions remembered before idle ones are swept


class Sessions:
    """Shoppers' session cookies. `secure` is for https, where a foreign page may hold the chat."""

    def __init__(self, secret: str, *, secure: bool) -> None:
        self._signer = TimestampSigner(secret, salt="deskhand.web.session")
        self._secure = secure
        # The __Host- prefix keeps a neighbouring subdomain from planting its own session.
        self.cookie = "__Host-deskhand_chat" if secure else "deskhand_chat"

    def chat_id(self, request: Request) -> str | None:
        """The chat id of a valid cookie; None without one, or when it is tampered or too old."""
        try:
            return self._signer.unsign(request.cookies.get(self.cookie, ""), max_age=YEAR).decode()
        except BadSignature:
            return None

    def new_chat_id(self) -> str:
        return secrets.token_urlsafe(_CHAT_ID_BYTES)

    def keep(self, response: Response, chat_id: str) -> None:
        """Set the cookie for a year from now.

        Written by hand, because Python before 3.14 does not know `Partitioned`, without which
        browsers drop the cookie of a chat embedded in another site.
        """
        value = self._signer.sign(chat_id).decode()
        scope = "SameSite=None; Secure; Partitioned" if self._secure else "SameSite=Lax"
        header = f"{self.cookie}={value}; Max-Age={YEAR}; Path=/; HttpOnly; {scope}"
        response.headers.append("set-cookie", header)


class RateLimit:
    """At most `count` events in any `seconds` for each key."""

    def __init__(
        self, count: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._seconds = seconds
        self._clock = clock
        self._events: dict[str, deque[float]] = {}

    def wait(self, key: str) -> float:
        """Count one event and return 0, or return the seconds until one is allowed again."""
        moment = self._clock()
        if len(self._events) > _FORGET_ABOVE:
            self._sweep(moment)
        events = self._events.setdefault(key, deque())
        while events and events[0] <= moment - self._seconds:
            events.popleft()
        if len(events) >= self._count:
            return events[0] + self._seconds - moment
        events.append(moment)
        return 0

    def _sweep(self, moment: float) -> None:
        idle = [key for key, events in self._events.items() if events[-1] <= moment - self._seconds]
        for key in idle:
            del self._events[key]


class StreamLimit:
    """At most `count` open streams for each key."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._open: Counter[str] = Counter()

    def full(self, key: str) -> bool:
        return self._open[key] >= self._count

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]
