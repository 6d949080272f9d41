"""Pairs of products that the same customers bought, counted with decay by distance.

A purchase leads to those after it, the less the more orders lie between, and a little to those
before it; things in one order lead to each other alike. Pairs of different customers only add up,
so the sums of shards do, too. (Item-to-item transitions; the decay and the other constants were
chosen on the last but one purchase of Amazon's Beauty customers, see `tests/bench/recommend.py`.)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

LONGEST = 100  # purchases of one customer that count, the newest: nobody weighs more than others
_DECAY = 0.5  # a pair weighs distance ** -_DECAY
_BACK = 0.2  # what a pair weighs in the other direction
_SHIFT = np.int64(32)
_MASK = np.int64(2**32 - 1)


@dataclass(frozen=True)
class Bought:
    """A product that a customer bought: its number, and in which of their orders, counted on."""

    item: int
    order: int


@dataclass(frozen=True)
class Sums:
    """Pairs of products by ascending `keys` (first << 32 | second): their `weights`, and by how
    many different customers both were bought (`people`). All three have the same length."""

    keys: Ints
    weights: Floats
    people: Ints

    @property
    def first(self) -> Ints:
        return self.keys >> _SHIFT

    @property
    def second(self) -> Ints:
        return self.keys & _MASK


NO_SUMS = Sums(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.int64))


def pairs(sequences: Iterable[Sequence[Bought]]) -> Sums:
    """The sums of some customers, each with their purchases from the oldest to the newest."""
    found = [each[-LONGEST:] for each in sequences if len(each) > 1]
    items = np.array([bought.item for each in found for bought in each], dtype=np.int64)
    orders = np.array([bought.order for each in found for bought in each], dtype=np.int64)
    customers = np.repeat(np.arange(len(found)), [len(each) for each in found])
    kept: list[tuple[Ints, Floats, Ints]] = []
    longest = max((len(each) for each in found), default=0)
    for lag in range(1, longest):
        same = (customers[lag:] == customers[:-lag]) & (items[lag:] != items[:-lag])
        if not same.any():
            continue
        before, after = items[:-lag][same], items[lag:][same]
        apart = (orders[lag:] - orders[:-lag])[same]
        weight = np.maximum(apart, 1).astype(np.float32) ** np.float32(-_DECAY)
        back = np.where(apart == 0, weight, np.float32(_BACK) * weight)
        who = customers[lag:][same]
        kept.append((before << _SHIFT | after, weight, who))
        kept.append((after << _SHIFT | before, back.astype(np.float32), who))
    if not kept:
        return NO_SUMS
    keys, weights, who = (np.concatenate(each) for each in zip(*kept, strict=True))
    order = np.lexsort((who, keys))
    keys, weights, who = keys[order], weights[order], who[order]
    another = np.ones(len(keys), dtype=np.int64)  # 1 where it is not the same customer's pair again
    another[1:] = (keys[1:] != keys[:-1]) | (who[1:] != who[:-1])
    return _added(keys, weights, another)


def together(sums: Sequence[Sums]) -> Sums:
    """The sums of several shards as one."""
    keys = np.concatenate([NO_SUMS.keys, *(each.keys for each in sums)])
    weights = np.concatenate([NO_SUMS.weights, *(each.weights for each in sums)])
    people = np.concatenate([NO_SUMS.people, *(each.people for each in sums)])
    order = np.argsort(keys, kind="stable")
    return _added(keys[order], weights[order], people[order])


def _added(keys: Ints, weights: Floats, people: Ints) -> Sums:
    """One row for each run of the same key."""
    if not len(keys):
        return NO_SUMS
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return Sums(keys[starts], np.add.reduceat(weights, starts), np.add.reduceat(people, starts))
