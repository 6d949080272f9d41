"""Words that no catalogue has but that mean one of its labels, asked of what is named or was told:
"how loud is it" (Noise), "can I wash them" (Washable), 「扭矩多大」 (Torque), 「哪个声音小」.

Chinese words are looked up in the dictionary, English ones share their stem with the label; else
the encoder tells how alike they are. What comes of it is never sure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby

import numpy as np

from bot.catalogue.columns import Ids
from bot.catalogue.focus import Focus
from bot.catalogue.found import Word, words_of
from bot.catalogue.labels import bare_sorts
from bot.catalogue.product import word_of
from bot.catalogue.reading import Reading
from bot.catalogue.search import select, strong
from bot.catalogue.table import NONE, Table, words
from bot.catalogue.told import TOLD
from bot.language import cedict
from bot.language.wording import has_han

Alike = Callable[[str, tuple[str, ...]], Sequence[float]]
_MOST, _MOST_HAN = 3, 6  # words, Chinese characters that nothing explains
_STEM = 4  # letters that a word and a label share
_ALIKE, _ALIKE_HAN, _AHEAD = 0.6, 0.45, 0.05  # cosine from which a label is meant, ahead of others
_APART = ("dealings", "own", "elsewhere", "ways_of_selling", "denied")


def related(reading: Reading, table: Table, focus: Focus, alike: Alike | None) -> Reading | None:
    """The reading with the labels that are meant as what is asked; None where there are none."""
    han = has_han(reading.text)
    unknown = [each for each in reading.unknown if each.text != "how"]
    apart = _apart()
    if not 0 < len(unknown) <= (_MOST_HAN if han else _MOST):
        return None
    if any(each.text in apart for each in unknown) or any(
        each in reading.text for each in apart if has_han(each) and len(each) > 1
    ):
        return None
    places = meant_places(reading, table, focus)
    if not 0 < len(places) <= TOLD:
        return None
    labels = _labels(table, places)
    measures: list[str] = []
    left: list[Word] = []
    for run in _runs(unknown) if han else ([each] for each in unknown):
        found, start, end = _meant(run, labels, alike)
        measures += found
        rest = run[:start] + run[end:] if found else run
        left += [each for each in rest if each.text not in bare_sorts()]
    if not measures:
        return None
    asked = tuple(dict.fromkeys((*measures, *reading.measures)))
    if "which" in reading.asks and reading.sort[:-1] == "size":
        return replace(reading, sort=f"{measures[0]}{reading.sort[-1]}", unknown=tuple(left))
    return replace(reading, measures=asked, unknown=tuple(left))


@cache
def _apart() -> frozenset[str]:
    return frozenset().union(*map(words_of, _APART))


def named_beside(
    reading: Reading, table: Table, places: Ids, measures: Sequence[str]
) -> tuple[str, ...]:
    """Of "how long" as a length or a time, the one whose label the message names."""
    said = {word_of(each.text) for each in (*reading.unknown, *reading.words)}
    for product in (table.products[int(place)] for place in places[:TOLD]):
        for measure in measures:
            held = (each for of in product.entries for each in product.measured(measure, of))
            if any(said.intersection(words(each.label)) for each in held):
                return (measure,)
    return ()


def meant_places(reading: Reading, table: Table, focus: Focus) -> Ids:
    """What is named, else what was told just before."""
    if named := [each for each in reading.words if strong(table, each)]:
        return select(table, named).places
    told = [] if focus.age else [table.places[sku] for sku in focus.skus if sku in table.places]
    return np.array(sorted(told), dtype=np.int32) if told else NONE


def _labels(table: Table, places: Ids) -> dict[str, str]:
    """The labels of some products, each with its measure."""
    products = [table.products[int(place)] for place in places]
    attributes = (each for of in products for lang in of.entries for each in of.attributes(lang))
    return {each.label: each.measure for each in attributes}


def _runs(unknown: Sequence[Word]) -> Iterator[list[Word]]:
    """Chinese characters that stand side by side."""
    for _, run in groupby(enumerate(unknown), lambda each: each[1].start - each[0]):
        yield [word for _, word in run]


def _meant(
    run: Sequence[Word], labels: dict[str, str], alike: Alike | None
) -> tuple[list[str], int, int]:
    """The measures that a run means, and which part of it does; the longest part first."""
    for size in range(len(run), 0 if len(run) == 1 else 1, -1):
        for start in range(len(run) - size + 1):
            text = "".join(each.text for each in run[start : start + size])
            if found := _of(text, labels):
                return found, start, start + size
    text = "".join(each.text for each in run if each.text not in bare_sorts())
    return (_like(text, labels, alike) if alike and text else []), 0, len(run)


def _of(text: str, labels: dict[str, str]) -> list[str]:
    """The measures of the labels that hold a word, or a rendering of it, or one of its stem."""
    senses = (*cedict.senses(text), cedict.gloss(text) or "") if has_han(text) else (text,)
    said = [set(words(each)) for each in senses if each]
    return [
        measure
        for label, measure in labels.items()
        if any(of and all(_holds(label, each) for each in of) for of in said)
    ]


def _holds(label: str, word: str) -> bool:
    held = words(label)
    stem = len(word) >= _STEM and any(
        each.startswith(word) or (len(each) >= _STEM and word.startswith(each)) for each in held
    )
    return stem or word in held


def _like(text: str, labels: dict[str, str], alike: Alike) -> list[str]:
    """The measure of the one label that is most like a word."""
    parts = [(part, label) for label in labels for part in {label, *label.split()} if part]
    scores = alike(text, tuple(part.lower() for part, _ in parts))
    best: dict[str, float] = {}
    for score, (_, label) in zip(scores, parts, strict=True):
        best[labels[label]] = max(score, best.get(labels[label], 0.0))
    ranked = sorted(best.items(), key=lambda each: -each[1])
    least = _ALIKE_HAN if has_han(text) else _ALIKE
    if not ranked or ranked[0][1] < least:
        return []
    return [measure for measure, score in ranked if score > ranked[0][1] - _AHEAD]
