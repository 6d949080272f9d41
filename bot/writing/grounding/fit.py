"""Learns what support looks like, from nothing but the knowledge itself: `bot calibrate-check`.

Supported are an entry's own statements as somebody might write them anew: as they stand, with words
of the same meaning, two neighbours as one, without what introduces them. Unsupported are the same
sentences held against the nearest statements of other entries, and edited ones: a word of their own
in it, another's ending, another product's name. Facts, negations and conditions are for the rules
and need no learning. A fifth of the entries is held out; the figures are of those. It needs scipy,
which serving does not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bot.errors import InputError
from bot.knowledge.entry import Entry
from bot.knowledge.index import Index
from bot.language.bridge import encodable
from bot.language.statistics import auroc, logistic
from bot.types import Language
from bot.writing.grounding.facts import facts
from bot.writing.grounding.statements import clauses, statements
from bot.writing.grounding.support import FEATURES, Weights, features
from bot.writing.grounding.words import content, synonyms

HELD_OUT = 5  # every fifth entry
ALLOWED = 0.01  # share of the unsupported that may pass
_LEAST = 60  # statements below which nothing can be learned
_NEAREST = 3  # statements of other entries that a sentence is held against
_RIDGE = 1.0
_AGAINST = ("new_words", "long")
_SHORTEST = 3  # content words of a statement that says something


@dataclass(frozen=True)
class Pair:
    """A sentence, the statement and title it is held against, and whether they support it."""

    sentence: str
    statement: str
    title: str
    right: bool
    held_out: bool


@dataclass(frozen=True)
class Figures:
    """On the pairs held out: how many, how well they are told apart, what the threshold keeps."""

    pairs: int
    auroc: float
    supported_kept: float
    unsupported_kept: float


def pairs(index: Index, language: Language, *, seed: int) -> list[Pair]:
    """The pairs of one language; `InputError` when the knowledge holds too little of it."""
    rng = np.random.default_rng(seed)
    entries = [entry for entry in index.entries.values() if entry.lang == language]
    stated = [
        (number, entry, each.whole)
        for number, entry in enumerate(entries)
        for each in statements(entry.answer)
        if len(content(each.whole)) >= _SHORTEST
    ]
    if len(stated) < _LEAST:
        raise InputError("cli.check_too_few", spoken=language, least=_LEAST, found=len(stated))
    vectors = _encoded(index, [text for _, _, text in stated])
    words = sorted({word for _, _, text in stated for word in content(text)})
    found: list[Pair] = []
    for at, (number, entry, text) in enumerate(stated):
        out = number % HELD_OUT == 0
        for sentence in _rewritten(text, language, rng):
            found.append(Pair(sentence, text, entry.question, True, out))
        if at + 1 < len(stated) and stated[at + 1][1] is entry:
            both = f"{text} {stated[at + 1][2]}"
            found += [Pair(each, both, entry.question, True, out) for each in (both, text)]
        for sentence in _edited(text, words, stated, language, rng):
            found.append(Pair(sentence, text, entry.question, False, out))
        for other in _near(at, stated, vectors):
            found.append(Pair(text, stated[other][2], stated[other][1].question, False, out))
    return found


def fit(
    index: Index, found: Sequence[Pair], on_progress: Callable[[int, int], None] | None = None
) -> tuple[Weights, Figures]:
    """Weights from the pairs that are not held out, and what they are worth on those that are."""
    texts = sorted({text for pair in found for text in (pair.sentence, pair.statement)})
    place = {text: at for at, text in enumerate(texts)}
    vectors = _encoded(index, texts, on_progress)
    rows = np.array(
        [
            list(
                features(
                    pair.sentence,
                    pair.statement,
                    pair.title,
                    float(vectors[place[pair.sentence]] @ vectors[place[pair.statement]]),
                ).values()
            )
            for pair in found
        ]
    )
    right = np.array([pair.right for pair in found])
    out = np.array([pair.held_out for pair in found])
    # What speaks for support may not count against it, nor the other way round: that could only be
    # an accident of these pairs.
    bounds = [(None, 0.0) if name in _AGAINST else (0.0, None) for name in FEATURES]
    bias, *values = logistic(rows[~out], right[~out], bounds, ridge=_RIDGE, balanced=True)
    weights = Weights(
        round(bias, 4),
        {name: round(value, 4) for name, value in zip(FEATURES, values, strict=True)},
        0.5,
    )
    values_of = [dict(zip(FEATURES, row, strict=True)) for row in rows]
    sure = np.array([weights.probability(each) for each in values_of])
    wrong = np.sort(sure[~out & ~right])
    threshold = float(wrong[int(np.ceil(len(wrong) * (1 - ALLOWED))) - 1])
    weights = replace(weights, threshold=round(min(0.99, max(0.5, threshold)), 4))
    kept = np.array([weights.supports(each) for each in values_of])
    return weights, Figures(
        pairs=int(out.sum()),
        auroc=auroc(right[out], sure[out]),
        supported_kept=float(kept[out & right].mean()),
        unsupported_kept=float(kept[out & ~right].mean()),
    )


def _rewritten(text: str, language: Language, rng: np.random.Generator) -> Iterator[str]:
    """The statement as it stands, with other words of the same meaning, in part, as an answer."""
    yield text
    words = text.split() if language == "en" else list(dict.fromkeys(content(text)))
    swaps = [(word, other) for word in words for other in synonyms(word.lower()) if other != word]
    if swaps:
        word, other = swaps[int(rng.integers(len(swaps)))]
        yield text.replace(word, other, 1)
    if language == "en":
        yield text.replace("n't", " not").replace("we'll", "we will").replace("you'll", "you will")
    for part in clauses(text):
        # A part of what is said is said, too; whether it leaves out a condition is for the rules.
        if len(content(part)) >= _SHORTEST and part != text:
            yield part
    yield f"Please note that {text[:1].lower()}{text[1:]}" if language == "en" else f"您好，{text}"


def _edited(
    text: str,
    words: Sequence[str],
    stated: Sequence[tuple[int, Entry, str]],
    language: Language,
    rng: np.random.Generator,
) -> Iterator[str]:
    """The statement with one word exchanged, and with another statement's ending."""
    mine = content(text)
    old = mine[int(rng.integers(len(mine)))]
    new = words[int(rng.integers(len(words)))]
    if new not in mine and old in text:
        yield text.replace(old, new, 1)
    ending = stated[int(rng.integers(len(stated)))][2]
    middle = len(ending) // 2
    yield f"{text.rstrip('.。')} {'and' if language == 'en' else '，并且'}{ending[middle:]}"


def _near(
    at: int, stated: Sequence[tuple[int, Entry, str]], vectors: npt.NDArray[np.float32]
) -> list[int]:
    """The nearest statements of other entries that do not state the same facts."""
    mine = {fact.key for fact in facts(stated[at][2])}
    found = []
    for other in np.argsort(-(vectors @ vectors[at])).tolist():
        entry, text = stated[other][1], stated[other][2]
        same = mine and mine <= {fact.key for fact in facts(text)}
        if entry.id != stated[at][1].id and not same and text != stated[at][2]:
            found.append(other)
        if len(found) == _NEAREST:
            break
    return found


def _encoded(
    index: Index, texts: Sequence[str], on_progress: Callable[[int, int], None] | None = None
) -> npt.NDArray[np.float32]:
    given = [encodable(text, multilingual=index.encoder.multilingual) for text in texts]
    tell = (lambda done: on_progress(done, len(given))) if on_progress else None
    return index.encoder.encode(given, on_progress=tell)
