"""Reads dialogues to learn from: JSONL, one dialogue a line, in either of two shapes.

`{"question", "answer"}`, or `{"turns": [{"role" or "author", "text"}, …]}`; other fields are left
alone. Every bad line is named; a file with one is refused, so that nobody trains on half of it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError, from_json

from bot.errors import InputError
from bot.texts import t

Role = Literal["shopper", "agent"]

_ROLES: dict[str, Role] = {
    **dict.fromkeys(("shopper", "customer", "user"), "shopper"),
    **dict.fromkeys(("agent", "assistant", "bot"), "agent"),
}
_NAMED = 20  # bad lines that are told; the rest is counted


@dataclass(frozen=True)
class Said:
    """What one side said, possibly in several messages."""

    role: Role
    text: str


@dataclass(frozen=True)
class Dialogue:
    """Turns in order: a shopper's first, an agent's last, never two of one side in a row."""

    said: tuple[Said, ...]

    @cached_property
    def key(self) -> str:
        """SHA-256 of what was said, the same wherever the dialogue stands."""
        text = "\x1e".join(f"{said.role}\x1f{said.text}" for said in self.said)
        return hashlib.sha256(text.encode()).hexdigest()

    def of(self, role: Role) -> str:
        """All that one side said, a turn a line."""
        return "\n".join(said.text for said in self.said if said.role == role)


class _Bad(ValueError):
    """A line that is no dialogue; `args[0]` is the key of the reason's text."""


def read(path: Path) -> list[Dialogue]:
    """The dialogues of a file, each once; `InputError` names all bad lines and their reasons."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("training.unreadable", path=path, reason=error) from error
    found: dict[str, Dialogue] = {}
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            dialogue = _dialogue(line)
        except _Bad as bad:
            wrong.append((number, bad.args[0]))
        else:
            found.setdefault(dialogue.key, dialogue)
    if wrong:
        raise _Lines(path, wrong)
    if not found:
        raise InputError("training.empty", path=path)
    return list(found.values())


class _Lines(InputError):
    """Bad lines, each on a line of the message."""

    def __init__(self, path: Path, wrong: Sequence[tuple[int, str]]) -> None:
        super().__init__("training.bad_lines", path=path, count=len(wrong))
        self.wrong = wrong

    def message(self, language: str) -> str:
        lines = [super().message(language)]
        lines += [
            t("training.bad_line", language, line=number, reason=t(reason, language))
            for number, reason in self.wrong[:_NAMED]
        ]
        if len(self.wrong) > _NAMED:
            lines.append(t("training.more_lines", language, count=len(self.wrong) - _NAMED))
        return "\n".join(lines)


def _dialogue(line: str) -> Dialogue:
    try:
        row = from_json(line)
    except ValueError as error:
        raise _Bad("training.line_no_json") from error
    if not isinstance(row, dict):
        raise _Bad("training.line_no_object")
    try:
        if "turns" in row:
            turns = _Turns.model_validate(row).turns
            return _in_turn([Said(turn.role, turn.text) for turn in turns])
        pair = _Pair.model_validate(row)
    except ValidationError as error:
        raise _Bad(_reason(error.errors(include_url=False)[0])) from None
    return _in_turn([Said("shopper", pair.question), Said("agent", pair.answer)])


def _reason(detail: ErrorDetails) -> str:
    """What is wrong with a row's first bad field, as the key of its text."""
    kind, name = detail["type"], detail["loc"][-1]
    if kind == "missing" and name in ("question", "answer"):
        return "training.line_no_fields"
    if kind == "missing" and name == "role":
        return "training.line_role"
    return f"training.{kind}" if kind.startswith("line_") else "training.line_turns"


def _role(value: object) -> Role:
    if not isinstance(value, str) or value.lower() not in _ROLES:
        raise PydanticCustomError("line_role", "no role")
    return _ROLES[value.lower()]


def _words(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PydanticCustomError("line_text", "no text")
    return value.strip()


Words = Annotated[str, PlainValidator(_words)]


class _Pair(BaseModel):
    question: Words
    answer: Words


class _Turn(BaseModel):
    text: Words
    role: Annotated[
        Role, PlainValidator(_role), Field(validation_alias=AliasChoices("role", "author"))
    ]


class _Turns(BaseModel):
    turns: list[_Turn]


def _in_turn(said: Sequence[Said]) -> Dialogue:
    """One side's messages in a row are one turn; unasked beginnings, unanswered ends go."""
    turns = [
        Said(role, "\n".join(one.text for one in several))
        for role, several in groupby(said, key=lambda one: one.role)
    ]
    if turns and turns[0].role == "agent":
        turns = turns[1:]
    if turns and turns[-1].role == "shopper":
        turns = turns[:-1]
    if not turns:
        raise _Bad("training.line_no_answer")
    return Dialogue(tuple(turns))
