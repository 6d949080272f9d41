"""The examples that heads learn from: plain files in `examples/`, each with its source and licence.

A file names its head, or several, and lists messages by class, one a line. Several files may teach
one head. It fits nothing (`teaching.py`) and is not read while serving.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from bot.errors import InputError

SHIPPED = Path(__file__).parent / "examples"
NONE = "none"
_NO_EXAMPLE = "-"


@dataclass(frozen=True)
class Example:
    """A message, the class that it belongs to, and how often it counts."""

    text: str
    label: str
    weight: float = 1.0


class _File(BaseModel):
    """One file. `weight` is how often each of its examples counts. A class of several heads is the
    same for all of them, or one for each between slashes, "-" for none of that head's. What is of
    another class than "none" here is "none" for the heads of `none_for`; `also` names, for further
    heads and their classes, which of these are so."""

    head: str | list[str]
    none_for: list[str] = []
    also: dict[str, dict[str, list[str]]] = {}
    source: str
    licence: str
    weight: float = 1.0
    examples: dict[str, str]


def read(folder: Path = SHIPPED) -> dict[str, list[Example]]:
    """The examples by head; `InputError` names a file that is not one of examples."""
    found: dict[str, list[Example]] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            text = path.read_text(encoding="utf-8")
            file = _File.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
            raise InputError("cli.heads_unreadable", path=path, reason=error) from error
        for head, example in _taught(file):
            found.setdefault(head, []).append(example)
    if not found:
        raise InputError("cli.heads_none", path=folder)
    return found


def _taught(file: _File) -> Iterator[tuple[str, Example]]:
    """Each example of a file, with a head that learns from it."""
    heads = [file.head] if isinstance(file.head, str) else file.head
    for each in _examples(file):
        for place, head in enumerate(heads):
            if (label := _of(each.label, place)) != _NO_EXAMPLE:
                yield head, replace(each, label=label)
        for head in file.none_for if each.label != NONE else ():
            yield head, replace(each, label=NONE)
        for head, classes in file.also.items():
            for label, theirs in classes.items():
                if each.label in theirs:
                    yield head, replace(each, label=label)


def _of(label: str, place: int) -> str:
    """The class of the head at that place, of a class of several heads."""
    each = label.split("/")
    return each[place] if len(each) > 1 else label


def _examples(file: _File) -> Iterator[Example]:
    for label, lines in file.examples.items():
        for line in lines.splitlines():
            if line.strip():
                yield Example(line.strip(), label, file.weight)
