"""FAQ entries and products from `.jsonl`: one JSON object a line.

A line that is not one is named and the next ones are read.
"""

from collections.abc import Iterator, Mapping, Set

from pydantic_core import from_json

from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.columns import arranged, fields_of
from bot.knowledge.readers.products import PRODUCT_FIELDS, product_entries
from bot.knowledge.readers.rows import FAQ_FIELDS, Warned, faq_entries
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
    yield from warned.together(source)


def is_product(fields: Set[str]) -> bool:
    """Whether columns are a product's, and not a question's."""
    return "name" in fields and ("sku" in fields or not fields & {"question", "answer"})


def row_entries(
    values: object,
    source: Source,
    line: int | None,
    warned: Warned,
    lines: Mapping[str, int] | None = None,
) -> Iterator[Found | Problem]:
    """A row of any table-like format: a product where it has a name, else a FAQ entry."""
    if not isinstance(values, dict):
        yield source.problem("not_a_row", line)
        return
    values = {str(key): value for key, value in values.items()}
    if is_product(fields_of(tuple(values))):
        read, ours = product_entries, PRODUCT_FIELDS
    else:
        read, ours = faq_entries, FAQ_FIELDS
    row, keys = arranged(values, ours)
    if lines:
        own = ((name, lines.get(key)) for name, of in keys.items() for key in of.values())
        lines = {**lines, **{name: place for name, place in own if place is not None}}
    yield from read(row, source, line, warned, lines)
