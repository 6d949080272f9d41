"""What the page "Set up" needs of the shop, so that no page knows the settings or the knowledge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.types import ChannelState

TEXTS = ("greeting_en", "greeting_zh", "tone_en", "tone_zh", "starters_en", "starters_zh")
SETTINGS = ("shop_name", "timezone", "return_days")
"""Of the shop's, what `shop.yaml` says; hours and holidays are the schedule's."""
COLOUR = "#1f4d43"
"""Of the chat, where a shop has chosen none."""
FORM = (*TEXTS, "shop_name", "return_days", "colour")
"""The fields of the form; starters are a line each. The time zone stands with the hours."""


@dataclass(frozen=True)
class ChannelView:
    """A way to talk with shoppers: whether it is set up, how it stands with its service, None where
    it has none or does not run here, and when a shopper last wrote."""

    name: str
    there: bool
    state: ChannelState | None
    last: datetime | None


@dataclass(frozen=True)
class Started:
    """How far a new shop has come: what it is called, whether there is knowledge, a build that is
    live, an answer to a shopper; and a question of its own to try first."""

    named: bool
    fed: bool
    built: bool
    answered: bool
    question: str


@dataclass(frozen=True)
class SetupView:
    """`values` are the form's, `seen` the mark of the file that they are from. `fixed` are the
    settings that the environment says, with what it says."""

    values: Mapping[str, str]
    seen: str
    fixed: Mapping[str, str]
    channels: Sequence[ChannelView]
    started: Started
    public_url: str


class Setup(Protocol):
    """One shop's `shop.yaml`, and what else it needs to begin."""

    async def view(self) -> SetupView: ...

    async def save(self, values: Mapping[str, str], seen: str, by: str) -> None:
        """Write what is other than before, and leave what is not given; an `InputError` names what
        is wrong."""
