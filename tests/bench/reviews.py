"""How well reviews are read: `python -m tests.bench.reviews --data FOLDER [--index INDEX]`.

FOLDER has `absa/` (SemEval-2014 restaurants and Chinese phones, as ABSADatasets has them) and
`hu-liu/`. Each is measured twice: "shipped" is the model that `bot reviews fit` makes of our own
examples and has seen none of this; "trained here" is the same model fitted on the set's own
training part (of Hu and Liu on half of the products, for the other half), which is measured only
and never shipped.

restaurants  F1 of aspect terms, exact places, on the test part
phones       share of judgements that are right, the term given, on the test part
hu-liu       mentions: of the aspects found in sentences, those that name something that people
             marked anywhere for that product; of the marks whose words stand in their sentence,
             those found there. Kinds: the same of the different aspects of a product that are
             found twice or more, and of those that people marked twice or more.
"""

import argparse
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import rjieba

from bot.language import exports
from bot.language.embedder import MULTILINGUAL_MODEL
from bot.language.lexical import tokens
from bot.language.regression import Floats
from bot.language.word_states import WordStates
from bot.studio.reviews import aspects, teaching
from bot.studio.reviews.aspects import Model
from bot.studio.reviews.teaching import Marked

SETS = ("restaurants", "phones", "hu-liu")
_MARK = re.compile(r"([^,\[\]]+)\[([+-])\d\]((?:\[[a-z]+\])*)")
_UNSPOKEN = ("[u]", "[p]")  # marked where its words do not stand in the sentence
_SIGNS = {"Negative": 0, "Neutral": 1, "Positive": 2}
_SEQUENCES = (0.3, 0.6, 1.0)

Product = list[tuple[tuple[str, ...], list[str]]]
"""Sentences, each its words and the features that people marked in it."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reviews")
    parser.add_argument("--data", type=Path, required=True, help="a folder with absa/ and hu-liu/")
    parser.add_argument("--index", type=Path, help="an index folder whose encoder is used")
    parser.add_argument("--only", choices=SETS, help="one of the sets")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        encoders = (asked.index or Path(folder)) / "encoders"
        states = WordStates(exports.export(MULTILINGUAL_MODEL, encoders).folder)
        for name, measure in (
            ("restaurants", restaurants),
            ("phones", phones),
            ("hu-liu", hu_liu),
        ):
            if asked.only in (None, name):
                started = time.monotonic()
                for line in measure(asked.data, states):
                    print(line, flush=True)
                print(f"  ({time.monotonic() - started:.0f} s)", flush=True)


def restaurants(data: Path, states: WordStates) -> Iterator[str]:
    """F1 of the terms of SemEval-2014's restaurants."""
    train, test = (
        _tagged(data / "absa" / f"Restaurants_{part}.xml.seg.atepc")
        for part in ("Train", "Test_Gold")
    )
    yield f"restaurants: {len(train)} sentences to train on, {len(test)} to test"
    held = states.of([each.words for each in test])
    yield f"  shipped       {_terms(aspects.load(), test, held, aspects.SEQUENCE)}"
    every = states.of([each.words for each in train])
    fifth = len(train) // 5
    tried = teaching.fitted(train[fifth:], every[fifth:])
    best = max(_SEQUENCES, key=lambda w: _f1(tried, train[:fifth], every[:fifth], w))
    model = teaching.fitted(train, every)
    yield f"  trained here  {_terms(model, test, held, best)} (sequence {best}, by a fifth)"


def phones(data: Path, states: WordStates) -> Iterator[str]:
    """Judgements of Chinese phones."""
    train, test = (_judged(data / "absa" / f"phone.{part}.txt") for part in ("train", "test"))
    yield f"phones: {len(train)} judgements to train on, {len(test)} to test"
    held = states.of([each.words for each in test])
    yield f"  shipped       {_right(aspects.load(), test, held):.3f}"
    model = teaching.fitted(train, states.of([each.words for each in train]))
    yield f"  trained here  {_right(model, test, held):.3f}"


def hu_liu(data: Path, states: WordStates) -> Iterator[str]:
    """The aspects of Hu and Liu's products."""
    files = [
        each
        for each in sorted((data / "hu-liu").glob("*.txt"))
        if not each.name.startswith("README")
    ]
    products = [_marked(each) for each in files]
    every = [states.of([words for words, _ in product]) for product in products]
    yield f"hu-liu: {len(products)} products, {sum(map(len, products))} sentences"
    yield f"  shipped       {_of_products([aspects.load()] * len(products), products, every)}"
    halves = [_of_others(products, every, half) for half in (0, 1)]
    models = [halves[at % 2] for at in range(len(products))]
    yield f"  trained here  {_of_products(models, products, every)}"


def _of_others(products: Sequence[Product], every: Sequence[Sequence[Floats]], half: int) -> Model:
    """A model for every second product, of the others: all that is marked, a sixth of the rest."""
    lines = [
        (_placed(*sentence), state)
        for at, product in enumerate(products)
        if at % 2 != half
        for sentence, state in zip(product, every[at], strict=True)
    ]
    some = [pair for at, pair in enumerate(lines) if pair[0].judged or at % 6 == 0]
    return teaching.fitted([marked for marked, _ in some], [state for _, state in some])


