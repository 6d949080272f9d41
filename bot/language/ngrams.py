"""A text's words, pairs and triples of words, and parts of words as one vector of fixed size.

Each piece is hashed to a place and a sign (Weinberger et al. 2009), so that no list of words is
kept. Heads read it beside an encoder's vector: it tells "cancel" from "don't cancel", forgives a
typing error, and knows Chinese characters where the encoder knows none.
"""

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import numpy as np

from bot.language.regression import Floats
from bot.language.wording import HAN, fold

SIZE = 2048
_LONGEST = 400  # characters that are read
_WORD = re.compile(rf"{HAN}|[^\W\d_]+(?:'[a-z]+)?|\d+|[^\w\s]")
_PART = 4  # letters in a part of a word
_NUMBER = "#"  # any number


@lru_cache(maxsize=2048)
def hashed(text: str) -> Floats:
    """The unit vector (SIZE,) of a text's pieces, zero without any. Not to be written to."""
    found = np.zeros(SIZE, dtype=np.float32)
    for piece in _pieces(fold(text[:_LONGEST])):
        number = zlib.crc32(piece.encode())
        found[number % SIZE] += 1 if number >> 16 & 1 else -1
    length = np.linalg.norm(found)
    return found / length if length else found


def _pieces(folded: str) -> Iterator[str]:
    words = [_NUMBER if word.isdigit() else word for word in _WORD.findall(folded)]
    row = ["<", *words, ">"] if words else []
    yield from words
    for before, after in pairwise(row):
        yield f"{before} {after}"
    for before, word, after in zip(row, row[1:], row[2:], strict=False):
        yield f"{before} {word} {after}"
    for word in words:
        if len(word) >= _PART:
            marked = f"<{word}>"
            for at in range(len(marked) - _PART + 1):
                yield f"~{marked[at : at + _PART]}"
