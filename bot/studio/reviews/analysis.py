"""What a review says, as it is stored: its mood, what it judges, problems, needs and dangers.

It takes the encoder, so it is done once, when reviews are imported (`importing.py`); reports read
the rows (`report.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.language import heads
from bot.language.encoder import Encoder
from bot.language.heads import Head, features
from bot.language.regression import Floats, probabilities
from bot.language.word_states import WordStates
from bot.studio.reviews import aspects, words
from bot.studio.reviews.aspects import FITTED, Aspect, Reader
from bot.studio.reviews.words import Sentence

ASPECT, PROBLEM, NEED, MISSING, SAFETY = "aspect", "problem", "need", "missing", "safety"
KINDS = (PROBLEM, NEED, MISSING, SAFETY)
_SURE = {PROBLEM: 0.5, NEED: 0.55, MISSING: 0.6, SAFETY: 0.6}  # how likely it has to be
_LONGEST = 12  # words of a thing that is judged; more is no thing
_STARS = 0.6  # how much of a mood the stars are; the words are the rest
_HEAD = "review"


@dataclass(frozen=True)
class Statement:
    """`text[start:end]` of a review is judged (-1, 0, 1), or the sentence is of a kind; the fields
    are those of `StatementRow`."""

    kind: str
    term: str
    polarity: int
    start: int
    end: int
    begins: int
    ends: int
    vector: bytes


@dataclass(frozen=True)
class Analysed:
    """`mood` is -1 (bad) to 1 (good)."""

    mood: float
    statements: tuple[Statement, ...]


class Analyst:
    """Reads reviews; `folder` holds the export of the multilingual encoder."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._encoder = Encoder(folder, threads)
        self._reader = Reader(WordStates(folder, threads), aspects.load())
        self._kinds = heads.load(self._encoder.card.name, FITTED)[_HEAD]
        self._mood = heads.load(self._encoder.card.name)["mood"]

    def meanings(self, texts: Sequence[str]) -> Floats:
        """Unit vectors (n, d), comparable with those of the statements."""
        return self._encoder.encode(texts)

    def read(self, reviews: Sequence[tuple[str, int | None]]) -> list[Analysed]:
        """Reviews, each its text and its stars."""
        cut = [words.read(text) for text, _ in reviews]
        every = [sentence for sentences in cut for sentence in sentences]
        if not every:
            return [Analysed(_mood((), stars), ()) for _, stars in reviews]
        texts = [
            text[each.begins : each.ends]
            for (text, _), sentences in zip(reviews, cut, strict=True)
            for each in sentences
        ]
        found = self._reader.read([each.words for each in every])
        rows = features(texts, self._encoder.encode)
        kinds, moods = _shares(self._kinds, rows), _shares(self._mood, rows)
        vectors = self._encoder.encode(texts)
        terms = _vectors(self._encoder, every, found)
        analysed, at = [], 0
        for (text, stars), sentences in zip(reviews, cut, strict=True):
            of = range(at, at + len(sentences))
            statements = [
                statement
                for place in of
                for statement in _statements(
                    text, every[place], found[place], kinds[place], vectors[place], terms
                )
            ]
            analysed.append(
                Analysed(_mood([moods[place] for place in of], stars), tuple(statements))
            )
            at += len(sentences)
        return analysed


def packed(vector: Floats) -> bytes:
    """A vector as it is stored."""
    return vector.astype(np.float16).tobytes()


def unpacked(stored: Sequence[bytes]) -> Floats:
    """Stored vectors as rows."""
    rows: Floats = np.stack([np.frombuffer(each, dtype=np.float16) for each in stored])
    return rows.astype(np.float32)


def _vectors(
    encoder: Encoder, sentences: Sequence[Sentence], found: Sequence[Sequence[Aspect]]
) -> dict[str, Floats]:
    """The meaning of each thing that is judged, by its words."""
    terms = list(
        dict.fromkeys(
            _term(sentence, aspect)
            for sentence, aspects_ in zip(sentences, found, strict=True)
            for aspect in aspects_
        )
    )
    return dict(zip(terms, encoder.encode(terms), strict=True)) if terms else {}


def _term(sentence: Sentence, aspect: Aspect) -> str:
    of = sentence.words[aspect.start : aspect.end]
    return ("" if any(not each.isascii() for each in of) else " ").join(of).lower()


def _statements(
    text: str,
    sentence: Sentence,
    found: Sequence[Aspect],
    kinds: Mapping[str, float],
    vector: Floats,
    terms: Mapping[str, Floats],
) -> list[Statement]:
    """Everything that a sentence says."""
    begins, ends = sentence.begins, sentence.ends
    said = []
    kind = max(kinds, key=lambda each: kinds[each])
    sure = kind in _SURE and kinds[kind] >= _SURE[kind]
    for aspect in () if sure and kind == MISSING else found:  # "the page" is no part of the product
        if aspect.end - aspect.start <= _LONGEST:
            term = _term(sentence, aspect)
            start, end = sentence.places[aspect.start][0], sentence.places[aspect.end - 1][1]
            placed = (start, end, begins, ends)
            said.append(Statement(ASPECT, term, aspect.polarity, *placed, packed(terms[term])))
    if sure:
        term = text[begins:ends]
        said.append(Statement(kind, term, -1, begins, ends, begins, ends, packed(vector)))
    return said


def _shares(head: Head, rows: Floats) -> list[dict[str, float]]:
    shares = probabilities(head.weights, rows).tolist()
    return [dict(zip(head.labels, each, strict=True)) for each in shares]


def _mood(felt: Sequence[Mapping[str, float]], stars: int | None) -> float:
    """What the sentences feel, and what the stars say, where there are some."""
    said = [each.get("pleased", 0.0) - _bad(each) for each in felt]
    words_say = sum(said) / len(said) if said else 0.0
    if stars is None:
        return round(words_say, 3)
    return round(_STARS * (stars - 3) / 2 + (1 - _STARS) * words_say, 3)


def _bad(felt: Mapping[str, float]) -> float:
    return felt.get("angry", 0.0) + felt.get("upset", 0.0) + felt.get("trouble", 0.0) / 2
