"""What is looked for in more words than the catalogue explains: "I need tyres, something for
commuting". What is named is listed, and what was said beside it is said to be missing."""

from functools import reduce

from bot.catalogue.acts import Filters, FindProducts
from bot.catalogue.reading import Reading
from bot.catalogue.search import by_quantity, narrows, select, strong
from bot.catalogue.table import Table
from bot.language.wording import has_han, lexicon

_SEARCHES = frozenset({"have", "sell", "list", "recommend"})
_ELSE = frozenset({"both", "price", "stock", "many", "back", "compare", "tell", "being"})
_MOST, _MOST_HAN = 4, 12  # words, Chinese characters that nothing explains


def need(reading: Reading, table: Table) -> FindProducts | None:
    """The products that are named before anything unknown is said of them; None for what is no
    search."""
    asks, han = reading.asks, has_han(reading.text)
    if not asks & _SEARCHES or asks & _ELSE or reading.measures or reading.sort:
        return None
    named = [
        each for each in reading.words if strong(table, each) and (han or each.word in table.exact)
    ]
    unknown = [each for each in reading.unknown if not _denies(each.text, reading.text, each.start)]
    if not named or not unknown or len(unknown) > (_MOST_HAN if han else _MOST):
        return None
    data = lexicon("products")
    apart = {*data["elsewhere"], *data["dealings"], *data["own"], *data["ways_of_selling"]}
    said = reading.text if han else ""
    if any(each.start < named[0].start or each.text in apart for each in unknown):
        return None
    if any(each in said for each in apart if has_han(each)):
        return None
    numbers = tuple(each for each in reading.quantities if narrows(table, each))
    found = select(table, named)
    places = reduce(lambda left, each: by_quantity(table, left, each), numbers, found.places)
    if found.missed or not len(places):
        return None
    skus = tuple(table.products[int(place)].sku for place in places)
    called = " ".join(each.text for each in named)
    missed = () if han else tuple(unknown)
    return FindProducts(skus, Filters(found.used, numbers, missed, called))


def _denies(word: str, text: str, start: int) -> bool:
    """Whether it is the "doesn't" of "something that doesn't leak"."""
    return word.endswith("n't") and text[:start].rstrip().endswith(("that", "which"))
