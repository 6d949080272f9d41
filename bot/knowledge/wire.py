"""What the process that reads files tells the one that indexes: lines of JSON, one thing each.

The reading side may be in a stranger's hands, so the indexing side takes from a line only data of
these types. Nothing here reads a file.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from bot.knowledge.entry import Found, Passage, Problem, Role, Severity, Voice
from bot.types import Language

_LONGEST = 300  # characters of what a problem quotes from a file


@dataclass(frozen=True)
class Cut:
    """A passage without what its entry says as well: `text` is None where it is the answer."""

    id: str
    role: Role
    search: str
    text: str | None


@dataclass(frozen=True)
class Read:
    """What a reader found, and its passages."""

    found: Found
    cuts: tuple[Cut, ...]
    kind: Literal["read"] = "read"

    def passages(self) -> list[Passage]:
        """The passages whole again."""
        entry = self.found.entry
        return [
            Passage(
                each.id,
                entry.id,
                entry.lang,
                each.search,
                each.role,
                entry.answer if each.text is None else each.text,
            )
            for each in self.cuts
        ]


@dataclass(frozen=True)
class Wrong:
    """A problem; its path begins with the file that was asked for."""

    path: str
    key: str
    line: int | None
    params: dict[str, JsonValue]
    severity: Severity
    kind: Literal["wrong"] = "wrong"

    def problem(self, path: str) -> Problem:
        """The problem of the file at `path`."""
        place = self.path if self.path.startswith(path) else path
        return Problem(place, self.line, self.key, self.params, self.severity)


@dataclass(frozen=True)
class Digest:
    """The file's SHA-256 as hex, before anything else is said of it."""

    sha256: str
    kind: Literal["digest"] = "digest"


@dataclass(frozen=True)
class Voiced:
    """How the shop speaks, by language, and its currency, "" where it does not say."""

    voices: dict[Language, Voice]
    currency: str = ""
    kind: Literal["voiced"] = "voiced"


Said = Read | Wrong | Digest | Voiced
_LINES: TypeAdapter[Said] = TypeAdapter(Annotated[Said, Field(discriminator="kind")])


def packed(line: Said) -> bytes:
    """`line` as it is sent."""
    return _LINES.dump_json(line)


def unpacked(line: bytes) -> Said:
    """What was sent; pydantic's `ValidationError`, a `ValueError`, when it is none of these."""
    return _LINES.validate_json(line)


def read(found: Found, passages: list[Passage]) -> Read:
    """An entry with its passages, ready to be sent."""
    answer = found.entry.answer
    cuts = (
        Cut(each.id, each.role, each.search, None if each.text == answer else each.text)
        for each in passages
    )
    return Read(found, tuple(cuts))


def wrong(problem: Problem) -> Wrong:
    """A problem, with what it quotes in bounds and free of halves of characters."""
    params = {name: _plain(value) for name, value in problem.params.items()}
    path = problem.path.encode("utf-8", "backslashreplace").decode()
    return Wrong(path, problem.key, problem.line, params, problem.severity)


def _plain(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)[:_LONGEST].encode("utf-8", "backslashreplace").decode()
