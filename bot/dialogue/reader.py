"""Has a model read a burst where the built-in reading is not sure of it: by tool calls.

What may be called, and what becomes of it, the skills say (`answers.py`, `tools.py`); here a model
is asked in time, and nothing comes of whatever else it does. One that cannot call tools puts a
follow-up into words that need no conversation. It sees no personal data and none of the orders.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from bot import metrics
from bot.dialogue import followup, parts, tools
from bot.dialogue.answers import Answers
from bot.dialogue.followup import ORDER, Past
from bot.dialogue.outcome import Outcome
from bot.dialogue.thinking import think
from bot.dialogue.tools import Ask, Offer, Read, SomethingElse
from bot.language.detect import detect_language
from bot.language.mask import mask
from bot.types import Author, Claim, Language, Scope, Turn
from bot.writing.models import prompts
from bot.writing.models.call import Call, tokens_of
from bot.writing.models.circuit import Circuit
from bot.writing.models.ladder import Ladder

log = structlog.get_logger()

_TIME = 6.0  # seconds, out of the models' whole time
_ANSWER = 100  # tokens that a reading is expected to take

Calls = Sequence[tuple[str, Mapping[str, Any]]]


class Reader:
    """Reads with whatever the ladder has. `shop` is the shop's name; `masked` takes personal data
    out of what a model reads."""

    def __init__(
        self, ladder: Ladder, shop: Callable[[Language], str], masked: Callable[[str], str] = mask
    ) -> None:
        self._masked = masked
        self._ladder = ladder
        self._shop = shop
        self._circuit = Circuit()  # of tool calls alone: what cannot make them may write all right

    async def read(
        self, answers: Answers, claim: Claim, scope: Scope, outcome: Outcome, until: float
    ) -> Read | None:
        """The burst as a model reads it, whose `outcome` so far that is; None where none does, or
        where its reading would count for nothing."""
        if any(each.choice for each in claim.messages):
            return None
        until = min(until, asyncio.get_running_loop().time() + _TIME)
        if self._ladder.calls_tools and self._circuit.state != "open":
            offer = await think(answers.offer, claim, scope, outcome)
            return await self._called(answers, claim, offer, until) if offer else None
        if not outcome.found:
            return None
        standalone = await self._standalone(claim, until)
        return Read(standalone=standalone) if standalone else None

    async def _called(
        self, answers: Answers, claim: Claim, offer: Offer, until: float
    ) -> Read | None:
        # Both ask the database for the shop's own forms of numbers.
        pieces = await think(_masked_all, offer.pieces, self._masked)
        around = await think(tellable, followup.rewound(claim.history, claim.quote), self._masked)
        prompt = prompts.read(pieces, around, offer.language, self._shop(offer.language))
        described = tuple(offer.tools.values())
        if not self._circuit.enter():
            return None
        asked = False

        async def ask(call: Call) -> Calls:
            nonlocal asked
            asked = True
            return await call.calls(prompt, described)

        tokens = prompt.tokens + _ANSWER + tokens_of(described)
        try:
            calls = await self._ladder.climb(
                claim.conversation_id, ask, tokens=tokens, until=until, hurried=True, tools=True
            )
            read = await think(answers.read, calls or (), offer)
        except BaseException:
            self._circuit.left()
            raise
        if not asked:
            self._circuit.left()
            return None
        if not read.calls:
            self._circuit.failed()
            metrics.model_read("unusable" if calls else "nothing")
            return None
        self._circuit.succeeded()
        metrics.model_read("calls")
        known = "\n".join(turn.text for turn in around)
        return _worded(read, "\n".join(pieces), known, offer.language)

    async def _standalone(self, claim: Claim, until: float) -> str | None:
        """The burst's question in words that need no conversation; None where it has such itself,
        or no model made it any better."""
        asked, before, around = await think(_leaning, claim, self._masked)
        if not before:
            return None
        language = detect_language(asked, claim.language)
        prompt = prompts.rewrite(asked, around, language)

        async def ask(call: Call) -> str | None:
            if call.style == "dialogue":
                return None  # it has only ever learned to answer
            line = ""
            async for piece in call.stream(prompt):
                line += piece
            return tools.question(line, asked, before, language)

        found = await self._ladder.climb(
            claim.conversation_id, ask, tokens=prompt.tokens + _ANSWER, until=until, hurried=True
        )
        log.debug("reader.rewrote", conversation=claim.conversation_id, done=found is not None)
        return found


def _worded(read: Read, asked: str, before: str, language: Language) -> Read | None:
    """The calls with their questions as one line each; None where a question is none, and where
    nothing is gained."""
    calls = []
    for each in read.calls:
        call = each.call
        if isinstance(call, SomethingElse):
            return None
        if isinstance(call, Ask):
            line = tools.question(call.question, asked, before, language)
            if line is None:
                return None
            call = call.model_copy(update={"question": line})
        calls.append(replace(each, call=call))
    return replace(read, calls=tuple(calls))


def _masked_all(texts: Sequence[str], masked: Callable[[str], str]) -> list[str]:
    return [masked(each) for each in texts]


def _leaning(claim: Claim, masked: Callable[[str], str]) -> tuple[str, str, list[Turn]]:
    """The burst's question, the one before it that it leans on, and the turns before it, as a model
    may read them; ("", "", none) for a question that leans on nothing."""
    asked = masked(parts.question([each.text for each in claim.messages]))
    around = tellable(followup.rewound(claim.history, claim.quote), masked)
    before = Past(around).question
    return (asked, before, around) if before and followup.leans(asked) else ("", "", [])


def tellable(history: Sequence[Turn], masked: Callable[[str], str]) -> list[Turn]:
    """What a model may read of the conversation: the shopper's turns without personal data, and the
    bot's answers from the knowledge. Orders, proofs of identity and people's words are left out.
    """
    told = [
        turn
        for turn in history
        if turn.author is Author.SHOPPER
        or (turn.sources and not any(each.id.startswith(ORDER) for each in turn.sources))
    ]
    return [replace(turn, text=masked(turn.text)) for turn in told[-prompts.TURNS :]]