def _of_products(
    models: Sequence[Model], products: Sequence[Product], every: Sequence[Sequence[Floats]]
) -> str:
    totals = sum(map(_counts, models, products, every), np.zeros(8, dtype=np.float32))
    found, named, marked, met, kinds, known, wanted, reached = totals
    return (
        f"mentions P {named / found:.3f} R {met / marked:.3f};"
        f" kinds P {known / kinds:.3f} R {reached / wanted:.3f}"
    )


def _tagged(path: Path) -> list[Marked]:
    """The sentences of an `.atepc` file, which has a line for each word and the whole sentence once
    for each of its terms."""
    found: dict[tuple[str, ...], set[tuple[int, int]]] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [line.split() for line in block.splitlines() if line.strip()]
        if rows:
            tags = ["OBI".index(row[1][0]) for row in rows]
            words = tuple(row[0] for row in rows)
            found.setdefault(words, set()).update(aspects.spans(tags))
    return [
        Marked(words, tuple((place, 1) for place in sorted(places)))
        for words, places in found.items()
    ]


def _judged(path: Path) -> list[Marked]:
    """The sentences of a file in three lines each, their characters apart."""
    lines = path.read_text(encoding="utf-8").split("\n")
    found = []
    for text, term, sign in zip(lines[::3], lines[1::3], lines[2::3], strict=False):
        left, _, right = text.partition("$T$")
        parts = [list(rjieba.cut(part.replace(" ", ""))) for part in (left, term.strip(), right)]
        start = len(parts[0])
        place = (start, start + len(parts[1]))
        found.append(Marked(tuple(chain(*parts)), ((place, _SIGNS[sign.strip()]),)))
    return found


def _marked(path: Path) -> Product:
    """The sentences of a product with the features that people marked in them, spoken or not."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        marks, apart, text = line.partition("##")
        words = tuple(teaching.cut(text))
        if apart and words:
            named = [
                feature.strip().lower()
                for feature, _, more in _MARK.findall(marks)
                if not any(each in more for each in _UNSPOKEN)
            ]
            found.append((words, named))
    return found


def _placed(words: Sequence[str], named: Sequence[str]) -> Marked:
    """The sentence as an example: where the marked words stand in it."""
    stems = [" ".join(tokens(word)) for word in words]
    places = set()
    for feature in named:
        wanted = tokens(feature)
        for at in range(len(stems) - len(wanted) + 1):
            if wanted and stems[at : at + len(wanted)] == wanted:
                places.add((at, at + len(wanted)))
                break
    return Marked(tuple(words), tuple((place, 2) for place in sorted(places)))


def _counts(model: Model, product: Product, states: Sequence[Floats]) -> Floats:
    """Found, and of them named by people; marked, and of them found; the same of kinds."""
    people = Counter(tuple(tokens(each)) for _, named in product for each in named)
    mine: Counter[tuple[str, ...]] = Counter()
    marked = met = 0
    for (words, named), state in zip(product, states, strict=True):
        found = [
            tuple(tokens(" ".join(words[start:end])))
            for start, end in aspects.spans(aspects.sequence(model, state))
        ]
        mine.update(found)
        has = set(tokens(" ".join(words)))
        for feature in map(tokens, named):
            if feature and set(feature) <= has:
                marked += 1
                met += any(_same(feature, each) for each in found)
    often = [each for each, count in mine.items() if count > 1]
    wanted = [each for each, count in people.items() if count > 1]
    named_too = sum(
        count for each, count in mine.items() if any(_same(each, other) for other in people)
    )
    known = sum(any(_same(each, other) for other in people) for each in often)
    reached = sum(any(_same(each, other) for other in mine) for each in wanted)
    counts = (mine.total(), named_too, marked, met, len(often), known, len(wanted), reached)
    return np.array(counts, dtype=np.float32)


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether all words of one stand in the other."""
    return bool(one and other) and (set(one) <= set(other) or set(other) <= set(one))


def _terms(model: Model, test: Sequence[Marked], states: Sequence[Floats], weight: float) -> str:
    precision, recall, f1 = _score(model, test, states, weight)
    return f"P {precision:.3f} R {recall:.3f} F1 {f1:.3f}"


def _f1(model: Model, test: Sequence[Marked], states: Sequence[Floats], weight: float) -> float:
    return float(_score(model, test, states, weight)[2])


def _score(model: Model, test: Sequence[Marked], states: Sequence[Floats], weight: float) -> Floats:
    found = (set(aspects.spans(aspects.sequence(model, state, weight))) for state in states)
    return teaching.score(found, ({place for place, _ in each.judged} for each in test))


def _right(model: Model, test: Sequence[Marked], states: Sequence[Floats]) -> float:
    """Of praise and complaint, whichever is likelier: nothing here is only named."""
    right = 0
    for each, state in zip(test, states, strict=True):
        [(place, sign)] = each.judged
        [(low, _, high)] = aspects.judged(model, each.words, state, [place])
        right += (high > low) == (sign == 2)
    return right / len(test)


if __name__ == "__main__":
    main()
