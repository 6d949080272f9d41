"""The table of API methods: each module of methods registers its own here."""

from collections.abc import Callable
from typing import Any, TypeVar

from tests.support.telegram.params import Params
from tests.support.telegram.world import World

Method = Callable[[World, Params], Any]
M = TypeVar("M", bound=Method)

# Lower case, as the Bot API compares names.
METHODS: dict[str, Method] = {}
# These count against a chat's budget and are refused, as a violation, while its window is closed.
BUDGETED: set[str] = set()


def method(name: str, *, budgeted: bool = False) -> Callable[[M], M]:
    """Register a function as an API method."""

    def register(function: M) -> M:
        METHODS[name.lower()] = function
        if budgeted:
            BUDGETED.add(name.lower())
        return function

    return register
