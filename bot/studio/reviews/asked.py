"""What reviews say of something that is asked: by the thing's name, by what speaks of it ("runs
small" is its size), else by the very words. It needs no encoder, so that the bot can answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import rjieba
import yaml

from bot.language.lexical import tokens
from bot.language.wording import grammar, has_han
from bot.studio.reviews.analysis import ASPECT
from bot.studio.reviews.points import Point, aspects_of, point_of, thing
from bot.studio.reviews.store import Kept

WORDS = "words"
"""The kind of a point of sentences that have the words that were asked for, judged or not."""


def about(reviews: Sequence[Kept], words: str) -> Point | None:
    """What the reviews say of `words` (folded); None where none speaks of it."""
    named = _things(words, _names())
    said = _statements(reviews, named, frozenset())
    if named:
        return point_of(ASPECT, said, len(reviews)) if said else None
    said = _statements(reviews, _things(words, _cues()), _content(words))
    if not said:
        return None
    names = ((grammar(words), words),)
    return replace(point_of(WORDS, said, len(reviews)), names=names)


def _statements(
    reviews: Sequence[Kept], things: frozenset[str], content: frozenset[str]
) -> list[tuple[Kept, int]]:
    """The statements on one of the things, or in a sentence that has all words of the content."""
    return [
        (review, at)
        for review in reviews
        for at, each in enumerate(review.statements)
        if (each.kind == ASPECT and thing(each.term) in things)
        or (content and _says(review.text[each.begins : each.ends], content))
    ]


def best_and_worst(reviews: Sequence[Kept], most: int = 2) -> tuple[list[Point], list[Point]]:
    """What is praised and what is complained of by most, the latter without the former."""
    found = aspects_of(reviews, frozenset())
    praised = sorted(found, key=lambda each: -each.praised)[:most]
    against = sorted(found, key=lambda each: -each.complained)
    return (
        [each for each in praised if each.praised],
        [each for each in against if each.complained and each not in praised][:most],
    )


def _things(words: str, phrases: Mapping[str, str]) -> frozenset[str]:
    """The things that the words speak of by these phrases."""
    stems = tokens(words)
    return frozenset(
        of
        for phrase, of in phrases.items()
        if (phrase in words if has_han(phrase) else _within(tokens(phrase), stems))
    )


def _content(words: str) -> frozenset[str]:
    """Words that a sentence has to have to speak of the same."""
    cut = _cut(words)
    return frozenset([word for word in cut if len(word) > 1] or cut)


def _says(sentence: str, content: frozenset[str]) -> bool:
    if any(has_han(word) for word in content):
        return all(word in sentence for word in content)
    return content <= set(tokens(sentence))


def _cut(words: str) -> list[str]:
    """Chinese words, English stems."""
    if has_han(words):
        return [word for word in rjieba.cut(words) if word.strip()]
    return tokens(words)


def _within(some: Sequence[str], every: Sequence[str]) -> bool:
    """Whether `some` stand in `every` one after the other."""
    starts = range(len(every) - len(some) + 1)
    return bool(some) and any(list(every[at : at + len(some)]) == list(some) for at in starts)


@cache
def _names() -> Mapping[str, str]:
    """What a thing is called, in both languages."""
    lines = _read("synonyms.yaml")
    return {word: thing(line[0]) for line in reversed(lines) for word in line if len(word) > 1}


@cache
def _cues() -> Mapping[str, str]:
    """Words that speak of a thing without its name."""
    return {word: thing(of) for of, words in _read("cues.yaml").items() for word in words}


def _read(name: str) -> Any:
    text = (Path(__file__).parent / name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader)
