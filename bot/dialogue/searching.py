"""Searches the knowledge for a question, together with what it leans on.

A follow-up is searched as it stands, mixed with the question before it, and as that question worded
anew ("and to Norway?" → "do you ship to Norway"), and in view of what was told last (`topic`);
the surest counts.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bot import metrics
from bot.catalogue.found import words_of
from bot.dialogue import followup, topic
from bot.dialogue.contradictions import contradicted, of_another_thing, says_nothing_of
from bot.knowledge.retriever import ShopRetriever
from bot.language.detect import detect_language
from bot.language.wording import fold, has_han
from bot.types import Candidate, Language, Turn
from bot.writing.grounding.words import content

_SURER = 0.25  # confidence by which a question worded anew must be ahead
# The same for what was told, where entries have many phrasings: "and if she drops it?" says more
# and names less than "and to Norway?", which has been worded anew.
_TAUGHT, _WORDED_ANEW = 0.1, 0.3
# The same for a text in another language, by itself and where the question may go on from another.
_FOREIGN, _FOREIGN_LATER = 0.15, 0.3
_NEAR = 3  # candidates of a question, of which those of its parts are
_ALIKE = 0.55  # cosine from which a model's wording says what the shopper's words say

Context = tuple[str, frozenset[str]]
"""The shopper's last question, and the ids of the entries that it was answered with."""


@dataclass(frozen=True)
class Found:
    """What the knowledge has on a question: candidates, best first, and how likely (0..1) the first
    answers it. `question` is what was searched; `reworded` says that a model had worded it."""

    question: str
    candidates: tuple[Candidate, ...] = ()
    confidence: float = 0.0
    reworded: bool = False

    @property
    def first(self) -> Candidate | None:
        """The best candidate."""
        return next(iter(self.candidates), None)

    def better_than(self, parts: Mapping[str, float], reply_at: float) -> bool:
        """Whether one entry answers all of a question, surer than the entries `parts` (by id, how
        likely) do its parts: "I bought a lamp. Can I return it?". Not so where those are sure, and
        all near the whole."""
        first = self.first
        if first is None or first.entry_id not in parts or first.contradicts:
            return False
        sure, least = self.confidence, min(parts.values())
        if least < reply_at:
            return sure >= reply_at or sure > sum(parts.values()) / len(parts)
        near = {each.entry_id for each in self.candidates[:_NEAR]}
        return sure > least and not set(parts) <= near


def search(
    question: str,
    around: Sequence[Turn],
    retriever: ShopRetriever,
    reply_at: float,
    *,
    replies: bool = False,
    before: str = "",
    standalone: str | None = None,
    language: Language | None = None,
) -> Found:
    """The surest reading of `question` after the turns `around`, or after the part `before` it.

    What `replies` to an earlier message follows it, however it is worded. `standalone` is a model's
    wording of the question, which counts where it is like the shopper's own and finds a sure
    answer. Entries are shown in `language`, where that was chosen. `BuildError` when there is no
    index.
    """
    started = time.perf_counter()

    @cache
    def context() -> Context:
        return followup.context(around, retriever.likeness, retriever.judge)

    found = _in_context(question, context, before, retriever, reply_at, replies)
    if standalone and _alike(standalone, question, context, before, retriever):
        worded = replace(_alone(standalone, retriever), reworded=True)
        sure = worded.confidence >= max(found.confidence, reply_at)
        if worded.first and worded.first.kind != "product" and sure:
            found = worded  # a product is what the catalogue is asked for
    if not found.reworded:
        found = _elsewhere(found, question, () if before else around, retriever, reply_at)
    sure = found.confidence >= reply_at and not (before or found.reworded)
    if sure and found.first and not followup.leans(question):
        elsewhere = of_another_thing(question, found.first, retriever.current())
        least = math.nextafter(reply_at, 0.0) if elsewhere else found.confidence
        found = replace(found, confidence=least)
    found = _without_others(found, question, retriever)
    goes_on = before or found.reworded or (followup.leans(question) and context()[0])
    if found.confidence < reply_at and not goes_on:
        found = _to_the_point(found, retriever)
    metrics.retrieved(time.perf_counter() - started)
    if language is None:
        return found
    return replace(
        found,
        candidates=tuple(_said_in(language, each, retriever) for each in found.candidates),
    )


def _without_others(found: Found, question: str, retriever: ShopRetriever) -> Found:
    """What was found, without the products that the question has no word of ("how much is it"
    names none), and without any where it is on dealing with the shop ("discount on 3 mugs")."""
    asked = frozenset(content(fold(question)))
    deals = words_of("dealings").intersection(fold(question).split()) or any(
        each in question for each in words_of("dealings") if has_han(each)
    )

    def named(each: Candidate) -> bool:
        said = fold(f"{each.title} {each.text}")
        if has_han(question):
            return any(word in said for word in asked)
        return not asked.isdisjoint(content(said))

    spoken = detect_language(question)
    kept = tuple(
        each
        for each in found.candidates
        if each.kind != "product" or (not deals and (each.language != spoken or named(each)))
    )
    if kept[:1] == found.candidates[:1]:
        return replace(found, candidates=kept)
    # An entry is not the surer for what is left out before it.
    beside = kept if deals and len(kept) > 1 else found.candidates
    others = (each for each in beside if each not in kept[:1])
    sure = retriever.confidence(found.question, (*kept[:1], *others)) if kept else 0.0
    return replace(found, candidates=kept, confidence=sure)


