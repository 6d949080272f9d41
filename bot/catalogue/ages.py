"""How old somebody is, and which products say that they are for that age: "he is 7" and "Age: from
6 years". What states no age is for nobody in particular."""

import re
from collections.abc import Iterator
from functools import reduce

import numpy as np

from bot.catalogue.acts import AskProduct, Filters, Recommend
from bot.catalogue.columns import Ids, measured
from bot.catalogue.focus import Focus
from bot.catalogue.product import Product
from bot.catalogue.reading import Reading
from bot.catalogue.recommend import SHOWN
from bot.catalogue.search import by_quantity, narrows, select, strong
from bot.catalogue.statements import CLAUSE
from bot.catalogue.table import NONE, Table
from bot.language.quantities import Quantity
from bot.language.wording import fold
from bot.types import Language

_IS = re.compile(r"(?:\b(?:is|turns|turning|turned|aged?|becomes)|['’]s|今年|刚满|满|快)\s*$")
_FOR = re.compile(r"(?:\b(?:from|ages?|aged|over|children|kids)\b|适合|适用).{0,12}$|岁|\bage")
_YEAR = 31_536_000.0  # seconds
_LOOKED_AT = 300  # products whose texts are looked at; of more, those with an attribute
_OLDEST, _GROWN = 110, 17
_ELSE = frozenset({"it", "both", "price", "stock", "many", "back", "compare", "tell", "rest"})
_AGE = "age"


def age_said(reading: Reading) -> float | None:
    """The age in years that a message says; None where it says none."""
    for each in reading.quantities:
        if each.kind == _AGE:
            return each.low
        bare = each.exact and not each.kind and (each.low or 0) < _OLDEST
        if bare and _IS.search(reading.text, 0, each.start):
            return each.low
    return None


def _aged(table: Table) -> Ids:
    """The products with an attribute for it."""
    columns = table.numbers.values()
    return np.concatenate([NONE, *(each.places[each.measures == _AGE] for each in columns)])


def clause_for(product: Product, years: float, language: Language) -> str:
    """What a product says of the ages that it is for, where that age is one of them; else ""."""
    for clause, ranges in _stated(product, language):
        if ranges and all(low <= years <= high for low, high in ranges):
            return clause
    return ""


def _stated(
    product: Product, language: Language
) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """The clauses that state ages, each with the ages."""
    for each in product.attributes(language):
        if each.measure == _AGE:
            yield f"{each.label}: {each.value}", [_years(of) for of in measured(each.value)]
    about = product.facts(language).description
    for clause in map(str.strip, CLAUSE.split(f"{product.name(language)}. {about}")):
        aged = [each for each in measured(clause) if _is_age(clause, each)]
        if aged:
            yield clause, list(map(_years, aged))


def _is_age(clause: str, quantity: Quantity) -> bool:
    years = quantity.kind == "time" and max(quantity.low or 0, quantity.high or 0) >= _YEAR
    folded = fold(clause)
    return quantity.kind == _AGE or (
        (years or not quantity.kind) and bool(_FOR.search(folded, 0, quantity.end))
    )


def _years(quantity: Quantity) -> tuple[float, float]:
    scale = _YEAR if quantity.kind == "time" else 1.0
    low, high = quantity.low or 0.0, quantity.high
    if quantity.exact or high is None:  # "from 6 years" says nothing to somebody of 60
        return low / scale, max(low / scale, _GROWN)
    return low / scale, high / scale


def for_age(reading: Reading, table: Table, focus: Focus) -> Recommend | AskProduct | None:
    """What is on stock for the age that a message says, of the things that it names; nothing, so
    that it is asked what it is for, where a gift is wanted and no product says so; the ages of what
    was told, where it is asked of that; else None."""
    years = age_said(reading)
    told = [table.products[table.places[sku]] for sku in focus.skus if sku in table.places]
    told = [each for each in told if not focus.age and each.holds((_AGE,))]
    leans = "it" in reading.asks or not (reading.asks - {"feature"} or reading.words)
    if years is not None and told and leans:
        return AskProduct(tuple(each.sku for each in told), (_AGE,), sure=True)
    if years is None or reading.measures or reading.asks & _ELSE:
        return None
    named = [each for each in reading.words if strong(table, each)]
    every = np.arange(len(table.products), dtype=np.int32)
    places = select(table, named).places if named else every
    numbers = tuple(each for each in reading.quantities if narrows(table, each))
    places = reduce(lambda left, each: by_quantity(table, left, each), numbers, places)
    if len(places) > _LOOKED_AT:
        places = np.intersect1d(places, _aged(table))[:_LOOKED_AT]
    stated = {
        product.sku: clause
        for product in (table.products[int(place)] for place in places)
        if product.stock != 0 and (clause := clause_for(product, years, reading.language))
    }
    if stated:
        said = " ".join(each.text for each in named)
        first = sorted(stated, key=lambda sku: ":" not in stated[sku])  # an attribute before a text
        skus = tuple(first[:SHOWN])
        because = tuple(stated[sku] for sku in skus)
        return Recommend(skus, Filters(tuple(named), numbers, said=said), True, because)
    return Recommend(()) if reading.asks & {"gift", "general"} and not named else None
