"""A shopper's message in the agent's language, by the model where one is configured.

What it says is a help to read, never an answer: it is shown under the message, marked as a model's,
and kept with it, so that each message is translated once for all colleagues.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from bot.conversations import conversation
from bot.database.db import Database
from bot.database.tables import TurnRow
from bot.errors import ModelError, NotFoundError
from bot.language.foreign import spoken
from bot.types import Author, Language
from bot.writing.models import prompts
from bot.writing.models.call import Call
from bot.writing.models.ladder import Ladder

_LONGEST = 4000  # characters of a message


class Translator:
    """One for the whole process. `masked` takes personal data out of what a model reads."""

    def __init__(self, db: Database, ladder: Ladder, masked: Callable[[str], str]) -> None:
        self._db = db
        self._ladder = ladder
        self._masked = masked

    async def translate(self, turn_id: int, conversation_id: int, language: Language) -> None:
        """Keep the message of a turn in `language`. `NotFoundError` where it is no shopper's of
        this conversation, `ModelError` where no model has done it."""
        row = await self._db.query(lambda session: session.get(TurnRow, turn_id))
        if row is None or row.conversation_id != conversation_id or row.author != Author.SHOPPER:
            raise NotFoundError("copilot.no_message")
        text = await asyncio.to_thread(self._masked, row.text[:_LONGEST])
        prompt = prompts.translate(text, language)

        async def ask(call: Call) -> str:
            if call.style == "dialogue":
                raise ModelError("cannot_translate", model=call.name)
            said = ""
            async with aclosing(call.stream(prompt)) as pieces:
                async for piece in pieces:
                    said += piece
                    if len(said) > 2 * _LONGEST:
                        raise ModelError("garbled", model=call.name)
            if not said.strip() or spoken(said, language) != language:
                raise ModelError("cannot_translate", model=call.name)
            return said.strip()

        until = asyncio.get_running_loop().time() + self._ladder.timeout
        tokens = 2 * prompt.tokens
        said = await self._ladder.climb(conversation_id, ask, tokens=tokens, until=until)
        if said is None:
            raise NotFoundError("copilot.not_translated")
        await self._db.write(
            lambda session: conversation.translated(session, turn_id, language, said)
        )
