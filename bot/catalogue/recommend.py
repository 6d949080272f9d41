"""What may please somebody: products in stock that fit the words and the price, and gifts first
where nothing but the price is said. It is no model of a person: who it is for is not weighed."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, reduce

import numpy as np

from bot.catalogue.acts import Filters, Recommend
from bot.catalogue.columns import Ids
from bot.catalogue.denials import without
from bot.catalogue.found import Word
from bot.catalogue.product import word_of
from bot.catalogue.reading import Reading
from bot.catalogue.search import Numbers, by_quantity, select
from bot.catalogue.table import Table
from bot.language.quantities import MONEY, Quantity
from bot.language.wording import has_han, lexicon

SHOWN = 5
_LOOKED_AT = 200  # of the best, for variety
_WORTH = 0.5  # share of a gift's budget by which a price may differ
_BUDGET = re.compile(r"\bbudget\b|\babout\b|\baround\b|预算|左右|上下")
_SAID, _HINTED = 2.0, 1.0  # what a word of the message weighs, and a word like "gift"


def recommendation(reading: Reading, table: Table, numbers: Sequence[Quantity]) -> Recommend | None:
    """A few products of different kinds; None where the words or the price leave none."""
    priced = np.flatnonzero(~np.isnan(table.prices)).astype(np.int32)
    places = reduce(lambda left, each: by_quantity(table, left, each), numbers, priced)
    places = worth_giving(reading, table, places, numbers)
    stocked = [place for place in places if table.products[int(place)].stock != 0]
    places = np.array(stocked, dtype=np.int32)
    score = np.zeros(len(table.products))
    named = []
    for word in reading.words:
        found = select(table, [word]).places
        score[found] += _SAID
        named += [word] if len(found) else []
    said = places[score[places] >= _SAID]
    missed: tuple[Word, ...] = ()
    if reading.words and not len(said) and "gift" in reading.asks and numbers:
        named, missed = [], reading.words  # nothing of it at that price
    elif reading.words:
        places = said
    else:
        for word in (*reading.recommended, *_giving(table)):
            score[select(table, [word]).places] += _HINTED
    places = without(table, places, reading.denied)
    score -= _off_budget(table, numbers) / 2
    best = places[np.argsort(-score[places], kind="stable")]
    if not len(best):
        return None
    if "gift" in reading.asks and not numbers and score[best[0]] <= 0:
        return Recommend(())  # rather than anything at random
    skus = tuple(table.products[place].sku for place in _varied(reading, table, best))
    text = " ".join(each.text for each in named)
    filters = Filters(tuple(named), tuple(numbers), missed, text)
    return Recommend(skus, filters, sure=bool(numbers))


def _giving(table: Table) -> list[Word]:
    return [Word(each, (each,), each, -1) for each in giving() if each in table.named]


def worth_giving(reading: Reading, table: Table, places: Ids, numbers: Sequence[Quantity]) -> Ids:
    """Those of `places` whose price is of the order of a gift's budget, where one is named."""
    if "gift" not in reading.asks or not _BUDGET.search(reading.text):
        return places
    off = _off_budget(table, [replace(each, low=each.low or each.high) for each in numbers])
    return places[off[places] <= _WORTH]


def _off_budget(table: Table, numbers: Sequence[Quantity]) -> Numbers:
    """How far (a share of it) each price is from the sum that was named; 0 without one."""
    sums = [each.high for each in numbers if each.kind in ("", MONEY) and not each.half]
    aim = next((each for each in sums if each), None)
    if aim is None:
        return np.zeros(len(table.products))
    off: Numbers = np.nan_to_num(np.abs(table.prices - aim) / aim)
    return off


def _varied(reading: Reading, table: Table, places: Ids) -> list[int]:
    """The first few, no two of the same first tag while there are others."""
    seen: set[str] = set()
    first: list[int] = []
    later: list[int] = []
    for place in map(int, places[:_LOOKED_AT]):
        tags = table.products[place].entry(reading.language).tags
        kind = tags[0] if tags else ""
        (later if kind in seen else first).append(place)
        seen.add(kind)
    return (first + later)[:SHOWN]


@cache
def giving() -> tuple[str, ...]:
    """What catalogues call things that are meant to be given, as words of the table."""
    return tuple(
        each if has_han(each) else " ".join(map(word_of, each.split()))
        for each in lexicon("products")["giving"]
    )
