"""Superlatives and comparatives: "the cheapest kettle", "the cheaper one", "anything cheaper?"."""

from collections.abc import Sequence

import numpy as np

from bot.catalogue.acts import Filters, FindProducts
from bot.catalogue.columns import Ids
from bot.catalogue.product import word_of
from bot.catalogue.reading import Reading
from bot.catalogue.search import Selection, ordered, strong
from bot.catalogue.table import Table
from bot.language.quantities import Quantity
from bot.language.wording import has_han

_LISTED = 3  # products of "the cheapest": it and what comes after it


def in_order(
    reading: Reading,
    table: Table,
    selection: Selection,
    told: Ids,
    numbers: Sequence[Quantity],
) -> FindProducts | None:
    """What is meant by the reading's sort among the `selection`, in view of the places `told`; None
    where nothing can be compared."""
    places = selection.places
    if selection.missed or not len(places):
        return None
    if reading.compared and not ("it" in reading.asks and len(places) > 1):
        return _beyond(reading, table, places, told)
    found, measure = ordered(table, places, reading.sort)
    if not measure or not len(found):
        return None
    asked = reading.measures or reading.asks & {"price", "stock"}
    one = reading.compared or "it" in reading.asks or bool(asked)
    said = " ".join(each.text for each in selection.used)
    filters = Filters(selection.used, tuple(numbers), said=said)
    limit = 1 if one else _LISTED
    return FindProducts(_skus(table, found), filters, reading.sort, measure, limit, sure=True)


def _beyond(reading: Reading, table: Table, places: Ids, told: Ids) -> FindProducts | None:
    """What is cheaper than what was told, of the same sort or of the one that is named."""
    if reading.sort[:-1] != "price" or not len(told):
        return None
    named = any(strong(table, each) for each in reading.words)
    among = places if named else kin(reading, table, int(told[0]))
    prices = table.prices[told]
    if np.isnan(prices).all():
        return None
    cheaper = reading.sort.endswith("+")
    bound = np.nanmin(prices) if cheaper else np.nanmax(prices)
    fits = table.prices[among] < bound if cheaper else table.prices[among] > bound
    found, measure = ordered(table, among[fits], reading.sort)
    return FindProducts(_skus(table, found), Filters(), reading.sort, measure, _LISTED, sure=True)


def kin(reading: Reading, table: Table, place: int) -> Ids:
    """Products that share a tag of one, the first that others have, too; else its category."""
    product = table.products[place]
    tags = product.entry(reading.language).tags
    for key in (*tags, product.facts(reading.language).category):
        stems = " ".join(word_of(each) for each in key.lower().split())
        found = table.exact.get(key if has_han(key) else stems)
        if found is not None and len(found) > 1:
            return found
    return np.array([place], dtype=np.int32)


def _skus(table: Table, places: Ids) -> tuple[str, ...]:
    return tuple(table.products[int(place)].sku for place in places)
