"""Learns how sure to be, from nothing but the knowledge itself: `bot calibrate`.

Each phrasing in turn is taken out and asked; what remains should lead back to its entry. In a part
of the cases the whole entry is taken out, too, so that the right thing is to know nothing. For the
weights, other phrasings and entries are left out at random, so that they also fit shops with one
phrasing an entry, and small ones. For the thresholds the knowledge is as it is served, and real
questions (`--questions`) take the phrasings' place where a shop has some. It needs scipy, which
comes with sentence-transformers; serving only reads what this writes. The four weights of the
ranking are not learned here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bot.errors import InputError
from bot.knowledge import classifier
from bot.knowledge.confidence import FEATURES, READINGS, Reading, Weights, features
from bot.knowledge.index import Index
from bot.knowledge.retriever import Question, Ranker
from bot.knowledge.space import Space
from bot.language import regression
from bot.language.detect import detect_language
from bot.language.lexical import tokens
from bot.language.statistics import logistic
from bot.types import Candidate

ROUNDS = 4  # how often each phrasing is asked, each time of another part of the knowledge
UNANSWERABLE = 0.3  # share of those cases in which the entry itself is taken out
SERVED_UNANSWERABLE = 0.15  # the same where the rest is as it is served: what shops commonly see
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
_FOLDS = 4
_UNTAUGHT = "_untaught"
_LEAST = 60  # phrasings of a reading below which nothing can be learned
RIDGE = 10.0


@dataclass(frozen=True)
class Case:
    """One asked phrasing: the candidates it found, the entry that is right (None: none is), and
    whether the knowledge holds an answer at all."""

    found: tuple[Candidate, ...]
    expect: str | None
    answerable: bool = True


def readings(index: Index) -> list[Reading]:
    """The ways to read for which weights can be learned: those in which the index's phrasings are
    read, and the same without a classifier."""
    found = {_reader(_reading(index, at)) for at in _phrasings(index)}
    taught = index.spaces[0].taught
    return [
        reading
        for reading in READINGS
        if _reader(reading) in found and (taught or reading not in found or reading == "bridged")
    ]


def _reader(reading: Reading) -> str:
    return reading.removesuffix(_UNTAUGHT)


def cases(
    index: Index,
    reading: Reading,
    weights: Mapping[Reading, Weights],
    *,
    seed: int,
    thinned: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Case]:
    """Every phrasing that is read so, asked `ROUNDS` times, of thinned knowledge or of all of it.

    `InputError` when there are too few phrasings to learn from.
    """
    rng = np.random.default_rng(seed)
    ranker = Ranker(index, weights)
    asked = [at for at in _phrasings(index) if _reader(_reading(index, at)) == _reader(reading)]
    if len(asked) < _LEAST:
        raise InputError("cli.calibrate_too_few", spoken=reading, least=_LEAST, found=len(asked))
    space = index.space(index.passages[asked[0]].search)
    owner = index.owners
    # Policies and products say some of the same things: finding one of them is no mistake, so they
    # would teach the wrong lesson.
    elsewhere = np.array([index.entry(p.entry_id, p.lang).kind != "faq" for p in index.passages])
    untaught = reading.endswith(_UNTAUGHT)
    learned = _LeftOut(index, space)
    found: list[Case] = []
    for turn in range(ROUNDS):
        for step, at in enumerate(asked):
            passage = index.passages[at]
            keep = rng.random() > (UNANSWERABLE if thinned else SERVED_UNANSWERABLE)
            hidden = elsewhere | _thinned(rng, owner, at) if thinned else elsewhere.copy()
            hidden[at] = True
            if not keep:
                hidden[owner == owner[at]] = True
            vector = space.vector_at(at)
            question = Question(
                passage.search,
                passage.lang,
                space,
                reading,
                vector,
                space.place(vector, passage.lang),
                tokens(passage.search),
            )
            expect = passage.entry_id if keep else None
            sure = {} if untaught else learned.of(at, hidden)
            candidates = ranker.find(question, hidden, sure)
            found.append(Case(tuple(candidates), expect, keep))
            if on_progress:
                on_progress(turn * len(asked) + step + 1, ROUNDS * len(asked))
    return found


def _phrasings(index: Index) -> list[int]:
    """The places of the questions that the knowledge has on its entries, and of their variants."""
    return [
        at
        for at, passage in enumerate(index.passages)
        if passage.role in classifier.PHRASINGS
        and index.entry(passage.entry_id, passage.lang).kind == "faq"
    ]


def _reading(index: Index, at: int) -> Reading:
    text = index.passages[at].search
    return index.space(text).reading(text)


class _LeftOut:
    """A space's classifier, fitted several times, each time without some of the phrasings."""

    def __init__(self, index: Index, space: Space) -> None:
        asked = [at for at, each in enumerate(index.passages) if each.role in classifier.PHRASINGS]
        entry_ids = [index.passages[at].entry_id for at in asked]
        self._names = list(dict.fromkeys(entry_ids))
        self._owners = classifier.numbered(entry_ids)
        self._rows = {at: row for row, at in enumerate(asked)}
        self._asked = np.array(asked)
        self._sure: npt.NDArray[np.float32] | None = None
        if not space.classified(space.vector_at(0)):
            return
        vectors = np.vstack([space.vector_at(at) for at in asked])
        folds = np.random.default_rng(0).integers(0, _FOLDS, len(asked))
        self._sure = np.zeros((len(asked), len(self._names)), dtype=np.float32)
        for fold in range(_FOLDS):
            rest = folds != fold
            # An entry whose phrasings are all left out is not known, as if it were new.
            known, owners = np.unique(self._owners[rest], return_inverse=True)
            weights = regression.fit(vectors[rest], owners)
            sure = regression.probabilities(weights, vectors[~rest])
            self._sure[np.ix_(~rest, known)] = sure

    def of(self, at: int, hidden: npt.NDArray[np.bool_]) -> dict[str, float]:
        """What it says of the phrasing at `at`; entries that are wholly `hidden` are not there."""
        if self._sure is None:
            return {}
        there = np.zeros(self._sure.shape[1], dtype=bool)
        there[self._owners[~hidden[self._asked]]] = True
        sure = np.where(there, self._sure[self._rows[at]], 0.0)
        sure /= max(float(sure.sum()), 1e-9)
        return dict(zip(self._names, sure.tolist(), strict=True))


