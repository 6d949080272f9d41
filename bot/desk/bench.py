"""The test bench: what the bot would do with a message, and what it goes by.

The same flow as in the chat, but nothing is stored and nothing is sent. An admin may ask as one of
the demo shop's made-up customers, and as nobody else.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.catalogue.focus import Focus
from bot.customers import demo
from bot.database.db import Database
from bot.desk.pages.trials import Question, Trial
from bot.dialogue.decide import Policy, Reply
from bot.dialogue.flow import Flow
from bot.dialogue.outcome import Outcome
from bot.dialogue.searching import Found, search
from bot.dialogue.thinking import think
from bot.errors import BuildError, EncoderError
from bot.knowledge.retriever import ShopRetriever
from bot.language.readable import readable
from bot.types import Author, Chat, Claim, Message, Nobody, Scope, Status, Turn, now

_CHAT = Chat("terminal", "bench")
_SHOWN = 8  # candidates
_HEARD = ("wants_person", "declines_person", "angry", "negative")


class TestBench:
    """One for the whole process."""

    __test__ = False  # for pytest, which collects what is called so

    def __init__(self, db: Database, flow: Flow, retriever: ShopRetriever) -> None:
        self._db = db
        self._flow = flow
        self._retriever = retriever

    async def customers(self) -> Sequence[tuple[str, str]]:
        return await self._db.query(demo.customers)

    async def ask(self, question: Question) -> Trial:
        """`SlowError` when it takes too long to understand."""
        scope: Scope = Nobody()
        if question.customer:
            scope = await self._db.query(lambda session: demo.scope(session, question.customer))
        claim = Claim(
            *(0, _CHAT, "", Status.BOT, question.language or "en", (), (), ()),
            language_fixed=bool(question.language),
        )
        for text in (*question.before, question.text):
            claim = replace(claim, messages=(Message(0, len(claim.history) + 1, text, None, 0),))
            outcome = await self._flow.draft(claim, scope)
            focus = _focus(claim, outcome)
            before, claim = claim, _after(claim, outcome, focus)
        asked = readable(question.text).strip()
        policy, found = await think(self._searched, outcome.question or asked, before)
        return _trial(outcome, focus, found, policy, self._reading(asked))

    def _searched(self, asked: str, claim: Claim) -> tuple[Policy, Found]:
        """What the knowledge has on it, whoever has answered."""
        try:
            policy = self._flow.policy(asked)
            work = partial(search, asked, claim.history, self._retriever, policy.reply_at)
            return policy, work(language=claim.language if claim.language_fixed else None)
        except (BuildError, EncoderError):
            return Policy(1.0, 1.0), Found(asked)

    def _reading(self, asked: str) -> str:
        try:
            return self._retriever.reading(asked)
        except (BuildError, EncoderError):
            return ""


def _focus(claim: Claim, outcome: Outcome) -> Focus:
    told = outcome.focus or Focus.of_sources(outcome.say.sources)
    return Focus.of(claim.focus).after(told)


def _after(claim: Claim, outcome: Outcome, focus: Focus) -> Claim:
    """The conversation as it goes on from there."""
    message, say = claim.messages[-1], outcome.say
    language, moods = say.language, outcome.heard.moods.values() if outcome.heard else ()
    turns = (
        Turn(message.turn_id, Author.SHOPPER, message.text, language, now()),
        Turn(message.turn_id + 1, Author.BOT, say.text, language, now(), say.buttons, say.sources),
    )
    return replace(
        claim,
        language=language,
        history=(*claim.history, *turns),
        moods=(*claim.moods, *moods),
        dialogue=say.dialogue,
        focus=focus.kept(),
    )


def _trial(outcome: Outcome, focus: Focus, found: Found, policy: Policy, reading: str) -> Trial:
    heard, wording = outcome.heard, outcome.wording
    model = wording.model if wording and wording.model != "none" else ""
    marks = [each for each in _HEARD if heard and getattr(heard, each)]
    kept = {
        "skus": ", ".join(focus.skus),
        "measures": ", ".join(focus.measures),
        "options": ", ".join(focus.options),
        "among": ", ".join(focus.among),
        "age": str(focus.age) if focus.skus and focus.age else "",
    }
    return Trial(
        action=outcome.action,
        reason=outcome.reason,
        why=_why(outcome),
        confidence=outcome.confidence,
        text=outcome.say.text,
        language=outcome.say.language,
        buttons=[button.label for button in outcome.say.buttons],
        sources=outcome.say.sources,
        reading=reading,
        heard=marks,
        acts=outcome.acts,
        focus={name: value for name, value in kept.items() if value},
        searched=found.question,
        candidates=found.candidates[:_SHOWN],
        likely=found.confidence,
        reply_at=policy.reply_at,
        assume_at=policy.assume_at,
        ask_at=policy.clarify_at,
        model=model,
        own=outcome.subject.text if model and outcome.subject else "",
    )


def _why(outcome: Outcome) -> str:
    """The rule by which it was decided."""
    if isinstance(outcome.decision, Reply):
        if outcome.decision.assumed:
            return "assumed"
        return "sure" if outcome.subject else "skill"
    return outcome.action
