"""What something is needed for: "a tent for beginners", 「送长辈的茶」, "for a 6 year old".

The need is put into no list of ours: it is compared with each clause of what the catalogue says of
the products that are named, or of all of them. Those whose texts speak of it are recommended; where
none does, what is named is listed, and that the catalogue is silent is said.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from bot.catalogue.acts import Filters, FindProducts, Recommend
from bot.catalogue.columns import Ids, measured
from bot.catalogue.denials import without
from bot.catalogue.found import Word, words_of
from bot.catalogue.product import Product
from bot.catalogue.reading import Reading
from bot.catalogue.recommend import recommendation, worth_giving
from bot.catalogue.search import by_quantity, narrows, select, strong
from bot.catalogue.statements import CLAUSE, denied
from bot.catalogue.table import NONE, Table, words
from bot.language.quantities import Quantity
from bot.language.wording import fold, has_han, lexicon
from bot.types import PRODUCT, Language

_SEARCHES = frozenset({"have", "sell", "list", "recommend", "gift", "which", "general"})
_ELSE = frozenset({"both", "price", "stock", "many", "back", "compare", "tell", "rest"})
_MOST, _MOST_HAN = 8, 16  # words, Chinese characters that nothing explains
_SPEAKS, _SPEAKS_ALONE = 0.4, 0.45  # cosine from which a clause speaks of a need; without a name
_BEHIND = 0.15  # cosine behind the best of them
_NEAREST = 5  # products whose clauses are compared
_CLAUSES = 6  # of a product
_SHOWN = 3
_UNSAID, _SAID = 0.1, 0.8  # how sure an age fits where a clause names none; where it does
_YEAR = 31_536_000.0  # seconds
_FOR = re.compile(r"\b(?:for|to|that|who|which|suits?|suitable)\b|适合|给|送")
_OF = re.compile(r"的[^了]{1,6}$|什么|哪")  # 「出差带的茶具」
_ASKING = re.compile(r"退|换|修|怎|咋|如何|哪里|哪儿|为什么|什么时候|多久|几点")
_NAMING = re.compile(r"\b(?:something|anything|gifts?|presents?|ideas?|have|what|one)\b")


@dataclass(frozen=True)
class Sense:
    """How alike texts are: `alike` the cosines (-1..1) of a text to others, `nearest` entry ids by
    how near their texts are to a text."""

    alike: Callable[[str, tuple[str, ...]], Sequence[float]]
    nearest: Callable[[str, Sequence[str]], Sequence[str]]


def need(
    reading: Reading, table: Table, sense: Sense | None = None
) -> FindProducts | Recommend | None:
    """The products that fit what is needed; None for what is no search."""
    asks = reading.asks
    if asks & _ELSE or reading.measures or reading.sort or not is_ours(reading):
        return None
    han = has_han(reading.text)
    named = [
        each for each in reading.words if strong(table, each) and (han or each.word in table.exact)
    ]
    wish = _wish(reading, named)
    wanted = _FOR.search(reading.text) or _OF.search(reading.text)
    searched = asks & _SEARCHES and (named or not asks & {"have", "sell"})
    if not wish or not (wanted or searched or (named and "feature" in asks)):
        return None
    every = np.arange(len(table.products), dtype=np.int32)
    places = select(table, named).places if named else every
    numbers = tuple(each for each in reading.quantities if narrows(table, each))
    places = reduce(lambda left, each: by_quantity(table, left, each), numbers, places)
    places = without(table, places, reading.denied)
    places = worth_giving(reading, table, places, numbers)
    if not len(places):
        return None
    said = " ".join(each.text for each in named)
    filters = Filters(tuple(named), numbers, said=said)
    found = _speaking(wish, reading, table, places, sense, alone=not named) if sense else []
    skus = [table.products[at].sku for at, _ in found[:_SHOWN]]
    if found:
        because = tuple(clause for _, clause in found[:_SHOWN])
        return Recommend(tuple(skus), filters, because=because)
    missed = (Word(wish, tuple(words(wish)), wish, reading.text.find(wish)),)
    if not named and asks & {"general", "gift"} and _FOR.search(reading.text):
        idea = recommendation(replace(reading, words=()), table, numbers)
        return idea and replace(idea, filters=replace(idea.filters, missed=missed))
    if not named or not (asks & _SEARCHES or _FOR.search(reading.text)):
        return None
    order = _nearest(wish, table, places, sense) if sense else places
    skus = [table.products[int(at)].sku for at in order]
    return FindProducts(tuple(skus), replace(filters, missed=missed))


def is_ours(reading: Reading) -> bool:
    """Whether it is no matter between the shop and the shopper."""
    data, han = lexicon("products"), has_han(reading.text)
    unknown = [each for each in reading.unknown if each.text.isalnum()]
    if len(unknown) > (_MOST_HAN if han else _MOST):
        return False
    apart = {*data["dealings"], *data["own"], *data["elsewhere"], *data["ways_of_selling"]}
    if han:
        return not _ASKING.search(reading.text) and not any(
            each in reading.text for each in (*data["dealings"], *data["own"]) if has_han(each)
        )
    theirs = (each for each in unknown if each.after not in ("for", "my", "who", "that", "which"))
    return not any(each.text in apart for each in theirs)


def _wish(reading: Reading, named: Sequence[Word]) -> str:
    """What of the text says the need: in English what is behind "for", "that" after the name, in
    Chinese all that is neither a name nor a way to ask."""
    inner = [
        *(each for each in reading.words if each not in named),
        *(each for each in reading.unknown if each.text not in words_of("negative_verbs")),
    ]
    spans = [(each.start, each.start + len(each.text)) for each in inner]
    spans += [(each.start, each.end) for each in reading.quantities if each.kind in ("age", "time")]
    if not spans:
        return ""
    start, end = min(spans)[0], max(end for _, end in spans)
    if not has_han(reading.text):
        behind = named[0].start + len(named[0].text) if named else 0
        if not named and (naming := _NAMING.search(reading.text)):
            behind = naming.end()
        marker = _FOR.search(reading.text, behind)
        start = max(start, behind) if marker is None or marker.end() > end else marker.end()
        if start >= end:
            return ""
    wish = reading.text[start:end]
    for each in (*(word.text for word in named), "什么"):
        wish = wish.replace(each, "")
    return wish.strip()


def _speaking(
    wish: str, reading: Reading, table: Table, places: Ids, sense: Sense, *, alone: bool
) -> list[tuple[int, str]]:
    """The places whose texts speak of a wish, each with the clause that does, the best first."""
    ages = [each for each in reading.quantities if each.kind in ("age", "time")]
    least = _SPEAKS_ALONE if alone else _SPEAKS
    found = []
    for place in _looked_at(wish, table, places, sense):
        told = clauses(table.products[place], reading.language)
        likely = sense.alike(wish, tuple(map(fold, told)))
        said = [
            (max(alike, *fits), clause)
            for alike, clause in zip(likely, told, strict=True)
            if all(fits := [_fits(each, clause) for each in ages] or [_UNSAID])
        ]
        if said and (best := max(said))[0] >= least:
            found.append((best[0], place, best[1]))
    found.sort(reverse=True)
    return [(place, clause) for score, place, clause in found if score >= found[0][0] - _BEHIND]


def _looked_at(wish: str, table: Table, places: Ids, sense: Sense) -> list[int]:
    """The nearest, and those whose descriptions say a word of it."""
    said = [table.told.get(each, NONE) for each in _terms(wish)]
    literal = [at for each in said for at in np.intersect1d(each, places)[:_NEAREST].tolist()]
    return list(
        dict.fromkeys([*_nearest(wish, table, places, sense)[:_NEAREST], *literal[:_NEAREST]])
    )


def _terms(wish: str) -> list[str]:
    if has_han(wish):
        return [wish[at : at + 2] for at in range(len(wish) - 1)]
    nothing = {str(each) for each in lexicon("products")["nothing"][0]}
    return [each for each in words(wish) if each not in nothing]


def _nearest(wish: str, table: Table, places: Ids, sense: Sense) -> list[int]:
    ids = {f"{PRODUCT}{table.products[int(at)].sku}": int(at) for at in places}
    near = [ids[each] for each in sense.nearest(wish, tuple(ids)) if each in ids]
    return list(dict.fromkeys([*near, *ids.values()]))


def clauses(product: Product, language: Language) -> list[str]:
    """What a product's texts say in plain words, a few of them; not what they deny, nor whether
    it has what a label names: "safe for cats" is like "toxic to cats"."""
    said: Iterator[str] = iter(CLAUSE.split(product.facts(language).description))
    attributes = (
        f"{each.label} {each.value}"
        for each in product.attributes(language)
        if not any(map(str.isdigit, each.value)) and fold(each.value) not in words_of("yes_no")
    )
    found = [each.strip() for each in (*said, *attributes) if len(each.strip()) > 1]
    return [each for each in found if not denied(each)][:_CLAUSES]


def _fits(age: Quantity, clause: str) -> float:
    """How sure (0..1) it is that a clause names an age's range: 0 where it names another."""
    years = (age.low or 0.0) / (_YEAR if age.kind == "time" else 1.0)
    sure = _UNSAID
    for each in measured(clause):
        if each.kind in ("", "age") or (each.kind == "time" and (each.high or 0) >= _YEAR):
            scale = _YEAR if each.kind == "time" else 1.0
            low = (each.low or 0.0) / scale
            high = None if each.exact or each.high is None else each.high / scale
            if years < low or (high is not None and years > high):
                return 0.0
            sure = _SAID if high is not None or each.kind == "age" else sure
    return sure
