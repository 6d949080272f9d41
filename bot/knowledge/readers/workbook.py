"""FAQ entries and products from `.xlsx`: each visible sheet is read as a `.csv` is (`table`)."""

from collections.abc import Iterator
from dataclasses import replace

from bot.errors import KnowledgeError
from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.source import Source
from bot.knowledge.readers.table import known, table_entries
from bot.language.workbook import WorkbookError, read_workbook, tables


def read_xlsx(source: Source) -> Iterator[Found | Problem]:
    """The entries of each visible sheet; one that has no column of ours is named, but the only
    one, whose columns are."""
    try:
        sheets = read_workbook(source.path, known, units=True)
    except WorkbookError as error:
        raise KnowledgeError(f"knowledge.{error.reason}", **error.params) from error
    read = tables(sheets)
    for sheet in sheets:
        place = source if len(sheets) == 1 else replace(source, part=f" ({sheet.name})")
        for note in sheet.notes:
            yield place.problem(note.reason, None, "warning", note.params)
        if sheet in read:
            yield from table_entries(sheet.table, place)
        elif sheet.table.header:
            yield place.warning("sheet_left_out", found=", ".join(filter(None, sheet.table.header)))
