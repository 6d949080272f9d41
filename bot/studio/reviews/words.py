"""A review as sentences and words, each with its place; Chinese is cut into words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import rjieba

from bot.language.sentences import sentences
from bot.language.wording import HAN

MOST = 4000
"""Characters of a review that are read."""

_SENTENCE = 400  # characters; a longer one is cut
_PIECE = re.compile(rf"{HAN}+|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,]\d+)*|[^\w\s]")
_HAN = re.compile(HAN)


@dataclass(frozen=True)
class Sentence:
    """`text[begins:ends]` of a review: its `words`, with the place of each in the whole review."""

    begins: int
    ends: int
    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]


def read(text: str) -> list[Sentence]:
    """The sentences of a review that have words."""
    text = text[:MOST]
    found, start = [], 0
    for sentence in sentences(text):
        start = text.index(sentence, start)
        for cut in range(0, len(sentence), _SENTENCE):
            part = sentence[cut : cut + _SENTENCE].rstrip()
            words = list(_words(part, start + cut))
            if words:
                kept, places = zip(*words, strict=True)
                found.append(Sentence(start + cut, start + cut + len(part), kept, places))
        start += len(sentence)
    return found


def _words(text: str, offset: int) -> Iterator[tuple[str, tuple[int, int]]]:
    for piece in _PIECE.finditer(text):
        at = offset + piece.start()
        for word in rjieba.cut(piece.group()) if _HAN.match(piece.group()) else [piece.group()]:
            yield word, (at, at + len(word))
            at += len(word)
