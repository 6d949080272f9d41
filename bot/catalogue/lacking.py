"""What a shop does not have: "do you sell laptops?", where no product is called anything so."""

from collections.abc import Iterator, Sequence

import rjieba

from bot.catalogue.acts import FindProducts
from bot.catalogue.bridged import nearly
from bot.catalogue.focus import Focus
from bot.catalogue.found import Word
from bot.catalogue.reading import Reading
from bot.catalogue.search import select, strong
from bot.catalogue.table import Table, words
from bot.language.wording import has_han, lexicon

_MOST = 3  # words of a thing's name
_MOST_HAN = 6  # characters of one
_NEAR = 3  # products that are named since they mention it
_WHERE = frozenset({"to", "on", "in", "at", "via", "through", "from"})  # no product follows
_BEHIND = frozenset({"for", "with", "in", "of", "on", "at", "to", "from", "that", "which"})
_LOOKED_AT = 100  # products whose names have a word
_ONE = frozenset({"a", "an"})


def lacking(reading: Reading, table: Table, focus: Focus) -> FindProducts | None:
    """That the catalogue has no such thing, and which products only mention it; None where it has
    one, or where no thing is asked for."""
    asks = reading.asks
    wanted = bool(asks & {"sell", "have"}) and not asks & {"it", "which", "many", "both"}
    if not wanted and not (focus.lacking and not asks - {"list", "order"}):
        return None
    if reading.measures or reading.quantities or reading.place is not None or reading.sort:
        return None
    if asks & {
        "include",
        "price",
        "stock",
        "back",
        "compare",
        "recommend",
        "gift",
        "being",
        "tell",
    }:
        return None
    thing = _thing(reading, table)
    if not thing:
        return None
    held = tuple(each for each in thing if each in reading.words)
    found = select(table, held).places if held and len(held) == len(thing) else ()
    text = _said(reading, thing)
    near = tuple(table.products[int(place)].sku for place in found[:_NEAR])
    if not (near or "sell" in asks or focus.lacking) and thing[0].after in _ONE:
        return None  # "do you have a minute"
    return FindProducts((), near=near, unknown=(text,))


def _thing(reading: Reading, table: Table) -> list[Word]:
    """The words of the thing that is asked for, where its last one names no product."""
    every = sorted((*reading.words, *reading.unknown), key=lambda each: each.start)
    data = lexicon("products")
    apart = {*data["elsewhere"], *data["denied"], *data["ways_of_selling"], *data["dealings"]}
    if any(each.text in apart for each in every) or not every:
        return []
    if has_han(reading.text):
        start = every[0].start
        run = reading.text[start : every[-1].start + len(every[-1].text)]
        whole = list(_whole(reading, run, start))
        known = any(_is_sold(table, each) for each in whole) or not _is_one(every, run, start)
        known = known or (not whole and nearly(run, table))
        asked = "sell" in reading.asks or not whole
        if known or not asked or len(run) > _MOST_HAN or run.endswith("色"):
            return []
        return [Word(run, (run,), run, start, every[0].after)]
    thing = every[:1]
    for each in every[1:]:
        before = thing[-1]
        if each.start - before.start - len(before.text) not in (1, 2):
            break  # "racks for the car": what it is for
        thing.append(each)
    if thing[0].after in _WHERE or len(thing) > _MOST:
        return []
    last = thing[-1]
    named = last in reading.words and _is_sold(table, last)
    rest = [each for each in every if each not in thing]
    loose = any(each.after not in {*_BEHIND, *_ONE, "the"} for each in rest)
    return [] if named or loose else thing


def _cut(run: str, start: int) -> Iterator[range]:
    """The Chinese words of a run that begins at `start`, as places in the text."""
    for each in rjieba.cut(run):
        yield range(start, start + len(each))
        start += len(each)


def _whole(reading: Reading, run: str, start: int) -> Iterator[Word]:
    """The catalogue's words that are none of another word's pieces: not the pot in 「盆景」."""
    spans = list(_cut(run, start))
    for word in reading.words:
        end = word.start + len(word.text)
        if not any(len(each) > end - word.start and word.start in each for each in spans):
            yield word


def _is_one(every: Sequence[Word], run: str, start: int) -> bool:
    """Whether every word of the run is one of a thing's name."""
    items = [place for each in every for place in range(each.start, each.start + len(each.text))]
    return all(any(at in span for at in items) for span in _cut(run, start))


def _is_sold(table: Table, word: Word) -> bool:
    """Whether products are called so or have it as a value, not "paint" of a "paint stripper"."""
    if word.word in table.exact or word.word in table.valued:
        return True
    if not strong(table, word):
        return False
    if has_han(word.text) or len(word.stems) > 1:
        return True
    products = (table.products[int(place)] for place in table.named[word.word][:_LOOKED_AT])
    names = (
        name for each in products for of in each.entries.values() for name in (*of.tags, of.title)
    )
    return any(words(name)[-1:] == [word.word] for name in names)


def _said(reading: Reading, thing: list[Word]) -> str:
    """The thing as it was written."""
    first, last = thing[0], thing[-1]
    if has_han(reading.text):
        return "".join(each.text for each in thing)
    end = last.start + len(last.text)
    while (
        end < len(reading.text)
        and not reading.text[end].isspace()
        and reading.text[end] not in "?!.,"
    ):
        end += 1
    return reading.text[first.start : end]
