"""BM25 scores by word: bm25s ranks when the index is built, serving only adds up its columns.

bm25s stores each (word, passage) score ready-made, so a query needs numpy alone and the serving
process does not import bm25s (0.13 s and 26 MB, scipy). Which words a text has is `lexical.tokens`.
"""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]

METHOD = "lucene"  # the variant of BM25; `rarity` and `self_score` are its formulas
_DATA = "data.csc.index.npy"
_ROWS = "indices.csc.index.npy"
_STARTS = "indptr.csc.index.npy"
_VOCABULARY = "vocab.index.json"
_PARAMETERS = "params.index.json"


class Corpus:
    """The passages' tokens, collected for `write`, as numbers: as strings, those of 100,000
    passages are some 400 MB."""

    def __init__(self) -> None:
        self.vocabulary: dict[str, int] = {"": 0}  # bm25s wants at least one word
        self.rows: list[list[int]] = []

    def add(self, tokens: Sequence[str]) -> None:
        """The next passage."""
        words = self.vocabulary
        self.rows.append([words.setdefault(token, len(words)) for token in tokens])


def write(corpus: Corpus, folder: Path) -> float:
    """Rank the passages and save into `folder`; the mean number of tokens of a passage."""
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG on import

    ranking = bm25s.BM25(method=METHOD)
    ranking.index((corpus.rows, corpus.vocabulary), create_empty_token=False, show_progress=False)
    ranking.save(folder, show_progress=False, allow_pickle=False)
    return sum(map(len, corpus.rows)) / len(corpus.rows)


class Postings:
    """The saved scores, by word. Immutable; shared between threads."""

    def __init__(self, folder: Path, mean_tokens: float) -> None:
        """`mean_tokens` as `write` gave it. `OSError` or `ValueError` when not what it wrote."""
        self._data: Scores = np.load(folder / _DATA, allow_pickle=False)
        self._rows: npt.NDArray[np.int32] = np.load(folder / _ROWS, allow_pickle=False)
        self._starts: npt.NDArray[Any] = np.load(folder / _STARTS, allow_pickle=False)
        self._vocabulary: dict[str, int] = _read(folder / _VOCABULARY)
        parameters = _read(folder / _PARAMETERS)
        self.count = int(parameters["num_docs"])
        self._k1, self._b = float(parameters["k1"]), float(parameters["b"])
        self._mean_tokens = mean_tokens or 1.0
        if len(self._starts) != len(self._vocabulary) + 1 or len(self._data) != len(self._rows):
            raise ValueError("the arrays do not belong together")
        seen = np.maximum(np.append(np.diff(self._starts), 1), 1)  # the last: a word seen once
        rarities: list[float] = np.log1p((self.count - seen + 0.5) / (seen + 0.5)).tolist()
        *self._rarities, self._once = rarities

    def scores(self, tokens: Sequence[str]) -> Scores:
        """The BM25 score of every passage; a word asked twice counts twice."""
        scores = np.zeros(self.count, dtype=np.float32)
        for token, times in Counter(tokens).items():
            column = self._column(token)
            # A passage is in a word's column once, so plain indexing adds correctly.
            scores[self._rows[column]] += times * self._data[column]
        return scores

    def self_score(self, tokens: Sequence[str]) -> float:
        """What a passage of exactly these tokens would score, words unknown here included.

        A shorter passage, or one that repeats the words, may score a little more than this.
        """
        stretch = self._k1 * (1 - self._b + self._b * len(tokens) / self._mean_tokens)
        return sum(
            times * self.rarity(token) * times / (times + stretch)
            for token, times in Counter(tokens).items()
        )

    def _column(self, token: str) -> slice:
        word = self._vocabulary.get(token)
        return slice(0, 0) if word is None else slice(self._starts[word], self._starts[word + 1])

    def rarity(self, token: str) -> float:
        """The idf that bm25s gives; a word seen nowhere counts as seen once."""
        word = self._vocabulary.get(token)
        return self._once if word is None else self._rarities[word]


def _read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds no map")
    return found
