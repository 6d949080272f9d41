"""What the pages of the knowledge's files need of them, so that no page knows the knowledge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.types import Language, Source

State = Literal["live", "changed", "new", "gone", "bad"]
Fields = Mapping[str, str]
"""An entry as a form has it: id, lang, question, answer, variants (a line each), url, tags (by
commas), valid_until."""


class Told(Protocol):
    """Something about a file that an admin should know."""

    @property
    def where(self) -> str: ...

    @property
    def severity(self) -> str: ...

    def message(self, language: str) -> str: ...


@dataclass(frozen=True)
class FileView:
    """A file as it is listed. `state` compares it with what shoppers are answered from: the same,
    other than that, not in it; "bad" is named by `problem`, "gone" is no longer in the folder.
    `url` is that of a page that was fetched."""

    name: str
    state: State
    size: int = 0
    changed: datetime | None = None
    problem: Told | None = None
    url: str = ""


@dataclass(frozen=True)
class EntryView:
    """An entry as it counts: as its file says it, or as it was edited. `theirs` is what the file
    says now where that is not what was edited, None for no such conflict; `passages` are what is
    searched. `editable` is an entry with a question and an answer of its own."""

    fields: Fields
    title: str
    line: int | None
    editable: bool
    edited: bool = False
    theirs: Fields | None = None
    passages: Sequence[str] = ()


@dataclass(frozen=True)
class Reading:
    """What a file becomes; `url` is that of a page that was fetched."""

    name: str
    entries: Sequence[EntryView]
    problems: Sequence[Told]
    url: str = ""


@dataclass(frozen=True)
class ChangeView:
    """A change of a file; `undoable` when it is the last one of its file."""

    id: int
    name: str
    act: Literal["added", "changed", "removed"]
    by: str
    at: datetime
    undoable: bool
    undoes: int | None


@dataclass(frozen=True)
class Building:
    """A build that runs, or the last that ran: what is said of it."""

    text: str
    running: bool


class Feed(Protocol):
    """One shop's folder of knowledge. What it refuses is a `DeskhandError`."""

    async def files(self) -> Sequence[FileView]:
        """Those in the folder and those that are only in the live build."""

    async def reading(self, name: str) -> Reading: ...

    async def content(self, name: str) -> bytes: ...

    async def text(self, name: str) -> str | None:
        """A file's text; None for what is not edited as text, or is no file of the folder."""

    async def list_pages(self, text: str, seen: str, by: str) -> None:
        """Say which pages of the shop's own help centre are fetched, an address a line."""

    async def pages(self) -> tuple[str, str]:
        """That list, and the mark of what was seen."""

    async def mark(self, name: str) -> str:
        """By what a file's content is known, "" where there is none."""

    async def stage(self, name: str, data: bytes) -> tuple[str, Reading]:
        """What a file would become, and the token by which it is saved."""

    async def save(self, token: str, seen: str, by: str) -> str:
        """Save what was looked at, unless the file is not that of the mark `seen` any more; its
        name."""

    async def remove(self, name: str, seen: str, by: str) -> None:
        """Remove a file, as `save` replaces it."""

    async def changes(self) -> Sequence[ChangeView]:
        """The newest first."""

    async def undo(self, change: int, by: str) -> str:
        """Take a change back; the file's name."""

    async def entry(self, name: str, entry_id: str, lang: Language) -> EntryView: ...

    async def edit(self, name: str, fields: Sequence[Fields], by: str) -> int:
        """Keep entries that were written, or edited where `name` has them; how many were not so
        before."""

    async def phrase(self, source: Source, question: str, lang: Language, by: str) -> None:
        """Let a question be another phrasing of the entry that an answer names."""

    async def settle(
        self, name: str, entry_id: str, lang: Language, by: str, *, mine: bool
    ) -> None:
        """End a conflict: the edit holds against what the file says now, or goes."""

    def build(self, language: Language) -> bool:
        """Begin a build; False when one is running."""

    def building(self) -> Building | None:
        """None while none has run."""
