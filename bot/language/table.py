"""Tables as people and spreadsheets save them: CSV with comma, semicolon or tab, in any encoding.

UTF-8, UTF-16 with its mark and GB18030 are read; a first line "sep=;" names the delimiter, as Excel
writes it. It knows no column and checks no cell, and reads no spreadsheet itself (`.xlsx`).
"""

import csv
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

_DELIMITERS = ",;\t"
_NAMED = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_CELL_LIMIT = 32 * 1024 * 1024  # characters; the csv module's own 131,072 refuses long answers
_BROKEN_ROWS = 100  # after so many rows that are not CSV, the rest of the file will not be either
_GB2312_SHARE = 0.9


@dataclass(frozen=True)
class Broken:
    """A row that is left out; `reason` and `params` are those of a text."""

    reason: str
    params: Mapping[str, object]


@dataclass(frozen=True)
class Table:
    """The header's names in lower case, its line from 1, and all lines; no header: no table."""

    header: list[str]
    line: int
    lines: list[str]
    delimiter: str

    def rows(self) -> Iterator[tuple[int, dict[str, str] | Broken]]:
        """The line from 1 and the cells that are not empty of each row that has any."""
        for line, cells in self._records(self.line):
            if isinstance(cells, csv.Error):
                yield line, Broken("not_csv", {"detail": cells})
            elif any(cell.strip() for cell in cells[len(self.header) :]):
                counted = {"cells": len(cells), "columns": len(self.header)}
                yield line, Broken("too_many_cells", counted)
            elif any(cell.strip() for cell in cells):
                named = zip(self.header, cells, strict=False)
                yield line, {name: cell for name, cell in named if name and cell}

    def _records(self, start: int) -> Iterator[tuple[int, list[str] | csv.Error]]:
        """Each record from `lines[start]` on. After a broken one, reading goes on with the line
        behind its first."""
        broken = 0
        while start < len(self.lines) and broken < _BROKEN_ROWS:
            lines = (self.lines[at] + "\n" for at in range(start, len(self.lines)))
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
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


class HeaderError(csv.Error):
    """The header is not CSV; `line` is where it stands."""

    def __init__(self, line: int, error: csv.Error) -> None:
        super().__init__(str(error))
        self.line = line


def read_table(data: bytes, known: Set[str]) -> Table:
    """The table in `data`, with the delimiter that makes the most `known` names of its header.

    `UnicodeDecodeError` when it is text in no encoding, `HeaderError` when it has no header.
    """
    csv.field_size_limit(_CELL_LIMIT)
    lines = _decoded(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start, delimiters = _next(lines, 0), _DELIMITERS
    if start < len(lines) and (named := _NAMED.fullmatch(lines[start].rstrip(" "))):
        start, delimiters = _next(lines, start + 1), named[1]
    if start == len(lines):
        return Table([], start, lines, _DELIMITERS[0])
    try:
        headers = {one: _header(lines[start], one) for one in delimiters}
    except csv.Error as error:
        raise HeaderError(start + 1, error) from error
    delimiter = max(headers, key=lambda one: len(known & set(headers[one])))
    return Table(headers[delimiter], start + 1, lines, delimiter)


def _next(lines: list[str], start: int) -> int:
    """The place of the first line from `start` on that says something."""
    return next((i for i in range(start, len(lines)) if lines[i].strip(" ,;\t")), len(lines))


def _header(line: str, delimiter: str) -> list[str]:
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return ["".join(filter(str.isprintable, cell)).strip().lower() for cell in cells]


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Almost any bytes are GB18030. Text that was really meant so uses the common characters of
        # GB2312; a Latin "é" read as GB18030 lands outside of them.
        text = data.decode("gb18030", "replace")
        foreign = [c for c in text if c > "\x7f"]
        common = sum(bool(c.encode("gb2312", "ignore")) for c in foreign)
        if "\ufffd" not in text and common >= _GB2312_SHARE * len(foreign):
            return text
        raise
