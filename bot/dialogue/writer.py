"""Has a model write the answer, sentence by sentence, and lets through what stands on the sources.

The decision is made and the entry's own text is there before a model is asked; whatever goes wrong
leaves that text in place. It chooses no model (`ladder`) and judges no sentence (`grounding`).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import structlog

from bot import metrics
from bot.dialogue import followup
from bot.dialogue.checks import Checks
from bot.dialogue.compose import relevant, source
from bot.dialogue.outcome import Outcome, Wording
from bot.dialogue.reader import Reader, tellable
from bot.dialogue.thinking import think
from bot.language.mask import mask
from bot.types import Candidate, Claim, Language, Turn
from bot.writing.grounding import Grounding, Rejection
from bot.writing.models import prompts
from bot.writing.models.call import FULLEST, Call
from bot.writing.models.ladder import Ladder
from bot.writing.models.prompts import Prompt
from bot.writing.sentences import Cutter, Sentence, joined

log = structlog.get_logger()

WORTH_SHOWING = 0.6  # of the first one's score, for the others
_ANSWER = 150  # tokens that an answer is expected to take
_LOST = 3  # sentences more wrong than right after which nothing is awaited any more
_REPEATS = 2  # sentences said again after which a model only goes round in circles

Show = Callable[[str], None]
T = TypeVar("T")


@dataclass
class _Written:
    """An answer as it grows, by one model."""

    model: str
    prompt: str
    check: Grounding
    kept: list[Sentence] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    stands_on: dict[str, None] = field(default_factory=dict)  # entry ids, in order
    said: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        return joined(self.kept)

    @property
    def is_over(self) -> bool:
        """Whether the rest is not worth its while: it goes in circles, or can't be sent any more.

        Small models write on until they are stopped, and others wait for their turn.
        """
        lost = len(self.rejected) - len(self.kept) >= _LOST
        return lost or self.said.total() - len(self.said) >= _REPEATS

    def take(self, sentence: Sentence) -> bool:
        """Judge the next sentence; whether it is kept."""
        self.said[sentence.text] += 1
        verdict = self.check.check(sentence.text)
        again = self.said[sentence.text] > 1
        if verdict.reason is Rejection.EMPTY or (again and not verdict.kept):
            return False
        if verdict.reason is not None:
            metrics.sentence_rejected(verdict.reason)
            self.rejected.append(
                {
                    "reason": verdict.reason.value,
                    "sentence": sentence.text,
                    "passages": list(verdict.passages),
                    "model": self.model,
                }
            )
            return False
        self.kept.append(replace(sentence, text=verdict.text))
        self.stands_on.update(dict.fromkeys(verdict.passages))
        return True

    def answers(self, sure: Sequence[Candidate]) -> bool:
        """Whether it says something of all that retrieval is sure of, and more right than wrong.

        Where anything was dropped, what is left must be the answer and not what stood beside it.
        """
        dropped = bool(self.rejected)
        return len(self.kept) >= len(self.rejected) and all(
            self.check.answers(each.entry_id, to_the_point=dropped) for each in sure
        )


class Writer:
    """Writes with whatever the ladder has; each sentence is judged, on a thread of its own."""

    def __init__(
        self,
        ladder: Ladder,
        checks: Checks,
        *,
        shop: Callable[[Language], str],
        tone: Callable[[Language], str] = lambda _: "",
        masked: Callable[[str], str] = mask,
    ) -> None:
        """`masked` takes personal data out of what a model reads."""
        self.ladder = ladder
        self.reader = Reader(ladder, shop, masked)
        self._checks = checks
        self._shop = shop
        self._tone = tone
        self.masked = masked
        # Not the pool that understands questions: those of chats without a model come first.
        self._checking = ThreadPoolExecutor(1, "check")

    def deadline(self) -> float:
        """When the models' time is over, on the running loop's clock."""
        return asyncio.get_running_loop().time() + self.ladder.timeout

    async def write(self, claim: Claim, outcome: Outcome, show: Show, until: float) -> Outcome:
        """`outcome` in a model's words, or in its own with a note of why they stayed.

        `show` is called with the checked text so far, each time it grows.
        """
        subject = outcome.subject
        if subject is None:
            return outcome
        passages = _passages(subject, outcome)
        language = outcome.say.language
        question, history = await think(_told, claim, outcome.question, self.masked)

        def prompted(most: int, longest: int) -> Prompt:
            return prompts.answer(
                question,
                [relevant(each.text, question, longest) for each in passages[:most]],
                history,
                language,
                shop=self._shop(language),
                tone=self._tone(language),
            )

        loop = asyncio.get_running_loop()
        started = loop.time()
        tried: list[_Written] = []

        async def ask(call: Call) -> _Written:
            check = await self._off(self._checks.of, passages, language, question)
            prompt = prompted(*call.room)
            written = _Written(call.name, prompt.version, check)
            tried.append(written)
            cutter = Cutter()
            async with aclosing(call.stream(prompt)) as pieces:
                async for piece in pieces:
                    for sentence in cutter.feed(piece):
                        if await self._off(written.take, sentence):
                            show(written.text)
                    if written.is_over:
                        return written
            for sentence in cutter.close() if call.whole else ():
                await self._off(written.take, sentence)
            return written

        done = await self.ladder.climb(
            claim.conversation_id, ask, tokens=prompted(*FULLEST).tokens + _ANSWER, until=until
        )
        wording = Wording(
            prompt=tried[-1].prompt if tried else "",
            rejected=tuple(each for written in tried for each in written.rejected),
            standalone=outcome.reworded,
        )
        if done is None or not done.answers([subject, *outcome.more]):
            why = "no_model" if done is None else "not_held"
            metrics.written("entry")
            log.info("writer.own_text", conversation=claim.conversation_id, cause=why)
            return replace(outcome, wording=replace(wording, own_text=why))
        metrics.written(done.model, loop.time() - started)
        sources = tuple(source(each) for each in passages if each.entry_id in done.stands_on)
        say = replace(outcome.say, text=done.text, sources=sources)
        return replace(outcome, say=say, wording=replace(wording, model=done.model))

    async def _off(self, work: Callable[..., T], *given: object) -> T:
        """Run `work` off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._checking, work, *given)


def _passages(subject: Candidate, outcome: Outcome) -> list[Candidate]:
    """What the model is shown: the answers that are sure, then what may add to them."""
    floor = WORTH_SHOWING * subject.score
    others = [each for each in outcome.found if each.score >= floor]
    shown = [subject, *outcome.more, *others]
    return list({each.entry_id: each for each in shown}.values())[: FULLEST[0]]


def _told(claim: Claim, asked: str, masked: Callable[[str], str]) -> tuple[str, list[Turn]]:
    """The question as a model may read it, and the turns before it where it leans on them.

    A question that stands alone is answered alone: the rest would only make the model slower.
    """
    question = masked(asked)
    if not followup.leans(question):
        return question, []
    return question, tellable(followup.rewound(claim.history, claim.quote), masked)
