"""The passages of a build as one encoder places them: their vectors, and what was fitted on them.

A build has a space for each of its encoders, in a folder named with the encoder's hash. A question
is compared in the space of the encoder that reads it (`encoders.reader`). Nothing is ranked here.

An encoder may give two vectors of a text: its own, by which heads read it and texts are told alike,
and one that was tuned for finding what answers (`language/tuned.py`). Passages are kept as the
second; where there is none, both are the same.

To a multilingual encoder any two texts in one language are somewhat alike. Where there are enough
passages in both languages, each language's mean is taken off, so that a question finds an entry
that is written in the other one.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, cast

import faiss
import numpy as np

from bot.knowledge import classifier
from bot.knowledge.confidence import Reading
from bot.knowledge.postings import Positions, Scores
from bot.language import heads, regression
from bot.language.bridge import encodable
from bot.language.encoder import Encoder
from bot.language.regression import Floats
from bot.language.wording import ends, has_han
from bot.types import Language

VECTORS = "vectors.faiss"
HEADS = "heads"

# One question at a time uses all the encoder's threads; whoever waits may find it in the cache.
_ENCODING = Lock()
_READING = Lock()  # long texts take turns of their own: no question waits behind one
_LONG = 200  # characters
_ENOUGH = 10  # passages of a language whose mean says something
_KEPT = 2048  # texts of which what was found out is kept
_WAITED_FOR = 64  # texts that several may have waited for
_KEPT_TOGETHER = 256  # entries' sentences
_AT_ONCE = 16  # of many texts; a question goes between
_TYPICAL = 2000  # passages of a language whose mean is taken


class Space:
    """Safe to share between threads."""

    def __init__(
        self,
        encoder: Encoder,
        vectors: Any,
        languages: Sequence[Language],
        classified: Floats | None,
        columns: Sequence[str],
        own: Mapping[str, heads.Head] = MappingProxyType({}),
    ) -> None:
        """`vectors` is a FAISS index of passages in these `languages`; `classified` the
        classifier's matrix, if there is one, whose `columns` are entry ids; `own` the heads that
        have learned the shop's examples. `EncoderError` when heads are damaged."""
        self.encoder = encoder
        self.heads = {**heads.load(encoder.card.name), **own}
        self._vectors = vectors
        self._means = _means(vectors, languages) if encoder.multilingual else {}
        self._placed = _placed(vectors, languages, self._means) if self._means else vectors
        self._languages = tuple(languages)
        self._classified = classified
        self._columns = tuple(columns)
        # A message is judged by several rules, each of which asks by itself.
        self._judged = lru_cache(maxsize=_KEPT)(self._judge)
        self._together = lru_cache(maxsize=_KEPT_TOGETHER)(self._encode)

    @classmethod
    def load(
        cls, folder: Path, encoder: Encoder, languages: Sequence[Language], columns: Sequence[str]
    ) -> "Space":
        """The space in `folder`, of passages in these `languages`; `ValueError`, or what faiss
        raises, when its files do not belong together."""
        vectors = faiss.read_index(str(folder / VECTORS))
        classified = classifier.load(folder)
        shape = (encoder.dimension + 1, len(columns))
        if (vectors.ntotal, vectors.d) != (len(languages), encoder.dimension) or (
            classified is not None and classified.shape != shape
        ):
            raise ValueError("the files do not belong together")
        own = heads.read(encoder.card.name, folder / HEADS)
        return cls(encoder, vectors, languages, classified, columns, own)

    def reading(self, text: str) -> Reading:
        """How a text is read here."""
        if self.encoder.multilingual:
            return "multilingual" if self.taught else "multilingual_untaught"
        if has_han(text):
            return "bridged"
        return "english" if self.taught else "english_untaught"

    @property
    def taught(self) -> bool:
        """Whether there is a classifier."""
        return self._classified is not None

    def vector(self, text: str) -> Floats:
        """A text's own unit vector (d,)."""
        return cast(Floats, self._both(text)[0])

    def searched(self, text: str) -> Floats:
        """A question's unit vector (d,), as passages are searched with it."""
        return cast(Floats, self._both(text)[1])

    def _both(self, text: str) -> Floats:
        given = encodable(ends(text), multilingual=self.encoder.multilingual)
        return _vectors(self.encoder, given)

    def vectors(self, texts: tuple[str, ...]) -> Floats:
        """Unit vectors (n, d) of texts that are compared again and again, encoded together."""
        return self._together(texts)

    def _encode(self, texts: tuple[str, ...]) -> Floats:
        multilingual = self.encoder.multilingual
        given = [encodable(each, multilingual=multilingual) for each in texts]
        with _ENCODING:
            return self.encoder.encode(given, kind="query")

    def meanings(self, texts: Sequence[str], language: Language) -> Floats:
        """Unit vectors (n, d) of many texts in one language, by which they are told apart: what is
        common to the shop's passages in it is taken off."""
        given = [encodable(each, multilingual=self.encoder.multilingual) for each in texts]
        found = np.zeros((len(given), self.encoder.dimension), dtype=np.float32)
        for start in range(0, len(given), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            with _READING:
                found[some] = self.encoder.encode_twice(given[some], kind="query")[1]
        return _unit(found - self._typical(language))

    def placed(self, positions: Sequence[int], language: Language) -> Floats:
        """`meanings` of the passages at `positions`."""
        found = self._vectors.reconstruct_batch(np.asarray(positions))
        return _unit(found - self._typical(language))

    def _typical(self, language: Language) -> Floats | float:
        """The mean (d,) of the passages in a language, nothing where there are too few."""
        places = np.flatnonzero(np.array(self._languages) == language)[:_TYPICAL]
        if len(places) < _ENOUGH:
            return 0.0
        return cast(Floats, self._vectors.reconstruct_batch(places).mean(axis=0))

    def judge(self, head: str, text: str) -> Mapping[str, float]:
        """How likely (0..1) each class of a head is for a text; empty without such a head."""
        return self._judged(head, text)

    def _judge(self, head: str, text: str) -> Mapping[str, float]:
        learned = self.heads.get(head)
        if learned is None:
            return {}
        return learned.read(text, lambda texts: np.stack([self.vector(each) for each in texts]))

    def vector_at(self, position: int) -> Floats:
        """The unit vector (d,) of the passage at `position`, for search."""
        return cast(Floats, self._vectors.reconstruct(position))

    def place(self, vector: Floats, language: Language) -> Floats:
        """Where a question in that language with this unit vector (d,) for search lies among the
        passages, as a unit vector."""
        mean = self._means.get(language)
        return vector if mean is None else _unit(vector - mean)

    def cosines(self, place: Floats, positions: Sequence[int]) -> Scores:
        """Cosines of the passages at `positions` to a place (d,)."""
        return cast(Scores, self._placed.reconstruct_batch(np.asarray(positions)) @ place)

    def search(self, place: Floats, k: int) -> tuple[Scores, Positions]:
        """Cosines and positions of the `k` passages nearest to a place (d,) or (1, d), best
        first."""
        scores, positions = self._placed.search(place.reshape(1, -1), k)
        found = positions[0] >= 0  # the graph search may find fewer, and there may be fewer
        return scores[0][found], positions[0][found]

    def classified(self, vector: Floats) -> dict[str, float]:
        """By entry id, how likely (0..1) the classifier holds it that a question with the unit
        vector (d,) for search is about the entry; empty without a classifier."""
        if self._classified is None:
            return {}
        sure = regression.probabilities(self._classified, vector).tolist()
        return dict(zip(self._columns, sure, strict=True))


def _means(vectors: Any, languages: Sequence[Language]) -> dict[Language, Floats]:
    """The mean vector (d,) of each language's passages, none where one has too few of them. Of a
    graph, which cannot be changed, none either."""
    places = {each: np.flatnonzero(np.array(languages) == each) for each in ("en", "zh")}
    if not isinstance(vectors, faiss.IndexFlat) or min(map(len, places.values())) < _ENOUGH:
        return {}
    return {
        cast(Language, each): vectors.reconstruct_batch(at).mean(axis=0)
        for each, at in places.items()
    }


def _placed(vectors: Any, languages: Sequence[Language], means: Mapping[Language, Floats]) -> Any:
    """The same index with each passage's mean taken off."""
    found = faiss.IndexFlatIP(vectors.d)
    every = vectors.reconstruct_n(0, vectors.ntotal)
    found.add(_unit(every - np.array([means[language] for language in languages])))
    return found


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return cast(Floats, (vectors / np.maximum(length, 1e-9)).astype(np.float32))


@lru_cache(maxsize=_KEPT)
def _vectors(encoder: Encoder, given: str) -> Floats:
    """What is known is there at once, however long a text somebody else has encoded."""
    with _READING if len(given) > _LONG else _ENCODING:
        return _encoded(encoder, given)


@lru_cache(maxsize=_WAITED_FOR)
def _encoded(encoder: Encoder, given: str) -> Floats:
    return encoder.encode_twice([given], kind="query")[:, 0]
