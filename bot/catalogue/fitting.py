"""Whether one thing goes with another: "does the pot fit the small stove?". What is asked about
stands before the verb, and it is its own texts that may name the other."""

import re

from bot.catalogue.acts import AskProduct
from bot.catalogue.reading import Reading
from bot.catalogue.search import saying, select, strong
from bot.catalogue.table import Table

_VERB = re.compile(
    r"\b(?:fits?|works? with|go(?:es)? with|compatible with|for use with)\b|配|适用|兼容"
)
_MOST = 3  # products that it is asked of


def fitting(reading: Reading, table: Table) -> AskProduct | None:
    """What is asked of the thing before the verb; None where not two things are named."""
    verb = _VERB.search(reading.text)
    if verb is None or "feature" not in reading.asks or reading.measures or reading.unknown:
        return None
    first = [each for each in reading.words if each.start < verb.start()]
    other = tuple(each for each in reading.words if each.start >= verb.end())
    if not other or not any(strong(table, each) for each in first):
        return None
    found = select(table, first)
    if found.missed or not 0 < len(found.places) <= _MOST:
        return None
    says = len(saying(table, other, found.places)) > 0
    skus = tuple(table.products[int(place)].sku for place in found.places)
    return AskProduct(skus, (), other if says else (), () if says else other, sure=says)
