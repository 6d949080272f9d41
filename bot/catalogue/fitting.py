"""Whether one thing goes with another: "does the pot fit the small stove?". What is asked about is
named first, be it by a part of its name, and it is its own texts that may name the other."""

import re
from dataclasses import replace

import numpy as np

from bot.catalogue.acts import AskProduct
from bot.catalogue.columns import Ids
from bot.catalogue.focus import Focus
from bot.catalogue.found import Word
from bot.catalogue.order import kin
from bot.catalogue.reading import Reading
from bot.catalogue.search import saying, select, strong
from bot.catalogue.table import NONE, Table
from bot.catalogue.told import TOLD
from bot.language.wording import has_han

_VERB = re.compile(
    r"\b(?:fits?|holds?|supports?|suits?|(?:works?|go(?:es)?|compatible|for use) (?:with|on))\b"
    r"|\b(?:use|put) (?:[^ ]+ ){1,6}(?P<joint>on|with|in)\b"
    r"|用[在于]|能用|可以用|配|适用|适合|兼容"
)
_MOST = 3  # products that it is asked of
_LOOKED_AT = 50  # products of a kind
_SEARCHES = frozenset({"which", "list", "many"})
_MINE = frozenset({"my", "our"})
_FITS = "fits"  # the measure whose label says what a thing is for


def fitting(reading: Reading, table: Table, focus: Focus) -> AskProduct | None:
    """What is asked of the thing that is named first; None where not two things are named."""
    if any(each.text not in _MINE for each in reading.unknown):
        return None
    if _FITS in focus.measures and not focus.age and (others := _others(reading, table, focus)):
        return others
    verb = _VERB.search(reading.text)
    if verb is None or "feature" not in reading.asks:
        return None
    start = verb.start("joint") if verb["joint"] else verb.start()
    first = [each for each in reading.words if each.start < start]
    other = tuple(each for each in reading.words if each.start >= verb.end())
    if not other and has_han(reading.text):  # 「A的弦B能用吗」
        first, other = _apart(first, table)
    if not any(strong(table, each) for each in first):
        return None
    found = select(table, first)
    searched = reading.asks & _SEARCHES
    if not other or found.missed or not 0 < len(found.places) <= (TOLD if searched else _MOST):
        return None
    if not any(strong(table, each) for each in other):
        return None
    if len(said := saying(table, other, found.places)):
        return AskProduct(_skus(table, said), (_FITS,), other, sure=True)
    if searched:
        return None
    skus = _skus(table, found.places)
    if any(table.products[int(place)].holds((_FITS,)) for place in found.places):
        return AskProduct(skus, (_FITS,), sure=True)
    return AskProduct(skus, (), (), other, sure=False)


def _others(reading: Reading, table: Table, focus: Focus) -> AskProduct | None:
    """ "Which one do I need then?": what those of its kind are for, or those for what is said."""
    place = table.places.get(focus.skus[0]) if focus.skus else None
    leans = reading.leans or not any(each.word in table.kinds for each in reading.words)
    if place is None or not leans or not reading.asks & _SEARCHES or reading.measures:
        return None
    kinds = (
        kin(replace(reading, language=of), table, place) for of in table.products[place].entries
    )
    places = np.unique(np.concatenate(list(kinds)))[:_LOOKED_AT]
    said = saying(table, reading.words, places) if reading.words else NONE
    told = [each for each in places if table.products[int(each)].holds((_FITS,))]
    if len(told) < 2:
        return None
    skus = _skus(table, said if len(said) else np.array(told))
    return AskProduct(skus, (_FITS,), reading.words if len(said) else (), sure=True)


def _skus(table: Table, places: Ids) -> tuple[str, ...]:
    return tuple(table.products[int(place)].sku for place in places)


def _apart(words: list[Word], table: Table) -> tuple[list[Word], tuple[Word, ...]]:
    """The words that name one thing together, and those behind them."""
    for to in range(2, len(words) + 1):
        if select(table, words[:to]).missed:
            return words[: to - 1], tuple(words[to - 1 :])
    return words, ()
