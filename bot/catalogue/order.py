"""Superlatives and comparatives: "the cheapest kettle", "the cheaper one", "anything cheaper?"."""

from collections.abc import Sequence

import numpy as np

from bot.catalogue.acts import Filters, FindProducts
from bot.catalogue.columns import Ids
from bot.catalogue.product import word_of
from bot.catalogue.reading import Reading
from bot.catalogue.search import Selection, ordered, select, strong
from bot.catalogue.table import Table
from bot.language.quantities import Quantity
from bot.language.wording import has_han

_THAN = (" than ", "比")
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
    if (named := _than(reading, table)) is not None:
        return _beyond(reading, table, kin(reading, table, int(named[0])), named)
    if reading.compared and not _of_these(reading, places):
        among = places
        if not any(strong(table, each) for each in reading.words) and len(told):
            among = kin(reading, table, int(told[0]))
        return _beyond(reading, table, among, told)
    found, measure = ordered(table, places, reading.sort)
    if not measure or not len(found):
        return None
    asked = reading.measures or reading.asks & {"price", "stock"}
    one = reading.compared or bool(reading.asks & {"it", "which"}) or bool(asked)
    said = " ".join(each.text for each in selection.used)
    filters = Filters(selection.used, tuple(numbers), said=said)
    limit = 1 if one else _LISTED
    return FindProducts(_skus(table, found), filters, reading.sort, measure, limit, sure=True)


def _of_these(reading: Reading, places: Ids) -> bool:
    """Whether "lighter" means the lightest of these: "which is lighter", "the lighter one", or the
    bare word after several were told, but not "anything lighter"."""
    further = reading.asks & {"general", "other", "have", "sell", "recommend"}
    if len(places) < 2:
        return "which" in reading.asks and not (further or reading.words)
    return bool(reading.asks & {"it", "which"}) or not (further or reading.words)


def _than(reading: Reading, table: Table) -> Ids | None:
    """The product of "cheaper than the X", 「比X便宜」."""
    if not reading.compared or reading.quantities:
        return None
    start = max(reading.text.find(each) for each in _THAN)
    named = [each for each in reading.words if each.start > start >= 0]
    found = select(table, named) if named else None
    return found.places[:1] if found and not found.missed and len(found.places) else None


def _beyond(reading: Reading, table: Table, among: Ids, told: Ids) -> FindProducts | None:
    """What is cheaper (lighter, bigger) than what was told, `among` the same sort."""
    every = np.union1d(among, told).astype(np.int32)
    order, measure = ordered(table, every, reading.sort)
    held = np.isin(order, told)
    if not measure or not held.any():
        return None
    before = order[: int(np.flatnonzero(held)[0])]
    found = before[np.isin(before, among)]
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
