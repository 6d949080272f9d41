"""Workbooks for tests, as a spreadsheet program saves them."""

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet


def saved(
    path: Path,
    change: Callable[[Worksheet], None] | None = None,
    **sheets: Sequence[Sequence[object]],
) -> Path:
    """A workbook of sheets by their names, each of rows; `change` is given the first one."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change:
        change(book.worksheets[0])
    book.save(path)
    return path


def with_part(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """The workbook with one of its XML files changed."""
    whole = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            text = old.read(each)
            new.writestr(each, change(text.decode()) if each == part else text)
    path.write_bytes(whole.getvalue())
    return path
