"""What a long message is after: the reading without what is beside the point.

`query.py` explains every word of a short message. People also write "great, we'll be in town on
Sunday, so could you find me a blue one under 40?". What of that names things to sell (whole names,
categories, whole values, numbers, labels) is kept here, and the rest passed over. So what comes of
it is never sure, and every other answer goes before it. A message that deals with the shop ("I want
to return …") or speaks of what is the shopper's own has no gist.
"""

from dataclasses import replace

from bot.catalogue.columns import Ids
from bot.catalogue.focus import Focus
from bot.catalogue.found import Word
from bot.catalogue.reading import Reading
from bot.catalogue.search import named_last, narrows
from bot.catalogue.table import NONE, Table, is_title
from bot.language.wording import has_han, lexicon

_LOOKED_AT = 20  # products of a word that are looked at for it as a whole value
_BESIDE = frozenset({"recommend", "compare", "which", "price", "stock", "many"})
_OF_ONE = frozenset({"price", "stock", "it", "both"})
_SEARCHES = frozenset({"have", "sell", "list", "recommend", "general", "order"})


def gist(reading: Reading, table: Table, focus: Focus) -> Reading | None:
    """What is left of the reading; None where that is no question on products."""
    data = lexicon("products")
    if "gift" in reading.asks:
        return None
    said = {each.text for each in reading.unknown}
    if said & {*data["dealings"], *data["own"]} or any(
        each in reading.text for each in data["dealings"] if has_han(each)
    ):
        return None
    names = [each for each in reading.words if is_title(each.word) and each.word in table.exact]
    kinds = [each for each in reading.words if each.word in table.kinds]
    values = [each for each in reading.words if _is_value(table, each) and each not in kinds]
    numbers = sum(narrows(table, each) for each in reading.quantities)
    fresh = bool(focus.skus) and not focus.age
    asked = reading.measures or "price" in reading.asks
    if asked and (names or (fresh and not numbers and ("it" in reading.asks or not values))):
        asks = reading.asks & _OF_ONE if names else reading.asks & _OF_ONE | {"it"}
        return replace(reading, words=tuple(names[-1:]), unknown=(), asks=asks)
    searched = reading.asks & _SEARCHES or has_han(reading.text)
    criteria = len(values) + numbers + len(reading.denied)
    if searched and criteria and (kinds or fresh or criteria > 1):
        return replace(
            reading,
            words=tuple(
                each for each in reading.words if each in (named_last(table, kinds), *values)
            ),
            asks=reading.asks - _BESIDE | {"list"},
            unknown=(),
            measures=(),
            sort="",
        )
    if (
        kinds
        and reading.unknown
        and not (reading.leans or reading.asks or reading.measures or numbers)
    ):
        return replace(reading, asks=frozenset({"have"}))  # "silk pyjamas", 「真丝浴袍」
    return None


def _is_value(table: Table, word: Word) -> bool:
    """Whether it is a whole value of an attribute, not a part of one by chance."""
    if not has_han(word.word) or is_title(word.word):
        return word.word in table.valued
    places: Ids = table.valued.get(word.word, NONE)
    whole = any(table.products[int(at)].has_value(word.word) for at in places[:_LOOKED_AT])
    return whole or (word.word.endswith("色") and len(places) > 0)
