"""Finds products by words, numbers and order: set operations on the table's lists and columns.

The last thing named is what is looked for ("blue *kettle*"), so it must be a name, tag or category;
the words around it may be values as well. Where nothing has all of it, the words that were not
there are given back, so that it can be said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from bot.catalogue.bridged import is_colour
from bot.catalogue.columns import Ids, measured, unit_behind
from bot.catalogue.found import Word
from bot.catalogue.product import Product, alike
from bot.catalogue.table import NONE, Table, key_of
from bot.language import cedict
from bot.language.quantities import MONEY, Quantity
from bot.language.wording import fold, has_han, lexicon

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_BESIDE = frozenset({"in", "of", "with", "from", "for", "有", "带", "用"})
_HAVING = frozenset({"have", "has", "having"})  # "bikes that have lights"
_NEAR = 0.02  # share by which a measured number may differ
_LOOKED_AT = 50  # products of a list that are put in order
_QUALIFIED = frozenset({"something", "anything", "very", "too", "so"})
_LONGEST_GRADE = 3  # characters of a word for a degree
_COUNTED = frozenset({"", "star", "count"})  # kinds that are not measured, so 4.9 is not 5
_ABOUT = 0.25  # share by which "around 50" may differ


@dataclass(frozen=True)
class Selection:
    """Places of the products found, the words that they have, and those that nothing had."""

    places: Ids
    used: tuple[Word, ...] = ()
    missed: tuple[Word, ...] = ()


def strong(table: Table, word: Word) -> bool:
    """Whether it names products, not only a value of them; "something *light*" names none."""
    if word.after in _QUALIFIED:
        return False
    return word.word in table.exact or all(each in table.named for each in word.stems)


def select(table: Table, words: Sequence[Word], within: Ids | None = None) -> Selection:
    """The products that have all `words`; if none has, those that have as many as possible."""
    words = tuple(dict.fromkeys(words))
    if not words:
        return Selection(NONE if within is None else within)
    head = named_last(table, words)
    rest = [each for each in words if each is not head]
    start = within
    if head is not None:
        start = _and(start, _head(table, head))
    for widened in (0, 1, 2) if within is not None else (0, 1):
        found = start
        for each in rest:
            found = _and(found, _places(table, each, widened=widened))
        if found is not None and len(found):
            return Selection(found, words)
    return _as_many(table, head, rest, within)


def saying(table: Table, words: Sequence[Word], within: Ids) -> Ids:
    """Those of the few products `within` whose texts say all the `words`."""
    parts = [
        each for word in words for each in (word.parts if word.word.isascii() else [word.plain])
    ]
    found = [place for place in within if all(_says(table.products[int(place)], e) for e in parts)]
    return np.array(found, dtype=np.int32)


def _says(product: Product, part: str) -> bool:
    values = (each.value for each in product.attributes("zh")) if part.endswith("色") else ()
    return product.says(part) or any(is_colour(part, each) for each in values)


def with_word(table: Table, word: Word, within: Ids) -> Ids:
    """Those of `within` that have a word, in whatever text."""
    return _and(within, _places(table, word, widened=1))


def named_last(table: Table, words: Sequence[Word]) -> Word | None:
    """The word that says what is looked for: the last that is a tag or the end of a name, else the
    last that is a part of one, rather not one behind "in" or "with"."""
    named = [each for each in words if strong(table, each)]
    beside = [
        each.after in _BESIDE or (at and each.after in _HAVING) for at, each in enumerate(named)
    ]
    order = sorted(
        enumerate(named),
        key=lambda each: (each[1].word in table.exact, not beside[each[0]], each[0]),
    )
    return order[-1][1] if order else None


def _as_many(
    table: Table, head: Word | None, rest: Sequence[Word], within: Ids | None
) -> Selection:
    """Word by word from the head on; what leaves nothing is missed."""
    found = within
    used: list[Word] = []
    missed: list[Word] = []
    for each in rest if head is None else [head, *rest]:
        widened = 1 if within is None else 2
        places = _head(table, each) if each is head else _places(table, each, widened=widened)
        narrowed = _and(found, places)
        if len(narrowed):
            found, used = narrowed, [*used, each]
        else:
            missed.append(each)
    if not used:
        found = NONE if within is None else within
    return Selection(NONE if found is None else found, tuple(used), tuple(missed))


def _and(first: Ids | None, second: Ids | None) -> Ids:
    """What is in both; all lists of places ascend."""
    if first is None:
        return NONE if second is None else second
    if second is None:
        return first
    few, many = (first, second) if len(first) <= len(second) else (second, first)
    if not len(few):
        return few
    at = np.minimum(np.searchsorted(many, few), len(many) - 1)
    both: Ids = few[many[at] == few]
    return both


def _head(table: Table, word: Word) -> Ids:
    exact = table.exact.get(word.word)
    if exact is not None and len(exact):
        return exact
    return _all(table.named, word)


def _places(table: Table, word: Word, *, widened: int) -> Ids:
    """The products that a word names or is a value of; widened by those whose descriptions affirm
    it (1), or say it at all (2)."""
    lists = [_all(table.named, word), _all(table.valued, word)]
    if widened:
        told = _all(table.told, word)
        denying = NONE if widened > 1 else _denying(table, word)
        lists.append(np.setdiff1d(told, denying, assume_unique=True) if len(denying) else told)
    found = [places for places in lists if len(places)]
    if len(found) < 2:
        return found[0] if found else NONE
    # Sorted, not hashed: numpy's `unique` hashes, which takes five times as long here.
    joined = np.sort(np.concatenate(found), kind="stable")
    apart = np.ones(len(joined), dtype=np.bool_)
    apart[1:] = joined[1:] != joined[:-1]
    return joined[apart]


def _denying(table: Table, word: Word) -> Ids:
    """The products whose texts say a part of the word of what they are not."""
    parts = {word.word, *word.stems} & table.denied.keys()
    return np.concatenate([NONE, *(table.denied[each] for each in parts)])


def _all(lists: dict[str, Ids], word: Word) -> Ids:
    """The products that have every part of the word."""
    if (whole := lists.get(word.word)) is not None:
        return whole
    if len(word.stems) == 1:
        return NONE
    found: Ids | None = None
    for each in word.stems:
        found = _and(found, lists.get(each, NONE))
    return NONE if found is None else found


def of_facet(table: Table, word: Word) -> str:
    """The measure in whose values the word occurs most often ("colour"), "" for none."""
    if word.word in table.flags:
        return table.labels.get(word.word, "")
    counts: dict[str, int] = {}
    text, places = word.text, table.valued.get(word.word, NONE)
    if not len(places) and has_han(text):  # 「电池」 of "battery 18 V"
        senses = ((each, key_of(each)) for each in cedict.senses(text))
        text, key = next((each for each in senses if each[1] in table.valued), (text, ""))
        places = table.valued.get(key, NONE)
    for place in places[:50]:
        product = table.products[int(place)]
        for language in product.entries:
            for each in product.attributes(language):
                if text in each.value.lower() or word.word.removesuffix("色") in each.value:
                    counts[each.measure] = counts.get(each.measure, 0) + 1
    return max(counts, key=lambda name: counts[name], default="")


def best_first(
    table: Table, places: Ids, words: Sequence[Word], numbers: Sequence[Quantity]
) -> Ids:
    """`places` with those in front that say just what was asked ("1 to 2 hours", not 90 minutes;
    "chips", not "fish and chips"), as many as are looked at."""
    ranges = [
        set(column.places[(column.lows == each.low) & (column.highs == each.high)].tolist())
        for each in numbers
        if each.kind not in ("", MONEY) and (column := table.numbers.get(each.kind)) is not None
    ]
    inner = [each for each in words if each.word in table.valued]
    if not (ranges or inner) or len(places) < 2:
        return places
    looked, rest = places[:_LOOKED_AT], places[_LOOKED_AT:]
    score = [
        sum(place in of for of in ranges)
        + sum(table.products[place].has_value(each.word) for each in inner)
        for place in map(int, looked)
    ]
    return np.concatenate([looked[np.argsort(-np.array(score), kind="stable")], rest])


def narrows(table: Table, quantity: Quantity) -> bool:
    """Whether a number narrows a list: a price range, a measure, the sides of something."""
    if quantity.sides or quantity.of:
        return True
    if quantity.kind in ("", MONEY):
        return not quantity.exact or quantity.kind == MONEY or quantity.about
    return quantity.kind in table.numbers and quantity.kind not in ("count", "percent")


def by_quantity(table: Table, places: Ids, quantity: Quantity) -> Ids:
    """Those of `places` that have the number: a price, a measured attribute, two sides."""
    if quantity.sides:
        return _and(places, table.sides.get(tuple(sorted(quantity.sides)), NONE))
    if quantity.of:  # "rated over 4": the numbers of that measure, with the unit or without
        kinds = dict.fromkeys((quantity.kind, ""))
        return _and(places, _unique([_fitting(table, kind, quantity) for kind in kinds]))
    if quantity.kind in ("", MONEY) or quantity.currency:
        prices = table.prices[places]
        return places[_within(prices, prices, quantity, exact=_ABOUT)]
    return _and(places, _unique([_fitting(table, quantity.kind, quantity)]))


def _unique(places: Sequence[Ids]) -> Ids:
    found: Ids = np.unique(np.concatenate(places))
    return found


def _fitting(table: Table, kind: str, quantity: Quantity) -> Ids:
    """The products with a number of the kind that fits, of the quantity's measure if it has one."""
    if (column := table.numbers.get(kind)) is None:
        return NONE
    near = 0.0 if kind in _COUNTED else _NEAR
    fits = _within(column.lows, column.highs, quantity, exact=near)
    if quantity.of:
        fits &= column.measures == quantity.of
    return column.places[fits]


