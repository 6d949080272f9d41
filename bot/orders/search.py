"""Searches a shopper's own orders for those that a question means: by words, then by vectors.

It leans on what was told last where the question does. How all that is weighed is `find.py`'s.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from functools import lru_cache

from bot.orders import words
from bot.orders.asks import Asked
from bot.orders.embedding import item
from bot.orders.find import Found, find
from bot.orders.record import Order
from bot.orders.vectors import Floats, OrderVectors
from bot.types import now

_MOST_NAMES = 60  # items of a customer that are compared one by one


class OrderSearch:
    """`encode` gives a text's unit vector (d,); `zone` says what day it is."""

    def __init__(
        self, vectors: OrderVectors, encode: Callable[[str], Floats], zone: tzinfo
    ) -> None:
        self._vectors = vectors
        self._encode = encode
        self._zone = zone
        self._name = lru_cache(maxsize=4096)(encode)  # a shop's items are the same again and again

    def find(
        self, orders: Sequence[Order], asked: Asked, told: Collection[str], *, leans: bool
    ) -> Found:
        """Which of `orders`, newest first, are meant; a question that `leans` on the last answer
        means the order that was `told` of there, by id."""
        today = now().astimezone(self._zone).date()
        before = [order for order in orders if order.id in told]
        alone = not asked.number and not words.beside(words.of_question(asked.text), ())
        one = len(before) == 1
        if one and alone and asked.which == "before":
            older = orders[orders.index(before[0]) + 1 :][:1]
            return find(asked, older, {}, today=today, zone=self._zone)
        if one and alone and (leans or not asked.sure or asked.kind == "policy"):
            return find(asked, before, {}, today=today, zone=self._zone)
        # Only the words that may name an item: of the others every order is equally full.
        named = words.phrase(asked.text)
        cosines = self._cosines(orders, named) if named and len(orders) > 1 else {}
        found = find(asked, orders, cosines, today=today, zone=self._zone)
        if found.outcome == "none" and named and not asked.number:
            # Of an order with five items the one meant is a fifth: now each by itself.
            nearest = self._nearest_items(orders, named)
            found = find(asked, orders, nearest, today=today, zone=self._zone)
        if found.outcome == "none" and asked.kind == "policy" and one:
            # "Can I send it to my office?" names a place, and by "it" the order just told of.
            return find(replace(asked, text=""), before, {}, today=today, zone=self._zone)
        return found

    def _cosines(self, orders: Sequence[Order], text: str) -> Mapping[int, float]:
        items = [item(order, self._zone) for order in orders]
        return self._vectors.cosines(orders[0].customer_id, items, self._encode(text))

    def _nearest_items(self, orders: Sequence[Order], named: str) -> Mapping[int, float]:
        """The cosine of each order's item that is nearest to the words, by vector id."""
        vector = self._encode(named)
        names = dict.fromkeys(line.name for order in orders for line in order.lines)
        near = {name: float(self._name(name) @ vector) for name in list(names)[:_MOST_NAMES]}
        return {
            order.vector_id: max((near.get(line.name, 0.0) for line in order.lines), default=0.0)
            for order in orders
        }
