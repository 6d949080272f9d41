"""What the table editor of product sheets needs of them, so that no page knows the knowledge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Row:
    """A row by its key, with its cells in the header's order."""

    key: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Clash:
    """What was changed here ("" for a row: removed), and what the file says now. Without a column
    it is about a whole row."""

    key: str
    column: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class SheetView:
    """A page of a sheet; `seen` is the mark of the file that it is from."""

    header: Sequence[str]
    rows: Sequence[Row]
    pages: int
    seen: str
    clashes: Sequence[Clash]


@dataclass(frozen=True)
class Typed:
    """What a form says: cells by row's key and column, keys of rows to go, a row to come."""

    cells: Mapping[tuple[str, str], str]
    dropped: Sequence[str]
    added: Mapping[str, str]


class Sheets(Protocol):
    """The product sheets of one shop. What it refuses is a `DeskhandError`."""

    async def is_sheet(self, name: str) -> bool:
        """Whether a file can be edited here."""

    async def view(self, name: str, page: int, size: int) -> SheetView: ...

    async def save(self, name: str, typed: Typed, seen: str, by: str) -> int:
        """Write what is other than before, unless the catalogue reads it worse than before; how
        many cells and rows."""

    async def settle(self, name: str, key: str, column: str, by: str, *, mine: bool) -> None:
        """End a clash: what was changed here is written again, or forgotten."""
