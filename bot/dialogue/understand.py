"""From a burst of messages to evidence: wish for a person, mood, and what the knowledge has on it.

Reads words (`person`, `mood`, `smalltalk`, `followup`) and asks the retriever. It decides nothing
and writes nothing. Runs on a worker thread: it computes for a few milliseconds.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import metrics
from bot.dialogue import followup, mood, person
from bot.dialogue.decide import Evidence
from bot.dialogue.followup import Past
from bot.dialogue.mood import Mood
from bot.knowledge.retriever import ShopRetriever
from bot.language import smalltalk
from bot.language.detect import detect_language
from bot.types import Candidate, Claim, Language, Reason, Turn

PERSON = "person"  # the value of the button that calls for one
_ENTRY = "entry:"
_NO_PAST = Past()


@dataclass(frozen=True)
class Understanding:
    """The evidence for the decision and what wording the answer needs.

    `moods` are the burst's by turn id; `more` the answers to further questions of the burst, all
    as sure as a reply has to be. `build` is the index that it was found in; `standalone` when
    `question` is a model's rewording of the burst. `past` is what the burst follows on, `pressed`
    the value of the button in there that it presses, by a click or in words; "" for none.
    """

    evidence: Evidence
    question: str
    language: Language
    moods: dict[int, float]
    more: tuple[Candidate, ...] = ()
    build: str = ""
    standalone: bool = False
    past: Past = _NO_PAST
    pressed: str = ""


def understand(
    claim: Claim,
    retriever: ShopRetriever,
    waiting_for: Reason | None,
    reply_at: float,
    standalone: str | None = None,
) -> Understanding:
    """Everything known about the burst; `BuildError` when there is no index to ask.

    `standalone` is the burst's question in words that need no conversation around it, if a model
    found such: it is searched, too, and the surer of the two counts.
    """
    texts = [message.text for message in claim.messages if message.text.strip()]
    last = claim.messages[-1]
    language = _language(claim, texts)
    moods = {
        message.turn_id: feel(message.text, language, retriever)
        for message in claim.messages
        if not message.choice
    }
    scores = [*claim.moods, *(each.score for each in moods.values())]
    past = Past.of(claim)
    around = past.turns
    value = followup.pressed(last.text, last.choice, around)
    chosen = (
        retriever.entry(value.removeprefix(_ENTRY), language)
        if value and value.startswith(_ENTRY)
        else None
    )
    asked = followup.questions(texts, retriever.judge)
    question = " ".join(asked)
    talk = smalltalk.kind(" ".join(texts), retriever.judge) if texts and not value else None
    candidates: tuple[Candidate, ...] = ()
    more: tuple[Candidate, ...] = ()
    confidence = 1.0 if chosen or talk else 0.0
    if texts and chosen is None and talk is None and value != PERSON:
        started = time.perf_counter()
        candidates, confidence, more = _search(
            asked, around, bool(claim.quote), retriever, reply_at
        )
        if standalone:
            found = retriever.candidates(standalone)
            sure = retriever.confidence(standalone, found)
            if found and sure >= confidence:
                candidates, confidence, more, question = found, sure, (), standalone
        metrics.retrieved(time.perf_counter() - started)
    if claim.language_fixed:
        candidates = tuple(_said_in(language, each, retriever) for each in candidates)
        more = tuple(_said_in(language, each, retriever) for each in more)
    evidence = Evidence(
        status=claim.status,
        waiting_for=waiting_for,
        wants_person=value == PERSON
        or any(person.wants_person(text, retriever.judge) for text in texts),
        declines_person=any(person.declines_person(text, retriever.judge) for text in texts),
        small_talk=talk,
        chosen=chosen,
        candidates=candidates,
        confidence=confidence,
        negative=any(each.negative for each in moods.values()),
        angry=any(each.angry for each in moods.values()),
        trend=mood.trend(scores),
        moods_read=len(scores),
        clarified=followup.clarifications(claim.history),
    )
    read = {turn_id: each.score for turn_id, each in moods.items()}
    build = retriever.build if candidates or chosen else ""  # small talk needs no index
    reworded = question == standalone
    return Understanding(
        evidence, question, language, read, more, build, reworded, past, value or ""
    )


def feel(text: str, language: Language, retriever: ShopRetriever) -> Mood:
    """The mood of one message, by its words and by what the encoder makes of it."""
    felt = retriever.judge(mood.HEAD, text)
    return mood.read(text, language, felt, bridged=retriever.bridged)


def _search(
    asked: list[str],
    around: Sequence[Turn],
    replies: bool,
    retriever: ShopRetriever,
    reply_at: float,
) -> tuple[tuple[Candidate, ...], float, tuple[Candidate, ...]]:
    """Candidates, confidence and further answers: of each question if all are sure, else of all
    of them as one; a follow-up together with what it follows, where that makes it surer or leads
    elsewhere. What `replies` to an earlier message follows it, however it is worded."""
    if len(asked) > 1:
        found = [retriever.candidates(question) for question in asked]
        sure = [
            retriever.confidence(question, of) for question, of in zip(asked, found, strict=True)
        ]
        distinct = {of[0].entry_id: of[0] for of in found if of}
        if min(sure) >= reply_at and len(distinct) == len(asked):
            return found[0], min(sure), tuple(of[0] for of in found[1:])
    question = " ".join(asked)
    alone = retriever.candidates(question)
    confidence = retriever.confidence(question, alone)
    before, shown = followup.context(around, retriever.judge)
    leans = followup.leans(question)
    if before and (leans or replies):
        together = tuple(
            candidate
            for candidate in retriever.candidates(question, context=before)
            if candidate.entry_id not in shown
        )
        in_context = retriever.confidence(question, together)
        if together and in_context >= confidence:
            return together, in_context, ()
        if leans and together and alone[0].entry_id not in {together[0].entry_id, *shown}:
            # Its own words lead away from the question before (「那打折的呢？」 by itself is about
            # discount codes): however sure they are, they may only make the bot ask.
            if in_context < reply_at:
                in_context = min(confidence, math.nextafter(reply_at, 0.0))
            return _both(together, alone[0]), in_context, ()
    return alone, confidence, ()


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


def _both(together: tuple[Candidate, ...], alone: Candidate) -> tuple[Candidate, ...]:
    """The best in context, then the best without, then the others."""
    others = (each for each in together[1:] if each.entry_id != alone.entry_id)
    return (together[0], alone, *others)


def _language(claim: Claim, texts: list[str]) -> Language:
    """The chosen language, else the conversation's, which a word or two of English ("ok", "VIP?")
    do not change."""
    if claim.language_fixed:
        return claim.language
    spoken = detect_language(" ".join(texts), claim.language)
    if spoken == "en" and claim.history and sum(len(text.split()) for text in texts) <= 2:
        return claim.history[-1].language
    return spoken
