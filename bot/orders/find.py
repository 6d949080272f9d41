"""Which of the shopper's orders a question means: a pure function of the question and the orders.

Item words, days, states and the encoder's cosines are weighed together. The orders are those of the
proven scope and no others; this module could not tell. What is said of them is `describe.py`'s.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Literal

from bot.language.lexical import tokens
from bot.orders import when, words
from bot.orders.asks import Asked, Aspect
from bot.orders.record import COMING, Order, State
from bot.orders.when import Days

Outcome = Literal["one", "several", "list", "none"]

NAMED = 0.34  # share of the item words that an order must have to be the one named
NEAR, FAR = 0.55, 0.28  # cosines of a sure and of no likeness, for items in other words
CLEAR = 0.5  # lead of the best over the second at which it is the one meant
MOST_BUTTONS = 3
MOST_LISTED = 8
_ITEM, _DAY, _STATE, _RECENT = 4.0, 2.0, 1.6, 0.6  # weights
_LIKELY: Mapping[str, Mapping[State, float]] = {
    "cancelled": {State.CANCELLED: 1.0, State.REFUNDED: 0.3},
    "refunded": {State.REFUNDED: 1.0, State.RETURNED: 0.8, State.CANCELLED: 0.7},
    "returned": {State.RETURNED: 1.0, State.REFUNDED: 0.6, State.DELIVERED: 0.2},
    "delivered": {State.DELIVERED: 0.9, State.SHIPPED: 0.7, State.DELAYED: 0.7},
    "shipped": {State.SHIPPED: 1.0, State.DELAYED: 0.9, State.PACKED: 0.4},
    "received": {State.DELIVERED: 1.0, State.SHIPPED: 0.3, State.DELAYED: 0.3},
    "unshipped": {State.PLACED: 1.0, State.PAID: 1.0, State.PACKED: 0.8},
    "coming": {
        State.SHIPPED: 1.0,
        State.DELAYED: 1.0,
        State.PACKED: 0.9,
        State.PAID: 0.9,
        State.PLACED: 0.9,
        State.DELIVERED: 0.3,
    },
}

_EXACTLY = {
    "delivered": {State.DELIVERED},
    "shipped": {State.SHIPPED, State.DELAYED},
    "unshipped": {State.PLACED, State.PAID, State.PACKED},
}


@dataclass(frozen=True)
class Match:
    """An order and how well it fits: the share of the item words (0..1), whether it is of the days
    spoken of, how likely its state is meant (0..1), and all of it as one score."""

    order: Order
    item: float
    dated: bool
    state: float
    score: float


@dataclass(frozen=True)
class Found:
    """The orders meant, best first. "one": the first; "several": one of them, ask which; "list":
    all of them; "none": the shopper has no such order. `confidence` is 0..1; `missing` are numbers
    asked for that are no order of theirs."""

    outcome: Outcome
    matches: tuple[Match, ...] = ()
    confidence: float = 0.0
    days: Days | None = None
    missing: tuple[str, ...] = ()

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders meant, best first."""
        return tuple(match.order for match in self.matches)


def find(
    asked: Asked,
    orders: Sequence[Order],
    cosines: Mapping[int, float],
    *,
    today: date,
    zone: tzinfo,
) -> Found:
    """`orders` are all in scope, newest first; `cosines` by vector id, those that are known."""
    if asked.number:
        return _numbered(asked, orders)
    carriers = {
        stem for order in orders for parcel in order.shipments for stem in tokens(parcel.carrier)
    }
    lines = (words.of_line(words.text_of(line)) for order in orders for line in order.lines)
    named = (reading - carriers for reading in words.of_question(asked.text))
    readings = words.beside(named, frozenset().union(*lines))
    days = _days(asked, today)
    item = _item_scores(readings, orders, cosines)
    matches = _matches(asked, orders, item, days, zone)
    if readings and (not matches or max(match.item for match in matches) < NAMED):
        if _is_about_items(asked, readings):
            return Found("none", days=days)
    elif readings:
        best = max(match.item for match in matches)
        matches = [match for match in matches if match.item >= max(NAMED, 0.6 * best)]
    if days is not None and days.exact and any(match.order.placed_at for match in matches):
        matches = [match for match in matches if match.dated]
    matches = _of_states(asked, matches)
    if not matches:
        return Found("none", days=days)
    matches.sort(key=lambda match: -match.score)
    return _chosen(asked, matches, days, named=bool(readings) or days is not None)


def _numbered(asked: Asked, orders: Sequence[Order]) -> Found:
    """The orders of the numbers asked for, in their order; those that are none of them missing."""
    found: dict[str, Match] = {}
    missing = []
    for number in asked.numbers or (asked.number,):
        of_it = [each for each in orders if each.is_called(number)][:1]
        found |= {each.id: Match(each, 0, True, 0, 1) for each in of_it}
        if not of_it:
            missing.append(number)
    if not found:
        return Found("none", confidence=1.0)
    matches = tuple(found.values())
    return Found("one" if len(matches) == 1 else "list", matches, 1.0, missing=tuple(missing))


