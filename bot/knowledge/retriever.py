"""Finds the entries that may answer a question: dense and lexical search together.

`Ranker` is the search itself: FAISS and BM25 over the same passages, joined by entry, so that a
translation or another phrasing of an entry speaks for it, too. `ShopRetriever` asks it of whatever
index is current; `langchain_retriever` has it for langchain. Nothing is decided here.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from bot.errors import BuildError, EncoderError
from bot.knowledge.confidence import Reading, Weights
from bot.knowledge.entry import Entry, Voice
from bot.knowledge.index import Index, StoredPassage
from bot.knowledge.space import Space
from bot.knowledge.spelling import corrected
from bot.language.detect import detect_language
from bot.language.lexical import tokens
from bot.language.regression import Floats
from bot.language.smalltalk import strip_pleasantries
from bot.language.wording import has_han
from bot.types import Candidate, Language

POOL = 80  # passages that each of the two searches contributes
SHOWN = 8  # entries that are worth telling apart
CONTEXT = 0.4  # how much the question before counts in a follow-up
_TOPICS = 4  # entries that a newcomer is offered
_WEIGHED = 2  # candidates whose words are compared one by one
# What a product loses: its phrasings are near whatever names it, and what is asked of products the
# catalogue has answered before.
_PRODUCTS_LATER = 0.1
_COMPARED = 2_000  # entries of a list that are compared one by one
_BESIDE = 20  # sections before and behind one that are near to it
_MEAN_OF = 3  # phrasings behind `dense_mean`; where an entry has few, its best passage


@dataclass(frozen=True)
class Question:
    """A question as it is searched: who reads it, its unit vector (d,) for search and its place
    (d,) in its space, and its BM25 tokens."""

    text: str
    language: Language
    space: Space
    reading: Reading
    vector: Floats
    place: Floats
    tokens: list[str]

    @classmethod
    def of(cls, text: str, language: Language, index: Index, context: str = "") -> "Question":
        """Courtesies are dropped and slips of the finger mended before anything is searched.

        With `context`, the question before, a follow-up is searched as both of them together; its
        own words weigh more.
        """
        mended = strip_pleasantries(text)
        space = index.space(mended)
        if language != "en" or space is index.spaces[-1]:
            mended = corrected(mended, index.words)  # else German would be mended into English
        vector, words = space.searched(mended), tokens(mended)
        if context:
            before = strip_pleasantries(context)
            mixed = (1 - CONTEXT) * vector + CONTEXT * space.searched(before)
            vector = cast(Floats, mixed / max(float(np.linalg.norm(mixed)), 1e-9))
            words = words + tokens(before)
        place = space.place(vector, language)
        return cls(mended, language, space, space.reading(mended), vector, place, words)


class _Match(NamedTuple):
    """An entry that was found: its evidence, as in `Candidate`, and its best passage's place."""

    score: float
    position: int
    dense: float
    dense_mean: float
    lexical: float
    learned: float | None


