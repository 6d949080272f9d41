"""The fitted model: products scored for what somebody has bought, or looks at.

It scores every product that it knows, whatever the stock and whoever asks; `suggest.py` chooses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bot.catalogue.recommender.likeness import Rows
from bot.catalogue.recommender.transitions import Floats, Ints, Sums

MOST = 400  # products that one leads to, at most
LOOKED_BACK = 20  # purchases, the newest, that count
_RECENCY = 1.2  # the purchase so many before the newest counts (1 + so many) ** -_RECENCY
_OFTEN, _POPULAR = 0.2, 0.2  # how far a pair weighs less for products that are in many pairs
_LIKE = 0.2  # what being alike weighs beside having been bought together


@dataclass(frozen=True)
class Model:
    """`skus` names the products by number. `next` leads from a product to those bought with it;
    `people`, beside it, says by how many customers both were. `like` leads to those like it."""

    skus: tuple[str, ...]
    next: Rows
    people: Ints
    like: Rows

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The products' numbers by SKU."""
        return {sku: at for at, sku in enumerate(self.skus)}

    def scores(self, history: Sequence[int]) -> Floats:
        """How much each product (n,) is to be recommended after these, the newest last; 0 for what
        has nothing to do with them, and for themselves."""
        found = np.zeros(len(self.skus), dtype=np.float32)
        for age, item in enumerate(reversed(history[-LOOKED_BACK:])):
            weight = np.float32((1 + age) ** -_RECENCY)
            columns, weights = self.next.row(item)
            found[columns] += weight * weights
            columns, weights = self.like.row(item)
            found[columns] += np.float32(_LIKE) * weight * weights
        found[np.asarray(history, dtype=np.int64)] = 0.0
        return found

    def ranked(self, history: Sequence[int], most: int) -> Ints:
        """The numbers of the `most` products with the best scores, the best first."""
        scores = self.scores(history)
        most = min(most, len(scores))
        if not most:
            return np.empty(0, np.int64)
        best = np.argpartition(-scores, most - 1)[:most]
        best = best[np.argsort(-scores[best], kind="stable")]
        return best[scores[best] > 0]

    def together(self, one: int, other: int) -> int:
        """How many customers have bought both products, one after the other or at once."""
        columns, _ = self.next.row(one)
        at = np.searchsorted(columns, other)
        if at == len(columns) or columns[at] != other:
            return 0
        return int(self.people[int(self.next.starts[one]) + int(at)])

    def alike(self, one: int, other: int) -> float:
        """How like each other two products are, 0..1; 0 where others are nearer."""
        columns, weights = self.like.row(one)
        found = weights[columns == other]
        return float(found[0]) if len(found) else 0.0


def model(skus: Sequence[str], sums: Sums, like: Rows) -> Model:
    """The model of these sums; `skus` are named by the numbers in them."""
    first, second, count = sums.first, sums.second, len(skus)
    out = np.bincount(first, weights=sums.weights, minlength=count)
    into = np.bincount(second, weights=sums.weights, minlength=count)
    weights = sums.weights * out[first] ** -_OFTEN * into[second] ** -_POPULAR
    order = np.lexsort((-weights, first))
    starts = np.concatenate([[0], np.cumsum(np.bincount(first, minlength=count))])
    rank = np.arange(len(first)) - starts[first[order]]
    kept = np.sort(order[rank < MOST])  # by first and second, as the keys are
    sizes = np.bincount(first[kept], minlength=count)
    rows = Rows(
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        second[kept],
        weights[kept].astype(np.float32),
    )
    return Model(tuple(skus), rows, sums.people[kept], like)