def _days(asked: Asked, today: date) -> Days | None:
    """The days on which the order was placed; "will it come today" speaks of others."""
    days = when.read(asked.text, today)
    ahead = days is not None and days.last >= today and "coming" in asked.states
    return None if ahead and Aspect.PLACED not in asked.aspects else days


def _item_scores(
    readings: Sequence[frozenset[str]], orders: Sequence[Order], cosines: Mapping[int, float]
) -> list[float]:
    """How well each order's items fit the words, 0..1."""
    lines = [
        [words.of_line(words.text_of(line)) for line in order.lines] or [frozenset()]
        for order in orders
    ]
    lexical = [0.0] * len(orders)
    for reading in readings:
        weights = _weights(reading, lines)
        total = sum(weights.values())
        for at, of_order in enumerate(lines):
            alike = [sum(weights[word] for word in reading & line) for line in of_order]
            all_words = frozenset().union(*of_order)
            whole = sum(weights[word] for word in reading & all_words)
            # "the blue kettle" is one item that is both; of two items named, each may be its own.
            share = (max(alike) + 0.4 * (whole - max(alike))) / total
            lexical[at] = max(lexical[at], share)
    dense = [
        min(1.0, max(0.0, (cosines.get(order.vector_id, 0.0) - FAR) / (NEAR - FAR)))
        for order in orders
    ]
    known = max(lexical, default=0.0)
    # In the shop's own words an item is found by them; else the encoder's nearness has to do.
    return [
        share + 0.1 * near if known >= NAMED else 0.9 * near
        for share, near in zip(lexical, dense, strict=True)
    ]


def _weights(
    reading: frozenset[str], lines: Sequence[Sequence[frozenset[str]]]
) -> dict[str, float]:
    """What each word tells: more when few of the orders have it; half when none has."""
    weights = {}
    for word in reading:
        having = sum(any(word in line for line in of_order) for of_order in lines)
        weights[word] = 0.5 if not having else 0.5 + math.log((len(lines) + 1) / having)
    return weights


def _matches(
    asked: Asked, orders: Sequence[Order], item: Sequence[float], days: Days | None, zone: tzinfo
) -> list[Match]:
    found = []
    for place, (order, share) in enumerate(zip(orders, item, strict=True)):
        dated = days is not None and _is_dated(asked, order, days, zone)
        state = max((_LIKELY[name].get(order.state, 0.0) for name in asked.states), default=0.0)
        if "refunded" in asked.states and order.refunded:
            state = 1.0
        recent = _RECENT / (1 + place)
        if asked.which == "first":
            recent = _RECENT * place / len(orders)
        score = _ITEM * share + _DAY * dated + _STATE * state + recent
        found.append(Match(order, share, dated, state, score))
    return found


def _is_dated(asked: Asked, order: Order, days: Days, zone: tzinfo) -> bool:
    """Whether it was placed on those days, or what is asked of happened on them."""
    moments = [order.placed_at]
    if "delivered" in asked.states:
        moments.append(order.at("delivered"))
    if "refunded" in asked.states:
        moments.append(order.at("refunded"))
    return any(at.astimezone(zone).date() in days for at in moments if at)


def _of_states(asked: Asked, matches: list[Match]) -> list[Match]:
    """Of several, "my cancelled order" is one that is cancelled, where there is one."""
    strict = [name for name in ("cancelled", "refunded", "returned") if name in asked.states]
    sure = [match for match in matches if strict and match.state >= 1.0]
    if asked.which == "all" and not strict:
        wanted = [_EXACTLY[name] for name in asked.states if name in _EXACTLY]
        sure = [match for match in matches if any(match.order.state in each for each in wanted)]
    if asked.which == "open":
        sure = [match for match in matches if match.order.state in COMING]
    return sure or matches


def _is_about_items(asked: Asked, readings: Sequence[frozenset[str]]) -> bool:
    """Whether the words that fit no order do name an item: a word or four, not a whole story."""
    return min(len(reading) for reading in readings) <= (8 if asked.chinese else 4)


def _chosen(asked: Asked, matches: list[Match], days: Days | None, *, named: bool) -> Found:
    if len(matches) == 1:
        return Found("one", tuple(matches), 0.95 if named else 0.85, days)
    lead = matches[0].score - matches[1].score
    confidence = round(1 / (1 + math.exp(-4 * (lead - CLEAR / 2))), 4)
    if asked.which in ("last", "first"):
        reverse = asked.which == "last"
        dated = [match for match in matches if match.order.placed_at] or matches[:1]
        dated.sort(key=lambda match: str(match.order.placed_at), reverse=reverse)
        return Found("one", tuple(dated[:1]), 0.95, days)
    if asked.which in ("all", "open") or (days and Aspect.CONTENTS in asked.aspects):
        return Found("list", tuple(matches[:MOST_LISTED]), confidence, days)
    if lead >= CLEAR:
        return Found("one", tuple(matches[:1]), confidence, days)
    close = [match for match in matches if matches[0].score - match.score < CLEAR + _RECENT]
    return Found("several", tuple(close[:MOST_BUTTONS]), confidence, days)