def _thinned(
    rng: np.random.Generator, owner: npt.NDArray[np.int64], at: int
) -> npt.NDArray[np.bool_]:
    """A random part of the passages to leave out; of the asked entry at least one other stays."""
    kept_entries = rng.random(int(owner.max()) + 1) < rng.uniform(0.2, 1.0)
    kept_entries[owner[at]] = True
    kept = kept_entries[owner] & (rng.random(len(owner)) < rng.uniform(0.25, 1.0))
    own = np.flatnonzero(owner == owner[at])
    others = own[own != at]
    if len(others):
        kept[rng.choice(others)] = True
    return np.asarray(~kept)


def also_without(reading: Reading) -> tuple[Reading, ...]:
    """The readings whose cases the weights of `reading` are learned from.

    Where a classifier counts, those without it as well, lest all is left to it: of what the
    knowledge does not hold it is often as sure as of the rest.
    """
    return (reading, *(each for each in READINGS if each == reading + _UNTAUGHT))


def fit(thinned: Sequence[Case], start: Weights) -> Weights:
    """`start` with a confidence fitted on these cases; its ranking and thresholds stay."""
    rows, right = _evidence(thinned)
    # More of any feature means more alike, so a negative weight could only be an accident of these
    # cases; without that bound the fit does worse on every shop but its own.
    bounds = [(0.0, None) for _ in FEATURES]
    bias, *values = logistic(rows, right, bounds, ridge=RIDGE)
    return replace(
        start,
        bias=round(bias, 4),
        confidence={name: round(value, 4) for name, value in zip(FEATURES, values, strict=True)},
    )


def set_thresholds(served: Sequence[Case], weights: Weights) -> Weights:
    """`weights` with thresholds read off cases that look like what is served. Where more of them
    than shops commonly see have no answer, those count less."""
    found = [case for case in served if case.found]
    sure = np.array([weights.probability(case.found) for case in found])
    answerable = np.array([case.answerable for case in found])
    commonly = SERVED_UNANSWERABLE / (1 - SERVED_UNANSWERABLE) * answerable.sum()
    counts = np.where(answerable, 1.0, min(1.0, commonly / max(1, (~answerable).sum())))
    return replace(weights, thresholds=_thresholds(sure, _evidence(served)[1], counts))


def asked_cases(
    index: Index,
    reading: Reading,
    weights: Mapping[Reading, Weights],
    questions: Sequence[tuple[str, frozenset[str]]],
) -> list[Case]:
    """Cases from real questions with the entry ids that answer them (none: nothing does).

    Better than phrasings taken out: where several entries answer, any of them counts.
    """
    ranker = Ranker(index, weights)
    cases = []
    for text, expected in questions:
        if _reader(index.space(text).reading(text)) == _reader(reading):
            question = replace(Question.of(text, detect_language(text), index), reading=reading)
            untaught = reading.endswith(_UNTAUGHT)
            found = tuple(ranker.find(question, learned={} if untaught else None))
            right = found and found[0].entry_id in expected
            cases.append(Case(found, found[0].entry_id if right else None, bool(expected)))
    if not cases:
        raise InputError("cli.calibrate_no_questions", spoken=reading)
    return cases


def _evidence(cases: Sequence[Case]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Features (cases, features) and whether the first candidate was right (cases,)."""
    found = [case for case in cases if case.found]
    rows = np.array([list(features(case.found).values()) for case in found])
    return rows, np.array([case.found[0].entry_id == case.expect for case in found])


def _thresholds(
    sure: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], counts: npt.NDArray[np.float64]
) -> dict[str, float]:
    """For each rate the lowest confidence from which at most so many are wrong; a case counts as
    `counts` (cases,) says."""
    order = np.argsort(-sure, kind="stable")
    wrong = np.cumsum(~right[order] * counts[order]) / np.cumsum(counts[order])
    # A limit lets in everything that is just as sure, so it may only fall between two confidences.
    apart = np.append(np.diff(sure[order]) < 0, True)
    limits = {}
    for rate in RATES:
        allowed = np.flatnonzero((wrong <= rate) & apart)
        limits[str(rate)] = round(float(sure[order][allowed[-1]]) if len(allowed) else 1.0, 4)
    return limits
