"""How many messages are on their way to Telegram at once, from the request until noted as sent.

Telegram knows no key by which it could recognise a repeat: whatever was on its way when the process
is killed goes out again. So there are few places, and what is noted gives its place back at once.
One that hangs gives it back after a moment, so that it holds nobody up. The order within a chat and
the wait for its budget are not its matter: both lie before.
"""

import asyncio
from collections.abc import Callable

PLACES = 8
# Seconds. Telegram takes a message, and we note it, in less; and were every send to hang, as many a
# second would still go out as the bot's budget has (`Limits.overall`).
PATIENCE = 0.25


class Lane:
    """`places` at once; whoever came first goes first, and one keeps a place `patience` seconds."""

    def __init__(self, places: int = PLACES, patience: float = PATIENCE) -> None:
        self._free = asyncio.Semaphore(places)
        self._patience = patience

    async def enter(self) -> Callable[[], None]:
        """Returns when there is a place; call what it returns when nothing can be doubled any more,
        because it was noted or never went out. More than once does no harm."""
        await self._free.acquire()
        left = False

        def leave() -> None:
            nonlocal left
            if not left:
                left = True
                timer.cancel()
                self._free.release()

        timer = asyncio.get_running_loop().call_later(self._patience, leave)
        return leave
