"""Which orders, and which of their items, the words of a wish mean: a pure function of the words
and the shopper's orders.

"The mugs and the towel" are items, of one order or of two; "both orders" and "all of it" are as
many as they say. An item is named by words that no other item has as many of: of a blue kettle and
a blue robe "the blue kettle" is one, and "the blue one" could be either, so that it is asked for.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.language.wording import grammar, has_han, rule
from bot.orders import words
from bot.orders.numbers import Numbers
from bot.orders.record import Line, Order

ALL = 1000  # orders are meant, as many as there are
_PLACE = re.compile(r"(?<!\d)\d{1,3}(?!\d)")
_BETWEEN = re.compile(r",|，|、|;|；|&|\+|\band\b|\bplus\b|和|跟|以及|还有")
_LONGEST = 300  # characters of a wish that are looked at
_MOST_WORDS = 3  # that name an item


@dataclass(frozen=True)
class Meant:
    """`orders` are those that may be meant, `count` how many of them are. `items` are the positions
    that are named, by order id. `missing` are items that none of the orders has, `unknown` numbers
    that are no order's. `pointed`: they were named by number, or told of just now; `picks`: only
    some of the items are meant, named or not."""

    orders: tuple[Order, ...]
    count: int = 1
    items: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    pointed: bool = False
    picks: bool = False


def meant(
    text: str, orders: Sequence[Order], told: Collection[str], shop: Numbers, *, leans: bool
) -> Meant:
    """What a folded `text` means of `orders`; `told` are the ids of those that were told of just
    now, which a text that `leans` on that means."""
    found = _meant(text, orders, told, shop, leans=leans)
    return replace(found, picks=picks(shop.hidden(text[:_LONGEST], " ")))


def _meant(
    text: str, orders: Sequence[Order], told: Collection[str], shop: Numbers, *, leans: bool
) -> Meant:
    folded = text[:_LONGEST]
    plain = shop.hidden(folded, " ")
    pool, unknown = _numbered(folded, orders, shop)
    if pool:
        items = {order.id: items_in(plain, order) for order in pool}
        return Meant(tuple(pool), len(pool), items, _missing(plain, pool), unknown, True)
    before = [order for order in orders if order.id in told]
    count = _count(folded, len(before))
    found = {order.id: _alike(plain, order) for order in orders}
    pool = list(orders)
    if before and (leans or count > 1):
        elsewhere = any(found.values()) and not any(found[order.id] for order in before)
        pool = pool if elsewhere else before
    theirs = [found[order.id] for order in pool]
    named = [order for order in pool if found[order.id] and not _beaten(found[order.id], theirs)]
    if len(named) > 1 and count == 1 and _BETWEEN.search(plain):
        apart = len({found[order.id] for order in named}) == len(named)
        count = len(named) if apart else 1  # the mugs of the one and the towel of the other
    pointed = pool == before
    pool = named or pool
    items = {order.id: items_in(plain, order) for order in pool}
    return Meant(tuple(pool), count, items, _missing(plain, pool), pointed=pointed)


def picks(folded: str) -> bool:
    """Whether a text means but some items of an order: "only the mug", "keep the towel"."""
    language = grammar(folded)
    return any(rule("dialogue", f"{each}_{language}").search(folded) for each in ("only", "kept"))


def of_the_whole(folded: str) -> bool:
    """Whether a text speaks of an order as such, which an item tells from others: "cancel my mug
    order"."""
    return rule("dialogue", f"whole_{grammar(folded)}").search(folded) is not None


def items_in(folded: str, order: Order) -> tuple[int, ...]:
    """The positions of the items that a text names, or of all but those that it keeps; all of them
    where it says so, none where it could mean the one or the other."""
    kept = rule("dialogue", f"kept_{grammar(folded)}")
    named = _named(kept.sub(" ", folded), order)
    left = {place for each in kept.finditer(folded) for place in _named(each.group(), order)}
    if not left:
        return named
    return tuple(each for each in named or range(len(order.lines)) if each not in left)


