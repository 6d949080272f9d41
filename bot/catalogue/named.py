"""Which products a text of the shop's names, though it is about something else.

"For concrete take the Ostmark RH-26": after that answer "how heavy is it" is of that one.
"""

import re
from collections.abc import Iterator

from bot.catalogue.focus import Focus
from bot.catalogue.reading import read
from bot.catalogue.search import select, strong
from bot.catalogue.table import Table, is_title

_MOST = 2  # products that may be "it" or "they"; a text that names more is about all of them
_LOOKED_AT = 400  # characters of an answer
_KEPT = 2048  # texts
_CODE = re.compile(r"[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?", re.ASCII)


def named(asked: str, told: str, table: Table) -> Focus | None:
    """The products that an answer names by number or whole name, else those of the question that
    it was given to; None for none, or for many."""
    found = _mentioned(told[:_LOOKED_AT], table)
    found = found or tuple(dict.fromkeys(_by_name(asked, table, whole=False)))
    return Focus(found, aside=True) if 0 < len(found) <= _MOST else None


def _mentioned(told: str, table: Table) -> tuple[str, ...]:
    """What the shop's own text names, which is told again and again."""
    kept = table.mentioned
    found = kept.get(told)
    if found is None:
        found = tuple(dict.fromkeys((*_by_code(told, table), *_by_name(told, table))))
        if len(kept) >= _KEPT:
            kept.clear()
        kept[told] = found
    return found


def _by_code(text: str, table: Table) -> Iterator[str]:
    for code in _CODE.findall(text):
        if code in table.places and not (code.isalpha() or code.isdecimal()):
            yield code


def _by_name(text: str, table: Table, *, whole: bool = True) -> Iterator[str]:
    words = [each for each in read(text, table).words if strong(table, each)]
    if whole:
        titles = (table.exact.get(each.word, ()) for each in words if is_title(each.word))
        places = [place for each in titles for place in each]
    else:
        found = select(table, words)
        places = [] if found.missed else list(found.places)
    return (table.products[int(place)].sku for place in places)
