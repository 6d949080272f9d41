"""Passwords are hashed and compared here: on two threads of their own, 64 MiB for each.

Only so many may wait. Whoever comes then hears at once that it is busy, instead of filling the
memory of the process or the time of its other threads.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.errors import BusyError

T = TypeVar("T")
_THREADS = 2
_WAITING = 8  # by strangers; people whom we know have as many places again
_AGAIN = 2  # seconds


class Hashing:
    """The pool. `known` is for somebody who is logged in, or comes with a known device."""

    def __init__(self, waiting: int = _WAITING) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "desk-hashing")
        self._waiting = waiting
        self._inside = 0

    async def run(self, work: Callable[..., T], *given: object, known: bool) -> T:
        """`work(*given)` on a thread; `BusyError` when too many wait."""
        if self._inside >= _THREADS + self._waiting * (2 if known else 1):
            raise BusyError("users.busy", _AGAIN)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)
        finally:
            self._inside -= 1