def _named(folded: str, order: Order) -> tuple[int, ...]:
    said, every = _said(folded), range(len(order.lines))
    alike = [_words_of(line) & said for line in order.lines]
    named = [place for place in every if alike[place] and not _beaten(alike[place], alike)]
    plenty = rule("dialogue", f"every_{grammar(folded)}").search(folded) is not None
    if not named:
        return tuple(every) if plenty else ()
    apart = len({alike[place] for place in named}) == len(named)
    several = plenty or (apart and _BETWEEN.search(folded) is not None)
    return tuple(named) if several or len(named) == 1 else ()


def placed(folded: str, order: Order) -> tuple[int, ...]:
    """The positions that an answer names: by name, or by their place in the list ("1 and 3")."""
    if named := items_in(folded, order):
        return named
    places = (int(each) - 1 for each in _PLACE.findall(folded))
    return tuple(dict.fromkeys(place for place in places if 0 <= place < len(order.lines)))


def _numbered(
    folded: str, orders: Sequence[Order], shop: Numbers
) -> tuple[list[Order], tuple[str, ...]]:
    """The orders whose numbers are said, and the numbers that are none of theirs. A number of four
    digits that is one of theirs needs no words that say what it is."""
    said = shop.found(folded)
    loose = [each for each in re.findall(r"[a-z0-9]+", folded) if len(each) > 3]
    found = [
        order
        for order in orders
        if any(map(order.is_called, said)) or any(order.is_called(each.upper()) for each in loose)
    ]
    unknown = tuple(each for each in said if not any(order.is_called(each) for order in found))
    return found, unknown


def _count(folded: str, told: int) -> int:
    """How many orders are meant: 1 where nothing says more. `told` were told of just now."""
    language = grammar(folded)
    if rule("dialogue", f"both_orders_{language}").search(folded):
        return 2
    if rule("dialogue", f"all_orders_{language}").search(folded):
        return ALL
    if told > 1 and rule("dialogue", f"every_{language}").search(folded):
        return told
    return 1


def _alike(folded: str, order: Order) -> frozenset[str]:
    """The words of a text that some item of the order has."""
    said = _said(folded)
    return frozenset(each for line in order.lines for each in _words_of(line) & said)


def _beaten(words: frozenset[str], others: Iterable[frozenset[str]]) -> bool:
    """Whether something else has these words of a text and more of them."""
    return any(words < other for other in others)


def _missing(folded: str, orders: Sequence[Order]) -> tuple[str, ...]:
    """The items that a wish names and none of the orders has."""
    sought = rule("dialogue", f"object_{grammar(folded)}").search(folded)
    return missing(next(filter(None, sought.groups()), ""), orders) if sought else ()


def missing(folded: str, orders: Sequence[Order]) -> tuple[str, ...]:
    """The items that a text of nothing else names and none of the orders has."""
    lines = [line for order in orders for line in order.lines]
    chinese = has_han(folded)
    if chinese and not any(has_han(f"{line.name}{line.names.get('zh', '')}") for line in lines):
        return ()  # it may be called otherwise than the dictionary thinks
    had = frozenset(each for line in lines for each in _words_of(line))
    pieces = _BETWEEN.split(folded)
    return tuple(
        named
        for piece in pieces
        if not _said(piece) & had
        and (named := words.phrase(piece))
        and len(named.split()) <= _MOST_WORDS
        # "They are chipped" names none, nor does "a faulty item".
        and (has_han(piece) or rule("dialogue", "which").sub("", piece.strip()) == named)
        and not rule("dialogue", "no_item").search(named)
    )


def _said(folded: str) -> frozenset[str]:
    return frozenset(each for reading in words.of_question(folded) for each in reading)


def _words_of(line: Line) -> frozenset[str]:
    return words.of_line(words.text_of(line))
