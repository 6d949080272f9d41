"""The passages of a build as one encoder places them: their vectors, and what was fitted on them.

A build has a space for each of its encoders, in a folder named with the encoder's hash. A question
is compared in the space of the encoder that reads it (`encoders.reader`). Nothing is ranked here.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
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
from bot.language.wording import has_han, plain

VECTORS = "vectors.faiss"

# One question at a time uses all the encoder's threads; whoever waits may find it in the cache.
_ENCODING = Lock()
_KEPT = 2048  # texts of which what was found out is kept


class Space:
    """Safe to share between threads."""

    def __init__(
        self, encoder: Encoder, vectors: Any, classified: Floats | None, columns: Sequence[str]
    ) -> None:
        """`vectors` is a FAISS index; `classified` the classifier's matrix, if there is one, whose
        `columns` are entry ids. `EncoderError` when the heads for the encoder are damaged."""
        self.encoder = encoder
        self.heads = heads.load(encoder.card.name)
        self._vectors = vectors
        self._classified = classified
        self._columns = tuple(columns)
        # A message is judged by several rules, each of which asks by itself.
        self._judged = lru_cache(maxsize=_KEPT)(self._judge)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder, count: int, columns: Sequence[str]) -> "Space":
        """The space in `folder`, of `count` passages; `ValueError`, or what faiss raises, when its
        files do not belong together."""
        vectors = faiss.read_index(str(folder / VECTORS))
        classified = classifier.load(folder)
        shape = (encoder.dimension + 1, len(columns))
        if (vectors.ntotal, vectors.d) != (count, encoder.dimension) or (
            classified is not None and classified.shape != shape
        ):
            raise ValueError("the files do not belong together")
        return cls(encoder, vectors, classified, columns)

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
        """A question's unit vector (d,)."""
        given = encodable(text, multilingual=self.encoder.multilingual)
        with _ENCODING:
            return _encoded(self.encoder, given)

    def judge(self, head: str, text: str) -> Mapping[str, float]:
        """How likely (0..1) each class of a head is for a text; empty without such a head."""
        return self._judged(head, text)

    def _judge(self, head: str, text: str) -> Mapping[str, float]:
        learned = self.heads.get(head)
        if learned is None:
            return {}
        text = plain(text)
        return learned.read(self.vector(text), text)

    def vector_at(self, position: int) -> Floats:
        """The unit vector (d,) of the passage at `position`."""
        return cast(Floats, self._vectors.reconstruct(position))

    def cosines(self, vector: Floats, positions: Sequence[int]) -> Scores:
        """Cosines of the passages at `positions` to a unit vector of shape (d,)."""
        return cast(Scores, self._vectors.reconstruct_batch(np.asarray(positions)) @ vector)

    def search(self, vector: Floats, k: int) -> tuple[Scores, Positions]:
        """Cosines and positions of the `k` nearest passages, best first; `vector` has unit length,
        shape (d,) or (1, d)."""
        scores, positions = self._vectors.search(vector.reshape(1, -1), k)
        found = positions[0] >= 0  # the graph search may find fewer, and there may be fewer
        return scores[0][found], positions[0][found]

    def classified(self, vector: Floats) -> dict[str, float]:
        """By entry id, how likely (0..1) the classifier holds it that a question with the unit
        vector (d,) is about the entry; empty without a classifier."""
        if self._classified is None:
            return {}
        sure = regression.probabilities(self._classified, vector).tolist()
        return dict(zip(self._columns, sure, strict=True))


@lru_cache(maxsize=_KEPT)
def _encoded(encoder: Encoder, given: str) -> Floats:
    return cast(Floats, encoder.encode([given], kind="query")[0])
