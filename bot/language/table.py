"""Tables as people and spreadsheets save them: CSV with comma, semicolon or tab, in any encoding.

Knowledge and orders are read by it alike. A first line "sep=;" names the delimiter, as Excel writes
it. It knows no column and checks no cell; a spreadsheet itself (`.xlsx`) is read by `workbook`.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.language.encoding import decoded

_DELIMITERS = ",;\t"
_NAMED = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_CELL_LIMIT = 32 * 1024 * 1024  # characters; the csv module's own 131,072 refuses long answers
_HEADER_LINES = 20  # that quoted names may take
_BROKEN_ROWS = 100  # after so many rows that are not CSV, the rest of the file will not be either


@dataclass(frozen=True)
class Broken:
    """A row that is left out; `reason` and `params` are those of a text."""

    reason: str
    params: Mapping[str, object]


Record = tuple[int, list[str] | csv.Error]


@dataclass(frozen=True)
class Table:
    """The header's names, its last line from 1, and the records behind it, each with its line; no
    header: no table."""

    header: list[str]
    line: int
    records: Iterable[Record]

    def rows(self) -> Iterator[tuple[int, dict[str, str] | Broken]]:
        """The line from 1 and the cells that are not empty of each row that has any."""
        for line, cells in self.records:
            if isinstance(cells, csv.Error):
                yield line, Broken("not_csv", {"detail": cells})
            elif any(cell.strip() for cell in cells[len(self.header) :]):
                counted = {"cells": len(cells), "columns": len(self.header)}
                yield line, Broken("too_many_cells", counted)
            elif any(cell.strip() for cell in cells):
                named = zip(self.header, cells, strict=False)
                yield line, {name: cell for name, cell in named if name and cell}


class HeaderError(csv.Error):
    """The header is not CSV; `line` is where it stands."""

    def __init__(self, line: int, error: csv.Error) -> None:
        super().__init__(str(error))
        self.line = line


def read_table(data: bytes, known: Callable[[str], object]) -> Table:
    """The table in `data`, with the delimiter that makes the most `known` names of its header, else
    the most names.

    `UnicodeDecodeError` when it is text in no encoding, `HeaderError` when it has no header.
    """
    csv.field_size_limit(_CELL_LIMIT)
    lines = decoded(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start, delimiters = _next(lines, 0), _DELIMITERS
    if start < len(lines) and (named := _NAMED.fullmatch(lines[start].rstrip(" "))):
        start, delimiters = _next(lines, start + 1), named[1]
    if start == len(lines):
        return Table([], start, ())
    try:
        headers = {one: _header(lines[start : start + _HEADER_LINES], one) for one in delimiters}
    except csv.Error as error:
        raise HeaderError(start + 1, error) from error

    def fits(delimiter: str) -> tuple[int, int]:
        names = headers[delimiter][0]
        return sum(map(bool, map(known, names))), len(names)

    delimiter = max(headers, key=fits)
    names, length = headers[delimiter]
    line = start + length
    return Table(names, line, _records(lines, line, delimiter))


def _records(lines: list[str], start: int, delimiter: str) -> Iterator[Record]:
    """Each record from `lines[start]` on. After a broken one, reading goes on with the line behind
    its first."""
    broken = 0
    while start < len(lines) and broken < _BROKEN_ROWS:
        rest = (lines[at] + "\n" for at in range(start, len(lines)))
        reader = csv.reader(rest, delimiter=delimiter, strict=True)
        while True:
            first = start + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield first, error
                broken += 1
                start = first
                break
            yield first, cells


def _next(lines: list[str], start: int) -> int:
    """The place of the first line from `start` on that says something."""
    return next((i for i in range(start, len(lines)) if lines[i].strip(" ,;\t")), len(lines))


def _header(lines: list[str], delimiter: str) -> tuple[list[str], int]:
    """The names, each on one line, and how many lines they take."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    cells = next(reader, [])
    return names_of(cells), reader.line_num


def names_of(cells: Iterable[str]) -> list[str]:
    """A header's cells, each on one line."""
    names = ("".join(c if c.isprintable() else " " * c.isspace() for c in cell) for cell in cells)
    return [" ".join(name.split()) for name in names]
