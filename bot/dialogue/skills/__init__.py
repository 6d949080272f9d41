"""What the bot can do besides answering from the knowledge: one module each.

A skill reads what a part of a burst asks of it, as an act (a value of a type of its own), and
carries that out. `bot.app` has the table, in the order in which skills are asked; what none of them
takes is asked of the knowledge. START HERE to add one: `courtesies.py` is the shortest.

A skill that a model may call says with which tools (`HasTools`), and holds the calls against the
shopper's own words.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel

from bot.dialogue.outcome import Outcome
from bot.dialogue.view import Part

A = TypeVar("A")


class Skill(Protocol[A]):
    """Both are asked on a worker thread. Neither writes: what is to be stored is in the outcome."""

    def read(self, part: Part) -> A | None:
        """What the part asks of this skill; None when it is about something else."""

    def carry_out(self, act: A, part: Part) -> Outcome | None:
        """What to say and do; None when it is about something else after all."""


@runtime_checkable
class HasTools(Skill[A], Protocol[A]):
    """A skill that a model's tool calls reach as well."""

    def tools(self, part: Part) -> Iterable[type[BaseModel]]:
        """What a model may call for the part; a tool's name is its class's."""

    def called(self, call: BaseModel, part: Part) -> A | None:
        """The act that a call means; None for another skill's, and where the part's own words don't
        bear it."""
