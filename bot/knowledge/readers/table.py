"""FAQ entries and products from `.csv`, as people and spreadsheets write it (`language/table`).

Exports of shop systems are read as they are (`exports`). Variants and tags are separated by "|" or
given as a JSON list.
"""

from collections import Counter
from collections.abc import Iterator

from bot.errors import KnowledgeError
from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.columns import column, fields_of
from bot.knowledge.readers.exports import joined
from bot.knowledge.readers.jsonl import is_product, row_entries
from bot.knowledge.readers.rows import Warned
from bot.knowledge.readers.source import Source, undecodable
from bot.language.table import Broken, HeaderError, Table, read_table


def read_csv(source: Source) -> Iterator[Found | Problem]:
    """The entries of each row, by the header's names in any case and order."""
    try:
        table = read_table(source.path.read_bytes(), known)
    except UnicodeDecodeError as error:
        raise undecodable(error) from error
    except HeaderError as error:
        raise KnowledgeError("knowledge.not_csv", line=error.line, detail=error) from error
    yield from table_entries(table, source)


def known(header: str) -> str:
    """Which field of ours a column is, "" for none."""
    return column(header).field


def table_entries(table: Table, source: Source) -> Iterator[Found | Problem]:
    """The entries of a table's rows, and what is wrong with them."""
    warned = Warned()
    rows = joined(table.header, table.rows(), warned)
    if table.header and rows is None:
        problems = list(_header_problems(table, source))
        yield from problems
        if problems:
            return
    for line, row in table.rows() if rows is None else rows:
        if isinstance(row, Broken):
            yield source.problem(row.reason, line, params=row.params)
        else:
            # An empty cell says nothing, as a missing key does; an empty id is still named.
            yield from row_entries(row, source, line, warned)
    yield from warned.together(source)


def _header_problems(table: Table, source: Source) -> Iterator[Problem]:
    for name, times in Counter(each.lower() for each in table.header).items():
        if name and times > 1:
            yield source.problem("duplicate_column", table.line, params={"field": name})
    fields = fields_of(tuple(table.header))
    wanted = [("sku", "id"), ("name",)] if is_product(fields) else [("id", "question"), ("answer",)]
    for names in wanted:
        if not fields.intersection(names):
            yield source.problem("missing_column", table.line, params={"field": names[0]})
