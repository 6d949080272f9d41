"""Product sheets (`.csv`) as the desk's table editor changes them: cells, rows more, rows less.

What is changed is written into the file itself, so that everything else of a row, its variants too,
stays as it is. What was changed is noted in `.room/cells.json`: when the file is later replaced by
one that says otherwise, both are shown (`conflicts`). How a sheet is read as products is `readers`'
matter.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.errors import ConflictError, InputError, NotFoundError
from bot.knowledge import folder as folders
from bot.knowledge.readers.columns import fields_of
from bot.knowledge.readers.exports import joined
from bot.knowledge.readers.jsonl import is_product
from bot.knowledge.readers.rows import Warned
from bot.knowledge.readers.table import known
from bot.language.table import HeaderError, read_table

MOST_COLUMNS = 70
MOST_ROWS = 5000
_KEPT = 2000  # changes that are noted
_NOTED = "cells.json"
_KEYS = ("sku", "id")


@dataclass(frozen=True)
class Sheet:
    """A file's header and its rows, each as long as the header; `key` is the column by whose values
    rows are known."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: int

    def keys(self) -> list[str]:
        """A name for each row: its key, with a number where rows share one, as variants do."""
        seen = Counter[str]()
        found = []
        for row in self.rows:
            seen[row[self.key]] += 1
            times = seen[row[self.key]]
            found.append(row[self.key] if times == 1 else f"{row[self.key]}#{times}")
        return found


@dataclass(frozen=True)
class Changed:
    """A change made at the desk to the file `name`, whose digest was `after` then. `column` is ""
    for a row that was added (`was` is "") or removed (`now` is ""), whose cells are JSON there."""

    name: str
    key: str
    column: str
    was: str
    now: str
    after: str


@dataclass(frozen=True)
class Conflict:
    """What the desk had changed and the file says otherwise: `theirs`, "" where it has no such
    cell."""

    change: Changed
    theirs: str


_CHANGES = TypeAdapter(list[Changed])


def parsed(data: bytes) -> Sheet:
    """A CSV file as a sheet of products; `InputError` where it is none that can be edited."""
    try:
        table = read_table(data, known)
        header = tuple(table.header)
        rows = []
        for line, cells in table.records:
            if isinstance(cells, csv.Error) or len(cells) > len(header):
                raise InputError("sheets.broken", line=line)
            if any(cell.strip() for cell in cells):
                rows.append((*cells, *[""] * (len(header) - len(cells))))
    except UnicodeDecodeError as error:
        raise InputError("sheets.no_sheet") from error
    except HeaderError as error:
        raise InputError("sheets.broken", line=error.line) from error
    if len(set(header)) < len(header):
        raise InputError("sheets.no_sheet")
    if not header or len(header) > MOST_COLUMNS or len(rows) > MOST_ROWS:
        raise InputError("sheets.size", columns=MOST_COLUMNS, rows=MOST_ROWS)
    fields = [known(name) for name in header]
    key = next((fields.index(each) for each in _KEYS if each in fields), 0)
    return Sheet(header, tuple(rows), key)


def is_products(sheet: Sheet) -> bool:
    """Whether the catalogue reads it, as a sheet of ours or of a shop system."""
    own = is_product(fields_of(sheet.header))
    return own or joined(sheet.header, (), Warned()) is not None


def written(sheet: Sheet) -> bytes:
    """The sheet as CSV that spreadsheets open: UTF-8 with its mark, commas."""
    out = io.StringIO()
    csv.writer(out).writerows([sheet.header, *sheet.rows])
    return ("\ufeff" + out.getvalue()).encode()