def _within(lows: Numbers, highs: Numbers, quantity: Quantity, *, exact: float) -> Mask:
    """Which numbers fit a quantity: "2 to 4 hours" has 3 in it and lies within 1 to 5."""
    low, high = quantity.low, quantity.high
    least, most = (highs, lows) if quantity.exact or quantity.half else (lows, highs)
    if quantity.exact and low is not None and high is not None:
        share = _ABOUT if quantity.about else exact
        low, high = low * (1 - share), high * (1 + share)
    fits: Mask = ~np.isnan(highs)
    if low is not None:
        fits &= least > low if quantity.low_open else least >= low
    if high is not None:
        fits &= most < high if quantity.high_open else most <= high
    return fits


def ordered(table: Table, places: Ids, sort: str) -> tuple[Ids, str]:
    """`places` by "price+" (upwards) or "size-", those without the number left out, and the measure
    that was compared; the places as they are where nothing can be compared."""
    name, down = sort[:-1], sort.endswith("-")
    if name == "price":
        return _by(places, table.prices[places], down=down), "price"
    values, measure = _stated(table, places, name)
    if values is None:
        values, measure = _measured(table, places, name)
    if values is None:
        return places, ""
    return _by(places, values, down=down), measure


def _by(places: Ids, values: Numbers, *, down: bool) -> Ids:
    """`places` in the order of their `values`, without those that have none."""
    known = ~np.isnan(values)
    order = np.argsort(-values[known] if down else values[known], kind="stable")
    return places[known][order]


