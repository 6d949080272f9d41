"""Attacks on a running shop, each kept as its kind.

`python -m tests.proofs.attack [AREA …]` runs them against a real `bot serve` and prints a table.
A module here is one area: its `attack(ground)` starts what it needs, attacks, and says what held.
The short form of each is a test, `tests/test_attack_<area>.py`.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One attack: what is asked of the shop, what came of it, and whether the shop held."""

    attack: str
    asked: str
    found: str
    held: bool


@dataclass(frozen=True)
class Ground:
    """What an area works with: an empty `folder`, the demo shop's `index`, and whether it is
    asked for its `short` form, which a test runs in seconds."""

    folder: Path
    index: Path
    short: bool = False


Attack = Callable[[Ground], Coroutine[Any, Any, Sequence[Row]]]
