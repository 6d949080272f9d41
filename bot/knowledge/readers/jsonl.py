"""FAQ entries and products from `.jsonl`: one JSON object a line.

A line that is not one is named and the next ones are read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import from_json

from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.products import product_entries
from bot.knowledge.readers.rows import Warned, faq_entry
from bot.knowledge.readers.source import Source


def read_jsonl(source: Source) -> Iterator[Found | Problem]:
    """The entries of each line; blank lines are skipped."""
    warned = Warned()
    for number, line in enumerate(source.text().split("\n"), start=1):
        if not line or line.isspace():
            continue
        try:
            values = from_json(line, allow_inf_nan=False)
        except ValueError as error:
            yield source.problem("not_json", number, params={"detail": error})
            continue
        yield from row_entries(values, source, number, warned)


def row_entries(
    values: object,
    source: Source,
    line: int | None,
    warned: Warned,
    lines: Mapping[str, int] | None = None,
) -> Iterator[Found | Problem]:
    """A row of any table-like format: a product where it has `sku` and `name`, else a FAQ entry."""
    if not isinstance(values, dict):
        yield source.problem("not_a_row", line)
        return
    row: dict[str, Any] = values
    read = product_entries if "sku" in row and "name" in row else faq_entry
    yield from read(row, source, line, warned, lines)
