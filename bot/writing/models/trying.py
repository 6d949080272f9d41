"""One short call to a model that is configured, so that an admin sees whether it answers.

It is no shopper's, so no conversation is charged for it: some thirty tokens are in no account.
"""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass

from langchain_core.messages import HumanMessage, SystemMessage

from bot.writing.models.call import Backend, Call
from bot.writing.models.prompts import Prompt

_LONGEST = 200  # characters of an answer that are shown
_ASKED = "Say in one short sentence that you are ready to help customers."


@dataclass(frozen=True)
class Answer:
    """What the model wrote, and after how many seconds it was done."""

    text: str
    seconds: float


async def tried(backend: Backend, timeout: float) -> Answer:
    """`ModelError` says why it does not answer."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    asked = HumanMessage(_ASKED)
    prompt = Prompt("try", (SystemMessage("You answer briefly."), asked), (asked,))
    text = ""
    async with aclosing(Call(backend, until=started + timeout).stream(prompt)) as pieces:
        async for piece in pieces:
            text += piece
            if len(text) > _LONGEST:
                break
    return Answer(text[:_LONGEST], loop.time() - started)
