"""Fits the reader of aspects on sentences in which they are marked: `bot reviews fit`.

A line is a sentence; `[thing]+` is praised, `[thing]-` complained of, `[thing]=` only named.
Softmax regression, as in `bot/language/teaching.py`; it needs scipy, which serving does not.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from bot.errors import InputError
from bot.language import examples as language_examples
from bot.language import heads, regression
from bot.language import teaching as language_teaching
from bot.language.encoder import Encoder
from bot.language.regression import Floats
from bot.language.word_states import WordStates
from bot.studio.reviews import aspects, words
from bot.studio.reviews.aspects import BEGINS, FITTED, GOES_ON, OUTSIDE, Model

EXAMPLES = Path(__file__).parent / "examples" / "aspects.txt"
_MARKED = re.compile(r"\[([^\[\]]{1,80})\]([+=-])")
_SIGNS = "-=+"
STRENGTH = 4.0
_ROUNDS = 60
_FOLDS = 4
KIND = "review"  # the head that tells what kind of sentence it is


@dataclass(frozen=True)
class Marked:
    """A sentence's words; the places of what is judged in it, each with 0 (complained of), 1 (only
    named) or 2 (praised)."""

    words: tuple[str, ...]
    judged: tuple[tuple[tuple[int, int], int], ...]


def read(path: Path = EXAMPLES) -> list[Marked]:
    """The examples of a file; `InputError` names the line that has none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("reviews.examples_unreadable", file=path.name) from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        marked = marks(line.strip())
        if marked is None:
            raise InputError("reviews.bad_example", file=path.name, line=number)
        found.append(marked)
    return found


def marks(line: str) -> Marked | None:
    """One example; None where a bracket is left over or a mark is in the middle of a word."""
    text, found, end = "", [], 0
    for mark in _MARKED.finditer(line):
        text += line[end : mark.start()]
        found.append((len(text), len(text) + len(mark[1]), _SIGNS.index(mark[2])))
        text += mark[1]
        end = mark.end()
    text += line[end:]
    if "[" in text or "]" in text:
        return None
    found_words: list[str] = []
    judged = []
    last = 0
    for start, stop, sign in found:
        found_words += cut(text[last:start])
        begin = len(found_words)
        found_words += cut(text[start:stop])
        judged.append(((begin, len(found_words)), sign))
        last = stop
    return Marked((*found_words, *cut(text[last:])), tuple(judged))


def teach(encoder: Encoder, states: WordStates, folder: Path = FITTED) -> dict[str, float]:
    """Fit and write both readers into `folder`; their figures by cross-validation."""
    examples = read()
    every = states.of([each.words for each in examples])
    figures = _held_out(examples, every)
    aspects.save(fitted(examples, every), {"examples": len(examples), **figures}, folder)
    lines = language_examples.read(EXAMPLES.parent)[KIND]
    taught = language_teaching.teach(lines, encoder.encode)
    heads.save(encoder.card.name, {KIND: taught.head}, {KIND: taught.figures(len(lines))}, folder)
    return {**figures, "kinds": round(taught.accuracy, 3)}


def fitted(
    examples: Sequence[Marked], every: Sequence[Floats], strength: float = STRENGTH
) -> Model:
    """The model of examples whose states are known."""
    tags = [tagged(each) for each in examples]
    rows = np.vstack([aspects.neighbours(state) for state in every])
    classes = np.array([tag for each in tags for tag in each], dtype=np.int64)
    begun = regression.fit(rows, classes, strength=strength, rounds=_ROUNDS)
    judged, signs = [], []
    for each, state in zip(examples, every, strict=True):
        for place, sign in each.judged:
            judged.append(aspects.around(each.words, state, place))
            signs.append(sign)
    # All three classes, be there examples of each or not.
    weight = np.ones(len(signs) + 3, dtype=np.float32)
    weight[-3:] = 1e-4
    judged += [np.zeros_like(judged[0])] * 3
    judges = regression.fit(
        np.stack(judged),
        np.array([*signs, 0, 1, 2], dtype=np.int64),
        weight,
        strength=strength,
        rounds=_ROUNDS,
    )
    return Model(begun, _follows(tags), judges)


def _held_out(examples: Sequence[Marked], every: Sequence[Floats]) -> dict[str, float]:
    """F1 of aspects and share of judgements that are right, each by a model that has not seen the
    example."""
    fold = np.random.default_rng(1).permutation(len(examples)) % _FOLDS
    found, right, judged = [], [], []
    for each in range(_FOLDS):
        rest = np.flatnonzero(fold != each).tolist()
        model = fitted([examples[at] for at in rest], [every[at] for at in rest])
        for at in np.flatnonzero(fold == each).tolist():
            example, state = examples[at], every[at]
            places = [place for place, _ in example.judged]
            found.append(set(aspects.spans(aspects.sequence(model, state))))
            right.append(set(places))
            shares = aspects.judged(model, example.words, state, places)
            signs = (sign for _, sign in example.judged)
            judged += [int(np.argmax(s)) == sign for s, sign in zip(shares, signs, strict=True)]
    f1 = round(float(score(found, right)[2]), 3)
    return {"aspects_f1": f1, "judged_right": round(float(np.mean(judged)), 3)}


def tagged(example: Marked) -> list[int]:
    """A tag for each word."""
    tags = [OUTSIDE] * len(example.words)
    for (start, end), _ in example.judged:
        tags[start:end] = [BEGINS] + [GOES_ON] * (end - start - 1)
    return tags


def score(found: Iterable[set[tuple[int, int]]], right: Iterable[set[tuple[int, int]]]) -> Floats:
    """Precision, recall and F1 of places found, sentence by sentence."""
    both = every = wanted = 0
    for mine, theirs in zip(found, right, strict=True):
        both += len(mine & theirs)
        every += len(mine)
        wanted += len(theirs)
    figures = (both / max(1, every), both / max(1, wanted), 2 * both / max(1, every + wanted))
    return np.array(figures, dtype=np.float32)


def _follows(tags: Sequence[Sequence[int]]) -> Floats:
    """How much likelier a tag is behind another than anywhere, as a logarithm (3, 3)."""
    counts = np.full((3, 3), 0.5)
    for each in tags:
        for tag, following in pairwise(each):
            counts[tag, following] += 1
    anywhere = counts.sum(axis=0) / counts.sum()
    shares = counts / counts.sum(axis=1, keepdims=True)
    follows: Floats = np.log(shares / anywhere).astype(np.float32)
    return follows


def cut(text: str) -> list[str]:
    """The words of a text."""
    return [word for sentence in words.read(text) for word in sentence.words]
