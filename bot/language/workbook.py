"""Tables in spreadsheets (`.xlsx`): each visible sheet as a `Table`, its cells as people see them.

Numbers keep the currency, unit or percent sign and the leading zeros of their format, dates are
ISO, a merged cell stands in each row that it spans, a formula has the value that was last saved.
What is hidden or has no value is noted. It follows no link, runs nothing and reads no picture.
"""

import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from posixpath import join, normpath
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, iterparse

from openpyxl import load_workbook
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from bot.language.table import Broken, Table, names_of

_UNPACKED = 200  # MB; a small file can unpack to fill the memory
_ROWS, _COLUMNS = 1_048_576, 16_384  # which a sheet has at most
_WIDEST = 1000  # columns that are read
_MERGED = 10_000  # merged cells of a sheet
_HEADER_ROWS = 20  # in which the header is sought
_NAMED = 20  # rows or cells that a note names
_LINKS = 10_000  # cells of a sheet that lead somewhere
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ADDRESSES = ("http://", "https://", "mailto:")
_AFFIX = r'(?:"([^"]{1,9})"|\[\$([^\]-]{1,9})[^\]]{0,9}\]|([€£¥￥$]))'
_BEFORE = re.compile(rf"\s*{_AFFIX}")
_BEHIND = re.compile(rf"[0#?]\s?{_AFFIX}\s*$")
_BUILT_IN = {each.split(";")[0] for each in BUILTIN_FORMATS.values()}
_PADDING = re.compile(r"[_*].|\\")  # widths and filling
_ZEROS = re.compile(r"0{2,20}")
_DAMAGED = (
    AttributeError,
    EOFError,
    InvalidFileException,
    LookupError,
    NotImplementedError,
    OverflowError,
    ParseError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


class WorkbookError(Exception):
    """The file cannot be read; `reason` and `params` are those of a text."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason)
        self.reason, self.params = reason, params


@dataclass(eq=False)
class Sheet:
    """A sheet; `known` tells how many columns of its header are. `notes` are what was left out of
    it."""

    name: str
    table: Table
    known: int = 0
    notes: list[Broken] = field(default_factory=list)


@dataclass
class _Shape:
    """What the cells of a sheet do not say: hidden rows and columns from 1, merged cells as
    (column, first row, last row), formulas without a value, cells that hold an error, that lead to
    an address, or that somebody has written a comment on."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    unsaved: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)  # of cells, until they are found told
    comments: list[str] = field(default_factory=list)


def read_workbook(path: Path, known: Callable[[str], object], *, units: bool) -> list[Sheet]:
    """The sheets, of which each has the header among its first rows that has the most `known`
    names. `units`: numbers are written with the unit or currency of their format.

    `WorkbookError` for what is no workbook or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > _UNPACKED << 20:
                raise WorkbookError("xlsx_too_large", limit=_UNPACKED)
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
            sheets = []
            worksheets: list[Any] = book.worksheets
            for each in worksheets:
                if each.sheet_state != "visible":
                    left_out = [Broken("sheet_hidden", {"found": each.title})]
                    sheets.append(Sheet(each.title, Table([], 0, ()), notes=left_out))
                    continue
                with archive.open(each._worksheet_path) as xml:
                    shape = _shape(xml, each.title)
                _beside(archive, each._worksheet_path, shape)
                each.reset_dimensions()
                sheets.append(
                    _sheet(
                        each.title, _rows(each.title, each.iter_rows(), shape, units), shape, known
                    )
                )
            book.close()
            return sheets
    except _DAMAGED as error:
        raise WorkbookError("xlsx_damaged", detail=str(error) or type(error).__name__) from error


def tables(sheets: list[Sheet]) -> list[Sheet]:
    """Those with a known column; where none has one, all that have a header."""
    return [each for each in sheets if each.known] or [each for each in sheets if each.table.header]


def _shape(xml: IO[bytes], sheet: str) -> _Shape:
    shape = _Shape()
    for each in iterparse(xml):
        element = each[1]
        tag = element.tag.rpartition("}")[2]
        if tag == "row":
            number = int(element.get("r", "0"))
            if number > _ROWS:
                raise WorkbookError("xlsx_too_far", sheet=sheet, row=number, limit=_WIDEST)
            if _is_hidden(element):
                shape.rows.add(number)
            element.clear()
        elif tag == "col" and _is_hidden(element):
            last = min(int(element.get("max", "0")), _COLUMNS)
            shape.columns.update(range(int(element.get("min", "1")), last + 1))
        elif tag == "mergeCell" and len(shape.merged) < _MERGED:
            left, top, _, bottom = range_boundaries(element.get("ref", ""))
            if left and top and bottom:
                shape.merged.append((left, top, bottom))
        elif tag == "hyperlink" and len(shape.links) < _LINKS:
            shape.links[element.get("ref", "").partition(":")[0]] = element.get(_RELATION, "")
        elif tag == "c" and len(shape.unsaved) <= _NAMED and _is_unsaved(element):
            shape.unsaved.append(element.get("r", ""))
    return shape


def _beside(archive: zipfile.ZipFile, path: str, shape: _Shape) -> None:
    """What other parts of the workbook say of a sheet: where its links lead, and its comments."""
    folder, _, name = path.lstrip("/").rpartition("/")
    related = f"{folder}/_rels/{name}.rels"
    targets: dict[str, str] = {}
    if related in archive.namelist():
        with archive.open(related) as xml:
            for _, element in iterparse(xml):
                target = element.get("Target", "")
                targets[element.get("Id", "")] = target
                if element.get("Type", "").endswith("/comments"):
                    place = normpath(join("/", folder, target)).lstrip("/")
                    shape.comments += _commented(archive, place)
    leads = ((cell, targets.get(relation, "")) for cell, relation in shape.links.items())
    shape.links = {cell: to for cell, to in leads if to.startswith(_ADDRESSES)}


def _commented(archive: zipfile.ZipFile, path: str) -> Iterator[str]:
    """The cells that comments are on."""
    if path in archive.namelist():
        with archive.open(path) as xml:
            for _, element in iterparse(xml):
                if element.tag.rpartition("}")[2] == "comment":
                    yield element.get("ref", "")


def _is_hidden(element: Element) -> bool:
    return element.get("hidden") in ("1", "true")


def _is_unsaved(cell: Element) -> bool:
    """Whether it is a formula that has never been reckoned."""
    parts = list(cell)
    if not parts or not parts[0].tag.endswith("}f") or cell.get("t") == "str":
        return False
    return not any(part.text for part in parts[1:])


def _rows(
    sheet: str, rows: Iterable[Sequence[Any]], shape: _Shape, units: bool
) -> Iterator[tuple[int, list[str]]]:
    """The visible rows that say anything, each with its number; merged cells go on downwards."""
    merged: dict[int, list[tuple[int, int]]] = defaultdict(list)  # by their first rows
    for column, first, last in shape.merged:
        merged[first].append((column - 1, last))
    above: dict[int, tuple[str, int]] = {}  # place → its text, and the last row that it reaches
    for number, row in enumerate(rows, 1):
        if any(cell.value is not None for cell in row[_WIDEST:]):
            raise WorkbookError("xlsx_too_far", sheet=sheet, row=number, limit=_WIDEST)
        shape.wrong += (cell.coordinate for cell in row if cell.data_type == "e")
        cells = [_text(cell, units) for cell in row[:_WIDEST]]
        for cell, text in zip(row, cells, strict=False) if shape.links else ():
            leads = shape.links.get(cell.coordinate, "") if text else ""
            if leads and leads.removeprefix("mailto:").rstrip("/") in text:
                del shape.links[cell.coordinate]
        says = any(cells)
        for place, (text, last) in above.items():
            if number <= last and says:
                cells += [""] * (place + 1 - len(cells))
                cells[place] = cells[place] or text
        for place, last in merged.get(number, ()):
            if place < len(cells):
                above[place] = cells[place], last
        if says and number not in shape.rows:
            yield number, cells


def _sheet(
    name: str,
    rows: Iterator[tuple[int, list[str]]],
    shape: _Shape,
    known: Callable[[str], object],
) -> Sheet:
    first = list(islice(rows, _HEADER_ROWS))
    headers = [names_of(cells) for _, cells in first]
    counts = [sum(map(bool, map(known, header))) for header in headers]
    at = counts.index(max(counts)) if counts else 0
    header, line = (headers[at], first[at][0]) if first else ([], 0)
    hidden = [name for column, name in enumerate(header, 1) if column in shape.columns and name]
    for column in range(len(header)):
        if column + 1 in shape.columns:
            header[column] = ""
    table = Table(header, line, [*first[at + 1 :], *rows])
    said = [
        ("rows_above_header", " ".join(filter(None, (c for _, of in first[:at] for c in of)))),
        ("columns_hidden", ", ".join(hidden[:_NAMED])),
        ("rows_hidden", _listed(map(str, sorted(shape.rows)))),
        ("formulas_unsaved", _listed(shape.unsaved)),
        ("cells_wrong", _listed(shape.wrong)),
        ("links_left_out", _listed(f"{cell} ({to})" for cell, to in shape.links.items())),
        ("comments_left_out", _listed(shape.comments)),
    ]
    notes = [Broken(key, {"found": found}) for key, found in said if found]
    return Sheet(name, table, max(counts, default=0), notes)


def _listed(found: Iterable[str]) -> str:
    """The first of them."""
    shown = list(islice(found, _NAMED + 1))
    return ", ".join(shown[:_NAMED]) + (" …" if len(shown) > _NAMED else "")


def _text(cell: Any, units: bool) -> str:
    """What a person reads in a cell."""
    value = cell.value
    if value is None or cell.data_type == "e":  # "#N/A" is no text
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return _number(value, str(cell.number_format), units)


def _number(value: float, form: str, units: bool) -> str:
    """A number with its format's leading zeros, percent sign and, with `units`, what stands beside
    it; the sign of a built-in format is the reader's own and says nothing."""
    form = form.split(";")[0][:100]
    if "%" in form:
        return f"{value * 100:.15g}%"
    text = str(int(value)) if value == int(value) else f"{value:.15g}"
    if _ZEROS.fullmatch(form):
        return text.zfill(len(form))
    if not units or form in _BUILT_IN:
        return text
    form = _PADDING.sub("", form)
    before, behind = _BEFORE.match(form), _BEHIND.search(form)
    sign = "".join(filter(None, before.groups())) if before else ""
    unit = "".join(filter(None, behind.groups())) if behind else ""
    return f"{sign.strip()} {text} {unit.strip()}".strip()