class Ranker:
    """The search over one index."""

    def __init__(self, index: Index, weights: Mapping[Reading, Weights]) -> None:
        self.index = index
        self.weights = weights

    def find(
        self,
        question: Question,
        hidden: npt.NDArray[np.bool_] | None = None,
        learned: Mapping[str, float] | None = None,
    ) -> list[Candidate]:
        """Up to `SHOWN` candidates, best first. `hidden` (passages,) are treated as not there, and
        `learned` is then what a classifier says that was fitted without them."""
        if learned is None:
            learned = question.space.classified(question.vector)
        lexical = self.index.lexical_scores(question.tokens)
        lexical = lexical / max(self.index.lexical_self_score(question.tokens), 1e-9)
        pool = self._pool(question, lexical, hidden)
        if not pool:
            return []
        dense = question.space.cosines(question.place, pool)
        weights = self.weights[question.reading]
        found = self._entries(weights, pool, dense, lexical[pool], learned)
        best = [self._candidate(question, match) for match in found]
        return [
            self._told_apart(candidate, question, match.position)
            for candidate, match in zip(best[:_WEIGHED], found, strict=False)
        ] + best[_WEIGHED:]

    def _pool(
        self, question: Question, lexical: Floats, hidden: npt.NDArray[np.bool_] | None
    ) -> list[int]:
        """Positions of the passages that either search puts first."""
        size = min(POOL, len(lexical))
        extra = 0 if hidden is None else int(hidden.sum())
        _, near = question.space.search(question.place, min(len(lexical), size + extra))
        shares = lexical if hidden is None else np.where(hidden, 0.0, lexical)
        alike = np.flatnonzero(shares > 0)
        if len(alike) > size:
            alike = alike[np.argpartition(shares[alike], -size)[-size:]]
        positions = [at for at in near.tolist() if at >= 0 and (hidden is None or not hidden[at])]
        return list(dict.fromkeys(positions[:size] + alike.tolist()))

    def _entries(
        self,
        weights: Weights,
        pool: list[int],
        dense: Floats,
        lexical: Floats,
        learned: Mapping[str, float],
    ) -> list[_Match]:
        """Passages joined by entry, the best entries first, as many as are shown."""
        index = self.index
        owners, asked = index.owners[pool], index.phrasings[pool]
        # Rows by entry, an entry's phrasings first and the nearest of them before the others.
        order = np.lexsort((np.where(asked, -dense, np.inf), owners))
        entries, first, sizes = np.unique(owners[order], return_index=True, return_counts=True)
        best_dense = np.maximum.reduceat(dense[order], first)
        best_lexical = np.minimum(1.0, np.maximum.reduceat(lexical[order], first))
        best = np.lexsort((-(dense + lexical), owners))[first]
        group = np.repeat(np.arange(len(entries)), sizes)
        near = asked[order] & (np.arange(len(pool)) - first[group] < _MEAN_OF)
        number = np.bincount(group[near], minlength=len(entries))
        total = np.bincount(group[near], dense[order][near], minlength=len(entries))
        few = (number == 0) | index.thin[entries]
        mean = np.where(few, best_dense, total / np.maximum(number, 1))
        sure = np.array([learned.get(index.ids[each], 0.0) for each in entries.tolist()])
        scores = weights.score(best_dense, mean, best_lexical, sure)
        scores -= _PRODUCTS_LATER * index.products[entries]
        return [
            _Match(
                float(scores[at]),
                pool[best[at]],
                float(best_dense[at]),
                float(mean[at]),
                float(best_lexical[at]),
                float(sure[at]) if learned else None,
            )
            for at in np.argsort(-scores, kind="stable")[:SHOWN].tolist()
        ]

    def _candidate(self, question: Question, match: _Match) -> Candidate:
        """What is told of an entry; made only for the few that are shown."""
        searched = self.index.passages[match.position]
        passage = self.index.passages[self._shown(question, searched.entry_id, match.position)]
        return _candidate(
            self.index.entry(searched.entry_id, passage.lang),
            passage,
            dense=match.dense,
            dense_mean=match.dense_mean,
            lexical=match.lexical,
            overlap=0.0,
            coverage=0.0,
            score=match.score,
            learned=match.learned,
        )

    def _shown(self, question: Question, entry_id: str, found: int) -> int:
        """The passage to show: the one found, or its counterpart in the shopper's language."""
        if self.index.passages[found].lang == question.language:
            return found
        translated = self.index.positions_of(entry_id, question.language)
        if not translated:
            return found
        return translated[int(np.argmax(question.space.cosines(question.place, translated)))]

    def _told_apart(self, candidate: Candidate, question: Question, position: int) -> Candidate:
        """With the finer evidence that only the first candidates are worth computing for."""
        asked, said = Counter(question.tokens), _counted(self.index.passages[position].search)
        weight = self.index.idf
        common = sum(min(n, said[word]) * weight(word) for word, n in asked.items() if word in said)
        in_question = sum(n * weight(word) for word, n in asked.items())
        in_passage = sum(n * weight(word) for word, n in said.items())
        if not common:
            return candidate
        return replace(
            candidate,
            overlap=2 * common / (in_question + in_passage),
            coverage=common / max(in_question, in_passage),
        )


