"""Chooses among ways to say the same, each product its own: the same seed chooses the same."""

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Chooser(Protocol):
    """Chooses one of several ways; `what` names the choice."""

    def __call__(self, what: str, ways: Sequence[T]) -> T: ...


class Varied:
    """Chooses by a seed, so that a draft can be made again."""

    def __init__(self, *seed: object) -> None:
        self._random = random.Random("\0".join(map(str, seed)))

    def __call__(self, what: str, ways: Sequence[T]) -> T:
        return ways[self._random.randrange(len(ways))]


class First:
    """Takes the way that stands first, the plainest one."""

    def __call__(self, what: str, ways: Sequence[T]) -> T:
        return ways[0]
