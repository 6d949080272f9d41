"""Shows an answer while it is being written: the newest draft, one at a time, never in the way.

A draft that a newer one has overtaken is skipped, so a slow channel slows no model down. What is
shown is for whoever writes to have checked; the answer itself goes out through the outbox.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from bot.types import Channel, Claim, Draft, Language

_LAST = 1.0  # seconds that the last draft gets, so that it does not arrive after the answer


@asynccontextmanager
async def drafts(
    channel: Channel | None, claim: Claim, language: Language
) -> AsyncIterator[Callable[[str], None]]:
    """A function that shows the text so far; on leaving, nothing is on its way any more."""
    newest = ""
    grown = asyncio.Event()
    over = False

    def show(text: str) -> None:
        nonlocal newest
        newest = text
        grown.set()

    async def tell(to: Channel) -> None:
        while True:
            await grown.wait()
            grown.clear()
            if over:
                return
            await to.preview(claim.chat, Draft(claim.messages[-1].inbox_id, newest, language))

    telling = asyncio.create_task(tell(channel)) if channel else None
    try:
        yield show
    finally:
        over = True
        grown.set()
        if telling is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(telling, _LAST)
