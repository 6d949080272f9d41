"""What the page "Set up" needs of the shop's model, so that no page knows what models are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

BUDGETS = ("daily_token_budget", "shopper_token_budget")


@dataclass(frozen=True)
class ModelView:
    """`name` is the setting, "none" for no model; `server` the host that is asked, "" for one in
    the process; `key` whether one is set. `budgets` are tokens a day that count now, 0 for no
    limit, `ours` those that were set here. `spent` are today's tokens, `cost` theirs."""

    name: str
    fallback: str
    server: str
    key: bool
    timeout: float
    budgets: Mapping[str, int]
    ours: frozenset[str]
    spent: int
    cost: float


@dataclass(frozen=True)
class Tried:
    """What a model answered to a test call, and after how many seconds."""

    name: str
    text: str
    seconds: float


class Model(Protocol):
    """The shop's model; what its settings are stays in the environment."""

    async def view(self) -> ModelView: ...

    async def tried(self) -> Tried:
        """A test call to the first model. `ModelError` says why it does not answer."""

    async def keep(self, budgets: Mapping[str, str], by: str) -> None:
        """Set budgets; `InputError` for what is no number of tokens."""
