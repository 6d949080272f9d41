"""What may please somebody: products in stock that fit the words and the price, and gifts first
where nothing but the price is said. It is no model of a person: who it is for is not weighed."""

from collections.abc import Sequence
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
_SAID, _HINTED = 2.0, 1.0  # what a word of the message weighs, and a word like "gift"


def recommendation(reading: Reading, table: Table, numbers: Sequence[Quantity]) -> Recommend | None:
    """A few products of different kinds; None where the words or the price leave none."""
    priced = np.flatnonzero(~np.isnan(table.prices)).astype(np.int32)
    places = reduce(lambda left, each: by_quantity(table, left, each), numbers, priced)
    stocked = [place for place in places if table.products[int(place)].stock != 0]
    places = without(table, np.array(stocked, dtype=np.int32), reading.denied)
    score = np.zeros(len(table.products))
    named = []
    for word in reading.words:
        found = select(table, [word]).places
        score[found] += _SAID
        named += [word] if len(found) else []
    if reading.words:
        places = places[score[places] >= _SAID]
    else:
        for word in (*reading.recommended, *_giving(table)):
            score[select(table, [word]).places] += _HINTED
    score -= _off_budget(table, numbers) / 2
    best = places[np.argsort(-score[places], kind="stable")]
    if not len(best):
        return None
    skus = tuple(table.products[place].sku for place in _varied(reading, table, best))
    said = " ".join(each.text for each in named)
    return Recommend(skus, Filters(tuple(named), tuple(numbers), said=said), sure=bool(numbers))


def _giving(table: Table) -> list[Word]:
    return [Word(each, (each,), each, -1) for each in giving() if each in table.named]


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
