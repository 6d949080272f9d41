"""Time that a test can push forward, and waiting that works from any thread or event loop."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Clock:
    """The real clock, plus what the test added; or frozen, moved by the test alone."""

    def __init__(self) -> None:
        self._added = 0.0
        self._frozen: float | None = None

    def __call__(self) -> float:
        """Unix time in seconds."""
        return (time.time() if self._frozen is None else self._frozen) + self._added

    def freeze(self) -> None:
        """Only `advance` moves it from now on."""
        self._frozen = time.time()

    def advance(self, seconds: float = 0, *, hours: float = 0) -> None:
        """Make it later at once; whoever waits by the real clock notices nothing."""
        self._added += seconds + hours * 3600


class Signal:
    """Wakes everybody who waits for the stand-in's state to change."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def fire(self) -> None:
        with self._lock:
            waiting = list(self._waiting)
        for loop, event in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def until(self, check: Callable[[], T | None], timeout: float) -> T | None:
        """What `check` returns as soon as it is not None; None when the time is up."""
        end = time.monotonic() + timeout
        ticket = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting.add(ticket)
        try:
            while True:
                ticket[1].clear()
                with self._lock:
                    value = check()
                left = end - time.monotonic()
                if value is not None or left <= 0:
                    return value
                with suppress(TimeoutError):  # not `wait_for`, which may swallow being cancelled
                    async with asyncio.timeout(left):
                        await ticket[1].wait()
        finally:
            with self._lock:
                self._waiting.discard(ticket)