def changed(
    sheet: Sheet,
    cells: Mapping[tuple[str, str], str],
    dropped: Iterable[str] = (),
    added: Sequence[Mapping[str, str]] = (),
) -> tuple[Sheet, list[tuple[str, str, str, str]]]:
    """The sheet with cells (by row's key and column) as given, some rows less and some more; and
    what is other than before, as key, column, was and now."""
    gone, notes, rows = set(dropped), list[tuple[str, str, str, str]](), list[tuple[str, ...]]()
    for key, row in zip(sheet.keys(), sheet.rows, strict=True):
        if key in gone:
            notes.append((key, "", _packed(sheet, row), ""))
            continue
        new = tuple(
            _cell(cells.get((key, column), cell))
            for column, cell in zip(sheet.header, row, strict=True)
        )
        notes += [
            (key, column, was, now)
            for column, was, now in zip(sheet.header, row, new, strict=True)
            if was != now
        ]
        rows.append(new)
    for each in added:
        row = tuple(_cell(each.get(column, "")) for column in sheet.header)
        if any(row):
            if not row[sheet.key]:
                raise InputError("sheets.no_key", column=sheet.header[sheet.key])
            rows.append(row)
            notes.append((row[sheet.key], "", "", _packed(sheet, row)))
    return replace(sheet, rows=tuple(rows)), notes


def note(folder: Path, name: str, notes: Iterable[tuple[str, str, str, str]], data: bytes) -> None:
    """Remember what was changed in a file that says `data` now."""
    after = folders.digest(data)
    new = {
        (key, column): Changed(name, key, column, was, now, after)
        for key, column, was, now in notes
    }
    kept = [e for e in noted(folder) if e.name != name or (e.key, e.column) not in new]
    _write(folder, [*kept, *new.values()][-_KEPT:])


def forget(folder: Path, name: str, key: str, column: str) -> None:
    """The file is right about that."""
    _write(folder, [e for e in noted(folder) if (e.name, e.key, e.column) != (name, key, column)])


def noted(folder: Path) -> list[Changed]:
    """What was changed at the desk and not taken back."""
    try:
        every = _CHANGES.validate_json((folder / folders.ROOM / _NOTED).read_bytes())
    except (OSError, ValidationError):
        return []
    past = folders.changes(folder)
    undone = {each.undoes for each in past}
    back = {each.after for each in past if each.id in undone}
    return [each for each in every if each.after not in back]


def conflicts(folder: Path, name: str, sheet: Sheet) -> list[Conflict]:
    """Where the file says otherwise than what was changed at the desk."""
    rows = dict(zip(sheet.keys(), sheet.rows, strict=True))
    return list(_conflicts([e for e in noted(folder) if e.name == name], rows, sheet))


def settled(sheet: Sheet, conflict: Conflict) -> Sheet:
    """The sheet as the desk had it there; `ConflictError` where the row is gone."""
    change = conflict.change
    if not change.column and change.now:
        return changed(sheet, {}, added=[_unpacked(change.now)])[0]
    if change.key not in set(sheet.keys()):
        raise ConflictError("sheets.row_gone", row=change.key)
    if not change.column:
        return changed(sheet, {}, dropped=[change.key])[0]
    return changed(sheet, {(change.key, change.column): change.now})[0]


def _conflicts(
    changes: Iterable[Changed], rows: Mapping[str, tuple[str, ...]], sheet: Sheet
) -> Iterator[Conflict]:
    for each in changes:
        row = rows.get(each.key)
        if not each.column:
            if (row is None) is bool(each.now):
                yield Conflict(each, _packed(sheet, row) if row else "")
        elif row is None or each.column not in sheet.header:
            yield Conflict(each, "")
        elif (theirs := row[sheet.header.index(each.column)]) != each.now:
            yield Conflict(each, theirs)


def _cell(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _packed(sheet: Sheet, row: Sequence[str]) -> str:
    named = zip(sheet.header, row, strict=True)
    return json.dumps({name: cell for name, cell in named if cell}, ensure_ascii=False)


def _unpacked(text: str) -> dict[str, str]:
    return {str(name): str(cell) for name, cell in json.loads(text).items()}


def _write(folder: Path, changes: list[Changed]) -> None:
    data = json.dumps([asdict(each) for each in changes], ensure_ascii=False).encode()
    folders.remember(folder, _NOTED, data)


def found(folder: Path, name: str, key: str, column: str) -> Conflict:
    """The conflict about that cell or row; `NotFoundError`."""
    for each in conflicts(folder, name, parsed(folders.content(folder, name))):
        if (each.change.key, each.change.column) == (key, column):
            return each
    raise NotFoundError("sheets.no_conflict")
