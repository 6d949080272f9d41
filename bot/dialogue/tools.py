"""What a model is offered to say what a burst wants, and its calls held to what was offered.

Each skill has its own tools; here are those for what no skill does, and what all have in common.
No tool takes a name, an address, an order's number or an amount to be paid: who asks, and which
order is meant, is read from the shopper's words alone. It asks no model (`reader.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, ValidationError, create_model

from bot.catalogue.calls import Tool, some_of
from bot.language.detect import detect_language
from bot.language.heads import Judge
from bot.language.smalltalk import kind
from bot.types import Language

_MOST = 4  # calls for one burst
_LONGEST_QUESTION = 300  # characters of a question in a model's words


class Ask(Tool):
    """A question on the shop and its rules: delivery, returns, payment, care, warranty …"""

    question: str = Field(
        max_length=_LONGEST_QUESTION,
        description="Complete in itself, in the customer's language, with nothing added.",
    )


class Person(Tool):
    """A human being of the shop is asked for."""


class SomethingElse(Tool):
    """No other tool fits, or it is not clear what is wanted."""


@dataclass(frozen=True)
class Called:
    """A tool as it was called; `text` is what of the burst it is about, "" for all of it."""

    call: BaseModel
    text: str = ""


@dataclass(frozen=True)
class Read:
    """A burst as a model reads it: by `calls`, or with its question in words that need no
    conversation, `standalone`."""

    calls: tuple[Called, ...] = ()
    standalone: str | None = None


@dataclass(frozen=True)
class Offer:
    """What a model is asked about a burst: its `pieces`, and the tools by name."""

    pieces: tuple[str, ...]
    tools: Mapping[str, type[BaseModel]]
    language: Language


def offer(pieces: Sequence[str], tools: Iterable[type[BaseModel]], language: Language) -> Offer:
    """The `tools` and those that are always there, each saying which pieces it is about."""
    places = some_of(range(1, len(pieces) + 1))
    parts: Any = (places, Field(default=[], description="Lines of the message."))
    every: list[type[BaseModel]] = [Ask, *tools, Person, SomethingElse]
    made = [
        create_model(each.__name__, __base__=each, __doc__=each.__doc__, parts=parts)
        for each in every
    ]
    return Offer(tuple(pieces), {each.__name__: each for each in made}, language)


def taken(
    calls: Sequence[tuple[str, Mapping[str, Any]]], offered: Offer, judge: Judge
) -> tuple[Called, ...]:
    """The calls as what was offered; none at all where one is not, or where a piece of the burst
    that asks for something is left out."""
    if len(calls) > _MOST:
        return ()
    found: dict[str, Called] = {}
    places: set[int] = set()
    for name, given in calls:
        tool = offered.tools.get(name)
        try:
            call = tool.model_validate(given) if tool else None
        except (ValidationError, RecursionError):
            call = None
        if call is None:
            return ()
        at = sorted(set(call.model_dump()["parts"]))
        places.update(at)
        text = " ".join(offered.pieces[place - 1] for place in at)
        found[f"{name} {call.model_dump_json()}"] = Called(call, text)
    if len(found) < 2:
        return tuple(Called(each.call) for each in found.values())
    left = [each for at, each in enumerate(offered.pieces, 1) if at not in places]
    whole = all(each.text for each in found.values()) and all(kind(each, judge) for each in left)
    return tuple(found.values()) if whole else ()


def question(line: str, asked: str, before: str, language: Language) -> str | None:
    """A model's wording of what was `asked` after `before`, if it is one: one line in the same
    language, nothing made up in it."""
    line = " ".join(line.split()).strip("\"'“”「」 ")
    digits = {character for character in line if character.isdigit()}
    known = {character for character in asked + before if character.isdigit()}
    fine = (
        0 < len(line) <= _LONGEST_QUESTION
        and detect_language(line, language) == language
        and digits <= known
        and "http" not in line.lower()
    )
    return line if fine and line != asked else None
