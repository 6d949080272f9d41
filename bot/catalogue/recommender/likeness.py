"""Which products are like which by what is said of them: for products that nobody has bought yet.

A product's vector has a place for each thing that is said of any ("material: linen", a tag, its
category), worth the more the fewer products share it. It knows no orders and no words' meanings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.catalogue.recommender.transitions import Floats, Ints

MOST = 60  # products that one is like, at most
_COMMON = 0.2  # share of the products from which what they share tells nothing …
_FEW = 200  # … unless they are no more than so many


@dataclass(frozen=True)
class Rows:
    """A sparse matrix: row i has `columns[starts[i]:starts[i + 1]]` with their `weights`."""

    starts: Ints
    columns: Ints
    weights: Floats

    def row(self, at: int) -> tuple[Ints, Floats]:
        """The columns of a row, and what they weigh."""
        part = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.columns[part], self.weights[part]


def likeness(said: Sequence[Sequence[int]]) -> Rows:
    """The cosine (0..1) of each product to those most like it, from the numbers of what is said of
    each; one with nothing said of it is like none."""
    count = len(said)
    lengths = np.array([len(set(each)) for each in said], dtype=np.int64)
    things = np.array([thing for each in said for thing in sorted(set(each))], dtype=np.int64)
    owners = np.repeat(np.arange(count), lengths)
    frequency = np.bincount(things) if len(things) else np.zeros(0, dtype=np.int64)
    worth = np.log(count / (1.0 + frequency)).clip(min=0.0).astype(np.float32)
    worth[frequency > max(_FEW, _COMMON * count)] = 0.0
    lengths_of = np.sqrt(np.bincount(owners, weights=worth[things] ** 2, minlength=count))
    lengths_of[lengths_of == 0] = 1.0
    unit = (worth[things] / lengths_of[owners]).astype(np.float32)
    by_thing = np.argsort(things, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(frequency)])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    found = []
    for at in range(count):
        mine = range(int(starts[at]), int(starts[at + 1]))
        lists = [by_thing[bounds[things[n]] : bounds[things[n] + 1]] for n in mine if unit[n] > 0]
        found.append(_nearest(at, lists, [unit[n] for n in mine if unit[n] > 0], owners, unit))
    sizes = [len(columns) for columns, _ in found]
    return Rows(
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.concatenate([np.empty(0, np.int64), *(columns for columns, _ in found)]),
        np.concatenate([np.empty(0, np.float32), *(weights for _, weights in found)]),
    )


def _nearest(
    at: int, lists: Sequence[Ints], worth: Sequence[Floats], owners: Ints, unit: Floats
) -> tuple[Ints, Floats]:
    """The products most like the one at `at`; `lists` are the places of what it shares."""
    if not lists:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    weights = np.concatenate([each * unit[of] for of, each in zip(lists, worth, strict=True)])
    sums = np.bincount(owners[np.concatenate(lists)], weights=weights)
    sums[at : at + 1] = 0.0
    touched = np.flatnonzero(sums > 1e-6)
    if len(touched) > MOST:
        touched = touched[np.argpartition(-sums[touched], MOST)[:MOST]]
    return touched.astype(np.int64), sums[touched].astype(np.float32)
