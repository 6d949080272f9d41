"""Reads the knowledge folder: every file by its reader, into entries and named problems.

It decides what counts as a knowledge file, what has expired and what is there twice; what gives
orders to a model instead of telling shoppers something is left out and named. It never raises for
what a file holds, and it does not split texts (see `passages`).
"""

import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bot.errors import KnowledgeError
from bot.indexing.entry import Entry, Found, Kind, Knowledge, Problem, Severity
from bot.indexing.instructions import cleaned, line_of, quoted
from bot.indexing.readers import READERS
from bot.indexing.readers.source import Source

__all__ = ["Entry", "Kind", "Knowledge", "Problem", "Severity", "read_knowledge"]

_BACKUPS = ("~", ".tmp", ".swp", ".swo", ".bak")
_ORDERS = "orders"  # order data belongs into the database and never into answers for everybody
_MEGABYTE = 1024 * 1024
_LIMIT = 20  # MB
_ROWS_LIMIT = 200  # MB, for formats that are read row by row
_ROWS = (".jsonl", ".csv")


def read_knowledge(folder: Path, today: date) -> Knowledge:
    """Everything in `folder` that holds on `today`, in the order of the file names.

    Broken files and rows are in `problems`, and the rest is read; so `entries` may be empty. Raises
    `KnowledgeError` only when the folder is missing or holds no file of a known format.
    """
    if not folder.is_dir():
        raise KnowledgeError("knowledge.no_folder", folder=folder)
    problems: list[Problem] = []
    files: list[str] = []
    kept: dict[tuple[str, str], tuple[Entry, int | None]] = {}
    for found in _walk(folder):
        if isinstance(found, Problem):
            problems.append(found)
            continue
        files.append(found.name)
        for item in _read(found):
            if isinstance(item, Problem):
                problems.append(item)
                continue
            checked = cleaned(item)
            problems.extend(_orders(checked.orders, item, found))
            if checked.found is not None:
                problems.extend(_keep(checked.found, kept, today))
    if not files:
        raise KnowledgeError("knowledge.nothing_to_read", folder=folder)
    entries = tuple(entry for entry, _ in kept.values())
    return Knowledge(entries, tuple(problems), tuple(files))


def _orders(given: tuple[str, ...], found: Found, source: Source) -> Iterator[Problem]:
    """What an admin is told of orders to a model in an entry, each with its line."""
    lines: list[str] = []
    if given and found.line is not None:
        lines = source.path.read_text(encoding="utf-8", errors="replace").splitlines()
    for order in given:
        line = line_of(order, lines, found.line)
        params = {"text": quoted(order), "id": found.entry.id}
        yield Problem(source.name, line, "knowledge.gives_orders", params, "warning")


def _keep(
    found: Found, kept: dict[tuple[str, str], tuple[Entry, int | None]], today: date
) -> Iterator[Problem]:
    """Puts an entry among those `kept`, unless it has expired or is there already."""
    entry, line = found.entry, found.line
    if entry.valid_until is not None and entry.valid_until < today:
        params = {"id": entry.id, "day": entry.valid_until.isoformat()}
        yield Problem(entry.source, line, "knowledge.expired", params, "warning")
        return
    first = kept.setdefault((entry.id, entry.lang), (entry, line))
    if first[0] is not entry:
        place = first[0].source if first[1] is None else f"{first[0].source}:{first[1]}"
        params = {"id": entry.id, "lang": entry.lang, "first": place}
        yield Problem(entry.source, line, "knowledge.duplicate", params)


def _walk(folder: Path) -> Iterator[Source | Problem]:
    """The files of known formats in the order of their names, and what was left out."""
    root = folder.resolve()
    unreadable: list[Problem] = []

    def note(error: OSError) -> None:
        name = Path(error.filename).relative_to(folder).as_posix()
        params = {"detail": error.strerror}
        unreadable.append(Problem(name, None, "knowledge.unreadable", params))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names) + folders:
            path = Path(parent, name)
            relative = path.relative_to(folder)
            if name.startswith(".") or name.endswith(_BACKUPS) or _is_apart(relative):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                yield Problem(relative.as_posix(), None, "knowledge.link_leaves")
            elif name not in folders:
                yield _candidate(Source(path, relative.as_posix()))
        folders[:] = [
            name for name in folders if not _is_apart(Path(parent, name).relative_to(folder))
        ]
    yield from unreadable


def _is_apart(relative: Path) -> bool:
    """What stands at the root of the folder and is not knowledge: its README, the demo orders."""
    top = relative.parts[0].lower()
    if top.split(".")[0] == _ORDERS:
        return True
    return len(relative.parts) == 1 and top.startswith("readme")


def _candidate(source: Source) -> Source | Problem:
    """`source` if it can be read at all, else why not."""
    extension = source.path.suffix.lower()
    if extension not in READERS:
        return source.warning("unknown_format", extension=extension or source.path.name)
    try:
        status = source.path.stat()
    except OSError as error:
        return source.problem("unreadable", params={"detail": error.strerror})
    if not stat.S_ISREG(status.st_mode):
        return source.problem("unreadable", params={"detail": "not a regular file"})
    limit = _ROWS_LIMIT if extension in _ROWS else _LIMIT
    if status.st_size > limit * _MEGABYTE:
        return source.problem("too_large", params={"limit": limit})
    if status.st_size == 0:
        return source.warning("empty_file")
    return source


def _read(source: Source) -> Iterator[Found | Problem]:
    """One file's entries and problems; what its reader gives up on becomes a problem."""
    reader = READERS[source.path.suffix.lower()]
    anything = False
    try:
        for item in reader(source):
            anything = True
            yield item
    except KnowledgeError as error:
        line = error.params.get("line")
        yield Problem(source.name, line if isinstance(line, int) else None, error.key, error.params)
    except OSError as error:
        yield source.problem("unreadable", params={"detail": error.strerror or error})
    except RecursionError:
        yield source.problem("too_deep")
    else:
        if not anything:
            yield source.warning("empty_file")
