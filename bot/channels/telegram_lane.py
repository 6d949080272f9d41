"""One message at a time on its way to Telegram, from the request until it is noted as sent.

Telegram knows no key by which it could recognise a repeat: whatever was on its way when the process
is killed goes out again. With one on its way, one can be doubled. The wait for the chat's budget
lies before; and one that hangs is overtaken after a while, so that it does not hold everybody up.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

PATIENCE = 5.0  # seconds; Telegram takes a message, and we note it, in far less


class Lane:
    """Whoever came first goes first; each waits for the one before, at most `patience` seconds."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._queue = asyncio.Lock()
        self._before: asyncio.Event | None = None

    async def enter(self) -> Callable[[], None]:
        """Returns when it is one's turn; call what it returns when nothing can be doubled any more,
        because it was noted or never went out. More than once does no harm."""
        async with self._queue:
            if self._before is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._before.wait(), self._patience)
            self._before = mine = asyncio.Event()
        return mine.set
