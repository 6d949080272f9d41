"""FAQ entries and products from `.csv`, as people and spreadsheets write it.

Comma, semicolon or tab; UTF-8, UTF-16 with its mark or GB18030. Variants and tags are separated by
"|" or given as a JSON list. It does not read spreadsheets themselves (`.xlsx`).
"""

import csv
from collections import Counter
from collections.abc import Iterator

from bot.errors import KnowledgeError
from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.jsonl import row_entries
from bot.knowledge.readers.products import ProductRow
from bot.knowledge.readers.rows import FaqRow, Warned
from bot.knowledge.readers.source import Source, clean_line

_KNOWN = FaqRow.model_fields.keys() | ProductRow.model_fields.keys()
_CELL_LIMIT = 32 * 1024 * 1024  # characters; the csv module's own 131,072 refuses long answers
_BROKEN_ROWS = 100  # after so many rows that are not CSV, the rest of the file will not be either


def read_csv(source: Source) -> Iterator[Found | Problem]:
    """The entries of each row, by the header's names in any case and order."""
    lines = source.table_text().split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip(" ,;\t")), None)
    if start is None:
        return
    csv.field_size_limit(_CELL_LIMIT)
    try:
        delimiter = max(",;\t", key=lambda one: len(_KNOWN & set(_header(lines[start], one))))
        header = _header(lines[start], delimiter)
    except csv.Error as error:
        raise KnowledgeError("knowledge.not_csv", line=start + 1, detail=error) from error
    problems = list(_header_problems(header, source, start + 1))
    yield from problems
    if problems:
        return
    warned = Warned()
    for line, cells in _records(lines, start + 1, delimiter):
        if isinstance(cells, csv.Error):
            yield source.problem("not_csv", line, params={"detail": cells})
        elif any(cell.strip() for cell in cells[len(header) :]):
            yield source.problem(
                "too_many_cells", line, params={"cells": len(cells), "columns": len(header)}
            )
        elif any(cell.strip() for cell in cells):
            # An empty cell says nothing, as a missing key does; an empty id is still named.
            row = {name: cell for name, cell in zip(header, cells, strict=False) if name and cell}
            yield from row_entries(row, source, line, warned)


def _header(line: str, delimiter: str) -> list[str]:
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return [clean_line(cell).lower() for cell in cells]


def _header_problems(header: list[str], source: Source, line: int) -> Iterator[Problem]:
    for name, times in Counter(header).items():
        if name and times > 1:
            yield source.problem("duplicate_column", line, params={"field": name})
    wanted = ("sku", "name") if "sku" in header else ("id", "answer")
    for name in wanted:
        if name not in header:
            yield source.problem("missing_column", line, params={"field": name})


def _records(
    lines: list[str], start: int, delimiter: str
) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """(line from 1, cells or what is wrong) of each record from `lines[start]` on.

    After a broken record, reading goes on with the line behind its first.
    """
    broken = 0
    while start < len(lines) and broken < _BROKEN_ROWS:
        reader = csv.reader(
            (line + "\n" for line in lines[start:]), delimiter=delimiter, strict=True
        )
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
