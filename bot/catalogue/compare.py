"""Which products a message holds against each other: "the linen and the percale duvet cover"."""

from collections.abc import Sequence
from dataclasses import replace

from bot.catalogue.acts import AskProduct, Compare
from bot.catalogue.focus import Focus
from bot.catalogue.found import Word
from bot.catalogue.reading import Reading
from bot.catalogue.search import select
from bot.catalogue.table import Table
from bot.language.wording import has_han

COMPARED = 4  # products of a comparison
_OF_A_SIDE = 2  # products that one side of "A or B" may mean
_MORE_WORDS = 2  # words that no catalogue has ("which is cooler"), characters in Chinese


def comparison(reading: Reading, table: Table, told: Sequence[int]) -> Compare | AskProduct | None:
    """The products that are compared, else those at the places `told` before; an `AskProduct`
    without any where it is not said which; None when nothing is compared."""
    groups = _groups(reading)
    if "compare" not in reading.asks and not ("which" in reading.asks and len(groups) > 1):
        return None
    if len(reading.unknown) > _MORE_WORDS:
        return None
    chosen: list[int] = []
    if len(groups) > 1:
        for group in groups:
            others = [each for each in groups if each is not group]
            chosen += _side(table, group, others)
    elif groups:
        found = select(table, groups[0])
        chosen = [] if found.missed else list(map(int, found.places))
        if "both" in reading.asks and len(told) > 1 and set(told) <= set(chosen):
            chosen = list(told)  # "compare the two kettles", of the three that there are
    else:
        chosen = list(told)
    chosen = list(dict.fromkeys(chosen))[:COMPARED]
    if len(chosen) > 1:
        return Compare(tuple(table.products[place].sku for place in chosen))
    unclear = "compare" in reading.asks and not groups and not reading.unknown
    return AskProduct(()) if unclear else None


def together(
    reading: Reading, table: Table, focus: Focus, told: Sequence[int]
) -> AskProduct | None:
    """ "How much is that together": the prices of what is named, or of what was told, if one after
    the other."""
    if len(told) == 1:
        before = [table.places[each] for each in focus.before if each in table.places]
        told = [*before, *told]
    found = comparison(replace(reading, asks=frozenset({"compare"})), table, told)
    return AskProduct(found.skus, ("price",), sure=True) if found and found.skus else None


def _groups(reading: Reading) -> list[list[Word]]:
    """The catalogue's words, held apart where the message holds them apart."""
    groups: list[list[Word]] = [[]]
    splits = list(reading.splits)
    for word in reading.words:
        while splits and splits[0] < word.start:
            splits.pop(0)
            groups.append([])
        groups[-1].append(word)
    return [group for group in groups if group]


def _side(table: Table, group: list[Word], others: Sequence[list[Word]]) -> list[int]:
    """What one side means; it may lean on the other for its noun, unless both have the same."""
    alone = select(table, group)
    others = [each for each in others if each[-1].word != group[-1].word]
    for other in sorted(others, key=len, reverse=True):
        for more in (other[1:], other[-1:], _end(table, other[-1]), other):
            found = select(table, [*group, *more]) if more else alone
            if more and not found.missed and 0 < len(found.places) < len(alone.places):
                return list(map(int, found.places[:_OF_A_SIDE]))
    return [] if alone.missed else list(map(int, alone.places[:_OF_A_SIDE]))


def _end(table: Table, word: Word) -> list[Word]:
    """The shorter name at the end of a Chinese one (「被套」 of 「亚麻被套」)."""
    text = word.word if has_han(word.word) else ""
    ends = (text[-length:] for length in range(2, len(text)))
    found = next((end for end in ends if end in table.exact), None)
    return [Word(found, (found,), found, word.start)] if found else []