@dataclass(frozen=True)
class ShopRetriever:
    """Searches whatever index is current: it is asked for anew each time, so a new build is used
    from the next question."""

    current: Callable[[], Index]
    weights: Mapping[Reading, Weights]

    @property
    def build(self) -> str:
        """The name of the build that is asked."""
        return self.current().manifest.build

    def prepare(self, question: str) -> None:
        """Embed a question that will be asked in a moment, while its message is being stored."""
        with suppress(BuildError, EncoderError):  # who asks will hear of it
            Question.of(question, detect_language(question), self.current())

    def vector(self, question: str) -> Floats:
        """A question's unit vector (d,), as orders are searched with it."""
        index = self.current()
        mended = corrected(strip_pleasantries(question), index.words)
        return index.spaces[-1].vector(mended)

    def likeness(self, one: str, other: str) -> float:
        """The cosine of two texts, as the encoder that reads both places them."""
        space = self.current().space(f"{one} {other}")
        return float(space.vector(one) @ space.vector(other))

    def alike(self, question: str, texts: tuple[str, ...]) -> list[float]:
        """The cosine of a question to each of some texts of the shop's, which are compared again
        and again: they are encoded together, and kept."""
        if not texts:
            return []
        space = self.current().space(f"{question} {texts[0]}")
        return cast(list[float], (space.vectors(texts) @ space.vector(question)).tolist())

    def nearest(self, text: str, ids: Sequence[str]) -> list[str]:
        """Some of the entries `ids`, those first whose texts are nearest to `text`."""
        index, language = self.current(), detect_language(text)
        positions = [
            at for each in ids[:_COMPARED] for at in index.positions_of(each, language)[-1:]
        ]
        if not positions:
            return []
        space = index.space(text)
        cosines = space.cosines(space.place(space.searched(text), language), positions)
        order = np.argsort(-cosines, kind="stable").tolist()
        return [index.passages[positions[at]].entry_id for at in order]

    def nearness(self, question: str, entry_ids: Sequence[str]) -> dict[str, float]:
        """The best cosine of a question to each entry's passages, by its id."""
        index = self.current()
        asked = Question.of(question, detect_language(question), index)
        places = [
            (each, at)
            for each in entry_ids
            for of in index.languages_of(each)
            for at in index.positions_of(each, of)
        ]
        if not places:
            return dict.fromkeys(entry_ids, 0.0)
        cosines = asked.space.cosines(asked.place, [at for _, at in places]).tolist()
        near: dict[str, float] = {}
        for (each, _), cosine in zip(places, cosines, strict=True):
            near[each] = max(cosine, near.get(each, -1.0))
        return {each: near.get(each, 0.0) for each in entry_ids}

    def section(self, entry_id: str, language: Language) -> tuple[str, tuple[Candidate, ...]]:
        """What an entry stands under, its own title last, and the sections of its document that
        are not far from it (none of an FAQ's)."""
        index = self.current()
        entry = index.entry(entry_id, language)
        if entry.kind != "document":
            return entry.title, ()
        sections = index.documents[entry.source]
        at = sections.index(entry.id)
        beside = (*sections[max(0, at - _BESIDE) : at], *sections[at + 1 : at + 1 + _BESIDE])
        found = (self.entry(each, entry.lang) for each in beside)
        return " ".join(entry.heading[-2:]), tuple(each for each in found if each)

    def reading(self, question: str) -> Reading:
        """Who reads a question; without an index, as if it were English."""
        with suppress(BuildError):
            return self.current().space(question).reading(question)
        return "english"

    def judge(self, head: str, text: str) -> Mapping[str, float]:
        """How likely (0..1) each class of a head is for a text, courtesies and all; empty without
        an index, or where no such head was fitted for its encoder."""
        try:
            index = self.current()
        except BuildError:
            return {}
        return index.space(text).judge(head, text)

    def voice(self, language: Language) -> Voice:
        """How the shop speaks in a language, as far as its knowledge says."""
        with suppress(BuildError, EncoderError):
            return self.current().manifest.voices.get(language, Voice())
        return Voice()

    def candidates(self, question: str, context: str = "") -> tuple[Candidate, ...]:
        """The candidates for a question, best first."""
        index = self.current()
        asked = Question.of(question, detect_language(question), index, context)
        return tuple(Ranker(index, self.weights).find(asked))

    def only_in_english(self, question: str) -> tuple[tuple[Candidate, ...], float]:
        """What has no Chinese text, for a Chinese question as the English encoder reads it through
        the dictionary, and how likely (0..1) the first answers it; ((), 0.0) for others."""
        index = self.current()
        space = index.spaces[-1]
        if space is index.spaces[0] or not has_han(question):
            return (), 0.0
        asked = replace(Question.of(question, "zh", index), space=space, reading="bridged")
        vector = space.searched(asked.text)
        asked = replace(asked, vector=vector, place=space.place(vector, "en"))
        found = Ranker(index, self.weights).find(asked, index.in_chinese, {})
        return tuple(found), self.weights["bridged"].probability(found)

    def confidence(self, question: str, candidates: Sequence[Candidate]) -> float:
        """The probability (0..1) that the first candidate answers the question."""
        return self.weights[self.reading(question)].probability(candidates)

    def rule(self, question: str, at_least: float) -> Candidate | None:
        """The entry that answers a question of ours, as on a policy, when it is so sure."""
        found = self.candidates(question)
        sure = self.confidence(question, found) if found else 0.0
        return found[0] if sure >= at_least else None

    def topics(self, language: Language) -> list[Candidate]:
        """Entries to offer a newcomer: of each knowledge file the one that is asked in most ways,
        those of the most talked-about files first."""
        index = self.current()
        most: dict[str, Entry] = {}
        for entry in index.entries.values():
            if entry.lang != language or entry.kind != "faq":
                continue
            best = most.get(entry.source)
            if best is None or len(entry.variants) > len(best.variants):
                most[entry.source] = entry
        asked = sorted(most.values(), key=lambda entry: (-len(entry.variants), entry.source))
        found = (self.entry(entry.id, language) for entry in asked[:_TOPICS])
        return [candidate for candidate in found if candidate is not None]

    def entry(self, entry_id: str, language: Language) -> Candidate | None:
        """An entry that the shopper chose, as a candidate that needs no evidence; None if gone."""
        index = self.current()
        if not index.languages_of(entry_id):
            return None
        entry = index.entry(entry_id, language)
        passage = index.passages[index.positions_of(entry_id, entry.lang)[0]]
        sure = ("dense", "dense_mean", "lexical", "overlap", "coverage", "score")
        return _candidate(entry, passage, **dict.fromkeys(sure, 1.0))


def _candidate(entry: Entry, passage: StoredPassage, **evidence: Any) -> Candidate:
    return Candidate(
        entry_id=entry.id,
        language=passage.lang,
        title=entry.title,
        text=passage.text,
        source=entry.source,
        kind=entry.kind,
        url=entry.url,
        **evidence,
    )


@lru_cache(maxsize=4096)
def _counted(passage: str) -> Counter[str]:
    """How often a passage has each token; whoever asks must not change it."""
    return Counter(tokens(passage))