def _stated(table: Table, places: Ids, name: str) -> tuple[Numbers | None, str]:
    """The number that each place, of a few, says under the very label of a measure, in the unit
    that most of them have; None where none does."""
    if len(places) > _LOOKED_AT or name == "size":
        return None, ""
    said: dict[str, dict[int, float]] = {}
    for place in map(int, places):
        product = table.products[place]
        for each in (each for of in product.entries for each in product.measured(name, of)):
            if (grade := _grade(fold(each.value))) is not None:
                said.setdefault("grade", {}).setdefault(place, grade)
            for number in measured(each.value)[:1]:
                kind = number.kind or unit_behind(fold(each.value), number)
                if number.high is not None:
                    said.setdefault(kind, {}).setdefault(place, number.high)
    most = max(said.values(), key=len, default={})
    if not most:
        return None, ""
    return np.array([most.get(int(place), np.nan) for place in places]), name


def _grade(value: str) -> float | None:
    """The place of a word for a degree ("mild", 「重辣」)."""
    best = max(
        (
            (len(each), at)
            for each, at in _grades().items()
            if value == each
            or (has_han(each) and value.startswith(each) and len(value) <= _LONGEST_GRADE)
        ),
        default=None,
    )
    return float(best[1]) if best else None


@cache
def _grades() -> dict[str, int]:
    grades = lexicon("products")["grades"]
    return {str(each): at for at, of in enumerate(grades) for each in of}


def _measured(table: Table, places: Ids, name: str) -> tuple[Numbers | None, str]:
    """The number of each place that a measure compares: of the kind that most of them have."""
    known = lexicon("products")["measures"].get(name)
    if known is None:
        return None, ""
    kinds = [known.get("kind")] if name != "size" else []
    kinds = [kind for kind in kinds if kind] or ["volume", "area", "length"]
    best: tuple[int, Numbers, str] | None = None
    for kind in kinds:
        if (column := table.numbers.get(kind)) is None:
            continue
        mine = np.isin(column[0], places)
        held = list(dict.fromkeys(column[2][mine].tolist()))
        same = [each for each in held if each == name]
        named = [each for each in held if each]  # rather than a number in the product's name
        for measure in same or [each for each in held if each in alike(name)] or named or held:
            values = np.full(len(table.products), np.nan)
            rows = mine & (column[2] == measure)
            np.fmax.at(values, column[0][rows], column[1][rows])
            count = int((~np.isnan(values[places])).sum())
            if best is None or count > best[0]:
                best = (count, values[places], str(measure) or name)
    return (best[1], best[2]) if best else (None, "")