def _to_the_point(found: Found, retriever: ShopRetriever) -> Found:
    """What is not sure, without what has no word of the question: that is no likely meaning. Where
    entries have few phrasings, most of what is asked is in none of their words."""
    if retriever.reading(found.question).endswith("untaught"):
        return found
    index = retriever.current()
    kept = tuple(
        each for each in found.candidates if not says_nothing_of(found.question, each, index)
    )
    sure = found.confidence if kept[:1] == found.candidates[:1] else 0.0
    return replace(found, candidates=kept, confidence=sure)


def _elsewhere(
    found: Found, question: str, around: Sequence[Turn], retriever: ShopRetriever, reply_at: float
) -> Found:
    """What was found, or in what was told before, or in a text that is only in English, whichever
    is surer."""
    topical, behind, unsure = Found(question), 0.0, found.confidence < reply_at
    if unsure or followup.leans(question):
        behind = _behind(question, retriever)
        if unsure or behind < _WORDED_ANEW:
            topical = Found(question, *topic.search(question, around, found.candidates, retriever))
    goes_on = topical.confidence - behind > found.confidence
    sure = topical.confidence if goes_on else found.confidence
    if sure < reply_at or topical.candidates:
        foreign = Found(question, *retriever.only_in_english(question))
        later = _FOREIGN_LATER if topical.candidates else _FOREIGN
        if foreign.confidence - later > sure:
            return foreign
    # No surer than it need be: the catalogue may have the better answer.
    return replace(topical, confidence=min(sure, reply_at)) if goes_on else found


def _behind(question: str, retriever: ShopRetriever) -> float:
    """By how much confidence what was told before is to be ahead of what a question finds."""
    if retriever.reading(question).endswith("untaught"):
        return 0.0
    elliptic = followup.reworded(question, "", retriever.likeness)
    return _WORDED_ANEW if elliptic else _TAUGHT


def _alike(
    worded: str,
    question: str,
    context: Callable[[], Context],
    part: str,
    retriever: ShopRetriever,
) -> bool:
    """Whether a model's wording says what the question does, alone or with what it leans on."""
    said = [question]
    if part or followup.leans(question):
        before = part or context()[0]
        said.append(f"{before} {question}")
    return any(retriever.likeness(worded, each) >= _ALIKE for each in said)


def _alone(question: str, retriever: ShopRetriever) -> Found:
    candidates = _candidates(question, retriever)
    return Found(question, candidates, retriever.confidence(question, candidates))


def _candidates(
    question: str, retriever: ShopRetriever, context: str = ""
) -> tuple[Candidate, ...]:
    found = retriever.candidates(question, context)
    return contradicted(question, found, retriever.current())


def _in_context(
    question: str,
    context: Callable[[], Context],
    part: str,
    retriever: ShopRetriever,
    reply_at: float,
    replies: bool,
) -> Found:
    """Of the question as it stands, or of it with what it follows where that makes it surer or
    leads elsewhere."""
    alone = _alone(question, retriever)
    leans = followup.leans(question) or bool(part)
    if not (leans or replies):
        return alone
    likeness = retriever.likeness
    before, shown = (part, frozenset[str]()) if part else context()
    if not before:
        return alone

    def without(found: Found) -> Found:
        # What goes on from a text is about no product: the catalogue has been asked before.
        unseen = tuple(
            each
            for each in found.candidates
            if each.entry_id not in shown and (each.kind != "product" or not shown)
        )
        # The last one left is not the surer for that: what was told is still what it is nearer to.
        beside = found.candidates if len(unseen) == 1 else unseen
        others = (each for each in beside if each not in unseen[:1])
        sure = retriever.confidence(found.question, (*unseen[:1], *others))
        return replace(found, candidates=unseen, confidence=sure)

    mixed = Found(question, _candidates(question, retriever, before))
    readings = [without(mixed)]
    if leans:
        worded = [
            without(_alone(each, retriever))
            for each in followup.reworded(question, before, likeness)
        ]
        # Words that are sure of themselves are not taken for others that are hardly surer.
        least = alone.confidence + (_SURER if alone.confidence >= reply_at else 0.0)
        readings += [each for each in worded if each.confidence >= least]
    best = max(readings, key=lambda found: found.confidence)
    if best.candidates and best.confidence >= alone.confidence:
        return best
    if part or not leans or not best.candidates:
        return alone
    led = best.candidates[0].entry_id
    if alone.candidates and alone.candidates[0].entry_id not in {led, *shown}:
        # Its own words lead away from the question before (「那打折的呢？」 by itself is about
        # discount codes): however sure they are, they may only make the bot ask.
        sure = best.confidence
        if sure < reply_at:
            sure = min(alone.confidence, math.nextafter(reply_at, 0.0))
        return Found(question, _both(best.candidates, alone.candidates[0]), sure)
    return alone


def _both(together: tuple[Candidate, ...], alone: Candidate) -> tuple[Candidate, ...]:
    """The best in context, then the best without, then the others."""
    others = (each for each in together[1:] if each.entry_id != alone.entry_id)
    return (together[0], alone, *others)


def _said_in(language: Language, found: Candidate, retriever: ShopRetriever) -> Candidate:
    """The entry in the language that the shopper chose, where the knowledge has it: what was found
    speaks the question's. A document's passages are not each other's translation."""
    if found.language == language or found.kind != "faq":
        return found
    other = retriever.entry(found.entry_id, language)
    if other is None or other.language != language:
        return found
    return replace(
        found,
        language=language,
        title=other.title,
        text=other.text,
        source=other.source,
        url=other.url,
    )
