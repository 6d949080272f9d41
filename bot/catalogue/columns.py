"""The numbers of a catalogue as columns: what is 900 ml, 70 x 150 cm, 4.7 or "2 to 4 hours".

Numbers are in base units (see `language/quantities.py`). It knows no words and no prices.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.language.quantities import Quantity, quantities
from bot.language.wording import fold

Ids = npt.NDArray[np.int32]
_UNIT = re.compile(r" ?([^\W\d_]{1,16})(?![^\W_])")
_UNIT_LAST = re.compile(rf"{_UNIT.pattern}(?=[ ]?(?:[,;.)/、，；]|$))")


class Column(NamedTuple):
    """The numbers of one kind, a row each: whose it is, its upper end, of which measure, and its
    lower end ("2 to 4 hours")."""

    places: Ids
    highs: npt.NDArray[np.float64]
    measures: npt.NDArray[np.str_]
    lows: npt.NDArray[np.float64]


@lru_cache(maxsize=50_000)
def measured(value: str) -> tuple[Quantity, ...]:
    """The quantities in an attribute's value or a name."""
    folded = fold(value)
    return tuple(quantities(folded)) if any(map(str.isdigit, folded)) else ()


def unit_behind(folded: str, quantity: Quantity, *, ends: bool = True) -> str:
    """The word right behind a number ("11 bar"), "" for none; where it `ends`, only one that is the
    last of a value or a part of one."""
    found = (_UNIT_LAST if ends else _UNIT).match(folded, quantity.end)
    return found.group(1) if found else ""


class Columns:
    """Collects the columns by kind; "" has what is a number and nothing else."""

    def __init__(self) -> None:
        self.labels: set[str] = set()
        self.units: set[str] = set()  # of the catalogue's own: what stands behind its numbers
        self._of: dict[str, list[tuple[int, float, str, float]]] = defaultdict(list)
        self._sides: dict[tuple[float, ...], list[int]] = defaultdict(list)

    def add(self, at: int, texts: Iterable[tuple[str, str]]) -> None:
        """Note the numbers of a product's texts, each text with its measure ("" for a name)."""
        for measure, text in texts:
            for quantity in measured(text):
                bare = measure and quantity.end - quantity.start == len(text)
                if quantity.sides:
                    _put_sides(self._sides, quantity.sides, at)
                elif quantity.high is not None:
                    kind = quantity.kind or (unit_behind(fold(text), quantity) if measure else "")
                    low = quantity.high if quantity.low is None else quantity.low
                    if kind or bare:
                        self._of[kind].append((at, quantity.high, measure, low))
                    if not quantity.kind:
                        self.units |= {kind} - {""}

    def made(self) -> tuple[dict[str, Column], dict[tuple[float, ...], Ids]]:
        """The columns by kind, and the products by the sides of something."""
        columns = {}
        for kind, rows in self._of.items():
            places, highs, measures, lows = zip(*rows, strict=True)
            columns[kind] = Column(
                np.array(places, dtype=np.int32),
                np.array(highs, dtype=np.float64),
                np.array(measures),
                np.array(lows, dtype=np.float64),
            )
        sides = {of: np.array(places, dtype=np.int32) for of, places in self._sides.items()}
        return columns, sides


def _put_sides(sides: dict[tuple[float, ...], list[int]], of: tuple[float, ...], at: int) -> None:
    places = sides[tuple(sorted(of))]
    if not places or places[-1] != at:
        places.append(at)
