"""What a follow-up asks of the texts that were just told: "and if she drops it?" after renting.

A short or leaning question is compared with the whole knowledge, by itself and under the heading of
what was told last, and with the sentences of that entry and of its neighbours in the document. What
was talked about wins unless something else is clearly nearer. Nothing is said or decided here.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue import followup
from bot.knowledge.retriever import ShopRetriever
from bot.language.detect import detect_language
from bot.language.sentences import sentences
from bot.language.wording import fold, has_han, words_only
from bot.types import Candidate, Turn
from bot.writing.grounding.words import content

_SHORT = 6  # words, or Chinese characters over two, of what may be about what was told
_MOST_SENTENCES = 12  # of an entry that are compared
_NEIGHBOURS = 4  # sections of which the sentences are compared
# Fitted on follow-ups at three shops, half of which change the topic. What the cosines count beside
# that of the question to an entry's passages: under the heading told last, to a sentence that was
# told, to one of a neighbour.
_HEADED, _TOLD, _NEAR = 0.45, 0.55, 0.3
# How sure the best is: by its score, by how far it is ahead, and where the words lean. The bias is
# lower than fitted, since most questions that no text answers are in no set of questions.
_BIAS, _SCORE, _AHEAD, _LEANING = -2.6, 2.45, 4.1, 1.07
_TO_ANOTHER = re.compile(r"(?:yes|no|sorry|of course)\b|是的|可以|不|没有|当然|抱歉", re.IGNORECASE)
_SAYS = 0.3  # likeness from which one sentence is the answer, and is told without the others …
_APART = 0.12  # … if it is so much liker than the next: else all of the text is told
_NAMED = 0.2  # how much liker a sentence is that says every word of the question


def search(
    question: str,
    turns: Sequence[Turn],
    found: Sequence[Candidate],
    retriever: ShopRetriever,
) -> tuple[tuple[Candidate, ...], float]:
    """The candidates in view of what was told in `turns`, and how likely (0..1) the first is meant:
    0.0 where another text is nearer, and none where the question is long or nothing was told.
    `found` are those without that."""
    leans = followup.leans(question)
    ids = followup.told(turns) if leans or _short(question) else ()
    language = detect_language(question)
    told = [entry for each in ids if (entry := retriever.entry(each, language))]
    if not told:
        return (), 0.0
    sections = [retriever.section(entry.entry_id, entry.language) for entry in told]
    headed = f"{sections[0][0]} {question}"
    others = [*(each for _, around in sections for each in around), *retriever.candidates(headed)]
    # What goes on from a text is about no product: the catalogue has been asked before.
    texts = (each for each in [*others, *found, *told] if each.kind != "product")
    known = {each.entry_id: each for each in texts}
    alone = retriever.nearness(question, tuple(known))
    under = retriever.nearness(headed, tuple(known))
    scores = {each: alone[each] + _HEADED * under[each] for each in known}
    near = sorted(
        {each.entry_id for _, around in sections for each in around} - set(ids),
        key=lambda each: -scores[each],
    )
    for each in near[:_NEIGHBOURS]:
        scores[each] += _NEAR * _likest(question, known[each].text, retriever)[0]
    for each in (entry.entry_id for entry in told):
        alike, said = _likest(question, known[each].text, retriever)
        scores[each] += _TOLD * alike
        if said and not _TO_ANOTHER.match(said):
            known[each] = replace(known[each], text=said)
    best = sorted(known, key=lambda each: -scores[each])
    if best[0] not in {*ids, *near}:
        return tuple(known[each] for each in best), 0.0
    ahead = scores[best[0]] - scores[best[1]] if len(best) > 1 else scores[best[0]]
    exponent = _BIAS + _SCORE * scores[best[0]] + _AHEAD * ahead + _LEANING * leans
    return tuple(known[each] for each in best), 1 / (1 + math.exp(-exponent))


def _short(question: str) -> bool:
    words = words_only(fold(question))
    return len(words) <= 2 * _SHORT if has_han(words) else len(words.split()) <= _SHORT


def _likest(question: str, text: str, retriever: ShopRetriever) -> tuple[float, str]:
    """How much the sentence of a text that is most like a question is like it, and that sentence,
    "" where it does not answer alone."""
    said = tuple(each.strip() for each in sentences(text)[:_MOST_SENTENCES])
    if not said:
        return 0.0, ""
    asked = frozenset(content(question))
    alike = [
        cosine + _NAMED * bool(asked and asked <= frozenset(content(sentence)))
        for cosine, sentence in zip(retriever.alike(question, said), said, strict=True)
    ]
    first, second = sorted((*alike, -1.0), reverse=True)[:2]
    alone = first >= _SAYS and first - second >= _APART
    return first, said[alike.index(first)] if alone else ""
