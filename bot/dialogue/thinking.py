"""The threads on which messages are understood: away from the event loop, with an end to waiting.

They are a pool of their own, so that health, metrics and mail never stand behind a message. A
thread cannot be stopped from outside; what makes each message short work is that the bot reads no
more than `readable.py` lets it, and that every rule is linear in that (`tests/test_linear.py`).
Long messages take turns on one thread that stands back, so that whoever writes many of them delays
nobody else. The limit here is for what nobody foresaw: whoever waits is told, and goes on without
the answer.
"""

import asyncio
import contextvars
import os
import sys
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from bot.errors import SlowError

T = TypeVar("T")

LIMIT = 20.0  # seconds; a few thousandths of one are usual, a shop's live orders may take some
LONG = 400  # characters of a burst that is a long one
_NICENESS = 19  # of the thread for long bursts: any other goes first
_POOL = ThreadPoolExecutor(thread_name_prefix="thinking")


def _stand_back() -> None:
    """Let other threads go first; elsewhere than on Linux that is only possible for a process."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


_LONG_POOL = ThreadPoolExecutor(1, "thinking-long", initializer=_stand_back)


async def think(
    work: Callable[..., T], *given: object, limit: float = LIMIT, long: bool = False
) -> T:
    """Run `work` on a thread of the pool, or on that for long bursts; `SlowError` when it is not
    done in `limit` seconds."""
    bound = partial(contextvars.copy_context().run, work, *given)
    thinking = asyncio.get_running_loop().run_in_executor(_LONG_POOL if long else _POOL, bound)
    done, _ = await asyncio.wait({thinking}, timeout=limit)
    if not done:
        thinking.cancel()  # one that has not begun never will
        raise SlowError("inbox.too_slow", seconds=round(limit))
    return thinking.result()


class Ahead:
    """What is thought of a message before its turn, while it is being stored: of each chat one at a
    time, so that a shopper who writes without a pause has no more than one thread of all."""

    def __init__(self) -> None:
        self._begun: dict[Hashable, asyncio.Future[None]] = {}

    def begin(self, chat: Hashable, work: Callable[..., None], *given: object) -> None:
        """Run `work`, unless something of the chat runs already. Whether it fails matters to
        nobody: whoever answers the message will meet that again."""
        if chat in self._begun:
            return
        self._begun[chat] = begun = asyncio.ensure_future(think(work, *given))

        def done(begun: asyncio.Future[None]) -> None:
            del self._begun[chat]
            if not begun.cancelled():
                begun.exception()

        begun.add_done_callback(done)
