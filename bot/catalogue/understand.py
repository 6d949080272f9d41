"""From a reading to an act: what of the catalogue is asked, in view of what was told last.

A short message is taken at its word (`query.py`), a long one by its gist. It words nothing.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bot.catalogue.acts import Act, AskProduct, FindProducts, Recommend
from bot.catalogue.ages import for_age
from bot.catalogue.denials import denials
from bot.catalogue.fitting import fitting
from bot.catalogue.focus import Focus
from bot.catalogue.gist import gist
from bot.catalogue.needs import Sense, need
from bot.catalogue.query import Query
from bot.catalogue.reading import Reading
from bot.catalogue.related import related
from bot.catalogue.search import saying
from bot.catalogue.spoken import line_of, silence_of, spoken_of
from bot.catalogue.table import Table, is_title
from bot.catalogue.told import LEANING
from bot.language.wording import has_han

_MOST_WORDS = 24  # of the catalogue and of others: a message with more is no short question
_ARTICLES = frozenset({"a", "an", "the"})
_GIVEN_BACK = re.compile(r"\b(?:give|take)\b(?: [a-z']+){0,5} back\b")


def understand(
    reading: Reading,
    table: Table,
    focus: Focus,
    shopping: Callable[[str], bool] = bool,
    sense: Sense | None = None,
) -> Act | None:
    """What is asked of the catalogue; None when it is something else, or too little to tell.

    `shopping` says whether a message that is not all explained is about products at all.
    """
    if not table.products or len(reading.words) + len(reading.unknown) > _MOST_WORDS:
        return None
    if _GIVEN_BACK.search(reading.text):
        return None  # a return, whatever is in stock
    if aged := for_age(reading, table, focus):
        return aged
    apart = denials(reading, table)
    if apart and (found := Query(apart, table, focus).act()):
        return found
    act = None  # what is denied is not asked for
    if apart is None:
        act = fitting(reading, table, focus) or Query(reading, table, focus).act()
    if apart is None and (act is None or not act.sure):
        meant = related(reading, table, focus, sense.alike if sense else None)
        ours = meant is not None and (not meant.unknown or shopping(reading.text))
        found = Query(meant, table, focus).act() if meant and ours else None
        if (
            found is not None
            and found.skus
            and not (isinstance(found, AskProduct) and found.missed)
        ):
            return replace(found, sure=False)
    if act is None or not act.sure or _is_poor(act, reading):
        meant = gist(apart or reading, table, focus)
        asked = meant is not None and shopping(reading.text)
        found = Query(meant, table, focus).act() if meant and asked else None
        empty = isinstance(found, FindProducts) and not (found.skus or found.filters.words)
        if act is None and empty:
            found = None  # "she is 1.62 m" asks for nothing that is so long
        act = replace(found, sure=False) if found else act
    if apart is None and (act is None or _is_poor(act, reading)) and shopping(reading.text):
        act = _of_need(act, need(reading, table, sense), reading)
    if isinstance(act, AskProduct) and act.missed:
        act = _spoken_of(act, table)
    silent = _is_silent(act, table)
    if (silent or _is_elsewhere(act, reading, table, focus)) and shopping(reading.text):
        line = line_of(reading, table, focus, sense.alike) if sense else None
        act = line or act or (spoken_of(reading, table, focus) if silent else None)
        if line is None and _is_elsewhere(act, reading, table, focus):
            act = silence_of(reading, table, focus) or act
    count = _count(reading)
    if count and isinstance(act, AskProduct) and not act.missed:
        return replace(act, measures=act.measures or ("price", "stock"), count=count)
    return replace(act, count=count) if count and isinstance(act, FindProducts) else act


def _spoken_of(act: AskProduct, table: Table) -> AskProduct:
    """With the words that a search misses and the products' texts speak of, if only to deny them,
    as what is asked."""
    places = np.array([table.places[sku] for sku in act.skus], dtype=np.int32)
    said = tuple(each for each in act.missed if len(saying(table, [each], places)) == len(places))
    missed = tuple(each for each in act.missed if each not in said)
    return replace(act, words=(*act.words, *said), missed=missed, sure=act.sure or not missed)


def _is_silent(act: Act | None, table: Table) -> bool:
    """Whether nothing is asked that the catalogue says by the words of the question."""
    if act is None:
        return True
    if not isinstance(act, AskProduct) or not act.skus or act.words:
        return False
    if act.missed:
        return not act.sure
    products = (table.products[table.places[sku]] for sku in act.skus)
    return bool(act.measures) and not any(each.holds(act.measures) for each in products)


def _is_elsewhere(act: Act | None, reading: Reading, table: Table, focus: Focus) -> bool:
    """Whether nothing was found in what is asked, or only something of other products than the one
    that "it" is."""
    if isinstance(act, AskProduct) and act.skus:
        its = "it" in reading.asks and len(focus.skus) == 1 and focus.age <= LEANING
        named = any(
            is_title(each.word)
            or (each.word in table.kinds and (each.after in _ARTICLES or has_han(each.text)))
            for each in reading.words
        )  # "is it a rug", but not "is it washable"
        return its and not (named and act.sure) and act.skus != focus.skus
    return act is None or isinstance(act, Recommend)


def _count(reading: Reading) -> int:
    """How many of something are wanted ("50 mugs", 「两条毛巾」); 0 where that is not said."""
    named = {each.start for each in reading.words}
    for each in reading.quantities:
        several = each.exact and each.kind in ("", "count") and each.high and each.high >= 2
        if several and named & {each.end, each.end + 1}:
            return int(each.high or 0)
    return 0


def _of_need(
    act: Act | None, meant: FindProducts | Recommend | None, reading: Reading
) -> Act | None:
    """What speaks of the need goes before what only has a name in common with it, but not before
    that there is no such thing."""
    if act is None or meant is None:
        return act or meant
    if isinstance(act, FindProducts) and act.unknown:
        for_whom = re.search(rf"(?:\bfor |给|适合){re.escape(act.unknown[0])}", reading.text)
        return meant if for_whom else act
    silent = bool(meant.filters.missed)
    both = isinstance(act, Recommend) and isinstance(meant, Recommend) and not act.filters.words
    return act if silent and not both else meant


def _is_poor(act: Act, reading: Reading) -> bool:
    """Whether an act left out something of what was said."""
    if isinstance(act, FindProducts):
        aged = any(each.kind == "age" for each in reading.quantities) and not act.filters.numbers
        return aged or bool(act.filters.missed) or not act.skus
    several = isinstance(act, AskProduct) and len(act.skus) > 1 and bool(act.missed)
    return isinstance(act, Recommend) or several
