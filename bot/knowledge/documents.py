"""The knowledge folder as entries, passages and named problems.

It decides what counts as a knowledge file, what has expired and what is there twice. It opens no
file: that is done in a process of its own (`reading`), which a bad file may end. It never raises
for what a file holds.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.confined import MEGABYTE, Confined, Limits
from bot.errors import KnowledgeError, ReadingError
from bot.knowledge import examples, golden, pages
from bot.knowledge.entry import Entry, Knowledge, Passage, Problem, Replaced, Voice
from bot.knowledge.readers import READERS, SAVE_AS, SHOP
from bot.knowledge.readers.source import Source
from bot.knowledge.translations import linked
from bot.knowledge.wire import Digest, Read, Voiced, unpacked
from bot.types import Language

EDITED = "edited.jsonl"
"""At the root of the folder: entries written at the desk, and those that it edited, which go before
what other files say under their ids."""

_BACKUPS = ("~", ".tmp", ".swp", ".swo", ".bak")
_ORDERS = "orders"  # order data belongs into the database and never into answers for everybody
_LIMIT = 20  # MB
_ROWS_LIMIT = 200  # MB, for formats that are read row by row
_ROWS = (".jsonl", ".csv")
_PACKED = {".xlsx": 8}  # times as large unpacked, which is what reading takes its time for
_ASSUMED = "knowledge.currency_assumed"  # said once, of the first file with such a price


# A file of the largest size that is read needs 1.3 GB at its worst, one foreign letter in 200 MB.
LIMITS = Limits(memory=2048, answer=512)
_READER = "bot.knowledge.reading"


def file_reader(limits: Limits = LIMITS) -> Confined:
    """The process that reads files; it can be used for many folders, one after another."""
    return Confined(_READER, limits)


def read_knowledge(folder: Path, today: date, reader: Confined | None = None) -> Knowledge:
    """Everything in `folder` that holds on `today`, in the order of the file names.

    Broken files and rows are in `problems`, and the rest is read; so `entries` may be empty. Raises
    `KnowledgeError` only when the folder is missing or holds no file of a known format. `reader` is
    used where it is given, else one is started for this call.
    """
    if not folder.is_dir():
        raise KnowledgeError("knowledge.no_folder", folder=folder)
    kept = _Kept(today)
    with nullcontext(reader) if reader else file_reader() as used:
        for found in sorted(files(folder), key=_first):
            if isinstance(found, Problem):
                kept.problems.append(found)
            else:
                kept.add(found, used)
    if not kept.files:
        raise KnowledgeError("knowledge.nothing_to_read", folder=folder)
    return kept.knowledge()


def read_alone(folder: Path, source: Source) -> tuple[list[Read], list[Problem]]:
    """What one file would be in `folder`, wherever it lies: its entries as it writes them, those
    that have expired, too."""
    kept = _Kept(date.min)
    candidate = _candidate(source)
    if isinstance(candidate, Problem):
        return [], [candidate]
    with file_reader() as reader:
        for name in SHOP - {source.name}:
            if (folder / name).is_file():
                kept.add(Source(folder / name, name), reader)
        kept.problems.clear()
        kept.add(source, reader)
    return kept.read(), kept.problems


def _first(found: Source | Problem) -> tuple[bool, bool]:
    """How the shop speaks comes first, as it says the currency of the other files' prices, then
    what was edited at the desk, which stands in for what those say."""
    name = found.name if isinstance(found, Source) else ""
    return name not in SHOP, name != EDITED


class _Kept:
    """What the files so far hold; `_edits` stand in for the entries of other files."""

    def __init__(self, today: date) -> None:
        self.problems: list[Problem] = []
        self.files: dict[str, str] = {}
        self.voices: dict[Language, Voice] = {}
        self._currency = ""
        self._today = today
        self._read: dict[tuple[str, Language], tuple[Read, list[Passage]]] = {}
        self._edits: dict[tuple[str, Language], Read] = {}
        self._used: set[tuple[str, Language]] = set()

    def add(self, source: Source, reader: Confined) -> None:
        """One file, whole or, when its reader does not come to an end, not at all."""
        self.files[source.name] = ""
        try:
            said = self._said(source, reader)
        except ReadingError as error:
            self.problems.append(Problem(source.name, None, error.key, error.params))
            return
        for each in said:
            if isinstance(each, Read) and source.name == EDITED:
                self._edits[each.found.entry.id, each.found.entry.lang] = each
            elif isinstance(each, Read):
                self.problems += self._keep(_addressed(self._edited(each), source), source)
            elif each.key != _ASSUMED or all(known.key != _ASSUMED for known in self.problems):
                self.problems.append(each)

    def _said(self, source: Source, reader: Confined) -> list[Read | Problem]:
        """What the reader finds; `ReadingError` when it does not come to the end of it."""
        try:
            size = source.path.stat().st_size * _PACKED.get(source.path.suffix.lower(), 1)
        except OSError:  # gone meanwhile, which its reader will say
            size = 0
        request = {
            "path": str(source.path),
            "name": source.name,
            "currency": self._currency,
            "most": reader.limits.most,
        }
        said: list[Read | Problem] = []
        try:
            for each in map(unpacked, reader.ask(request, reader.limits.time_for(size))):
                if isinstance(each, Digest):
                    self.files[source.name] = each.sha256
                elif isinstance(each, Voiced):
                    if source.name in SHOP:  # no other file's reader has a say in it
                        self.voices, self._currency = each.voices, each.currency
                else:
                    said.append(each if isinstance(each, Read) else each.problem(source.name))
        except ValueError as error:  # no reader of ours says that
            raise ReadingError("files.crashed", detail=type(error).__name__) from error
        return said

    def _edited(self, read: Read) -> Read:
        """An entry with the words of its edit, where there is one."""
        entry, line = read.found.entry, read.found.line
        edit = self._edits.get((entry.id, entry.lang)) if entry.kind == "faq" else None
        if edit is None:
            return read
        self._used.add((entry.id, entry.lang))
        mine, was = edit.found.entry, edit.found.edit_of
        if not (was and was.said_by(entry)) and not Replaced.of(mine).said_by(entry):
            params = {"id": entry.id, "lang": entry.lang}
            self.problems.append(
                Problem(entry.source, line, "knowledge.edited_meanwhile", params, "warning")
            )
        mine = replace(mine, source=entry.source)
        return replace(edit, found=replace(read.found, entry=mine))

    def read(self) -> list[Read]:
        """Every entry so far, the edits among them."""
        return [*(read for read, _ in self._read.values()), *self._edits.values()]

    def _keep_new(self) -> None:
        """What was written at the desk and is in no file, or no longer."""
        source = Source(Path(EDITED), EDITED)
        for key, read in self._edits.items():
            if key in self._used:
                continue
            if read.found.edit_of:
                params = {"id": key[0], "lang": key[1], "source": read.found.edit_of.source}
                self.problems.append(source.warning("edited_gone", read.found.line, **params))
            self.problems += self._keep(read, source)

    def _keep(self, read: Read, source: Source) -> Iterator[Problem]:
        """Keeps an entry, unless it has expired or is there already."""
        entry, line = read.found.entry, read.found.line
        if entry.valid_until is not None and entry.valid_until < self._today:
            params = {"id": entry.id, "day": entry.valid_until.isoformat()}
            yield source.warning("expired", line, **params)
            return
        first, _ = self._read.setdefault((entry.id, entry.lang), (read, read.passages()))
        if first is not read:
            start, place = first.found.line, first.found.entry.source
            place = place if start is None else f"{place}:{start}"
            params = {"id": entry.id, "lang": entry.lang, "first": place}
            yield source.problem("duplicate", line, params=params)

    def knowledge(self) -> Knowledge:
        """All of it; entries of one meaning in two languages have one id."""
        self._keep_new()
        links, told = linked([read.found for read, _ in self._read.values()])
        entries: list[Entry] = []
        passages: list[Passage] = []
        for (entry_id, language), (read, own) in self._read.items():
            entry = read.found.entry
            if link := links.get((entry_id, language)):
                entry = replace(entry, id=link)
                own = [replace(each, entry_id=link) for each in own]
            entries.append(entry)
            passages += own
        return Knowledge(
            entries=tuple(entries),
            passages=tuple(passages),
            problems=(*self.problems, *told),
            files=self.files,
            voices=self.voices,
        )


def _addressed(read: Read, source: Source) -> Read:
    """An entry of a page that was fetched leads shoppers there."""
    entry = read.found.entry
    if not source.url or entry.url:
        return read
    return replace(read, found=replace(read.found, entry=replace(entry, url=source.url)))


def files(folder: Path) -> Iterator[Source | Problem]:
    """The files of known formats in the order of their names, the pages that were fetched, and what
    was left out."""
    root = os.path.realpath(folder)
    unreadable: list[Problem] = []

    def note(error: OSError) -> None:
        name = _name(Path(error.filename).relative_to(folder))
        params = {"detail": error.strerror}
        unreadable.append(Problem(name, None, "knowledge.unreadable", params))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names) + folders:
            path = Path(parent, name)
            relative = path.relative_to(folder)
            if name.startswith(".") or name.endswith(_BACKUPS) or is_apart(relative):
                continue
            # `realpath`, since `Path.resolve` raises for a link onto itself.
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
                yield Problem(_name(relative), None, "knowledge.link_leaves")
            elif name not in folders:
                yield _candidate(Source(path, _name(relative)))
        folders[:] = [
            name for name in folders if not is_apart(Path(parent, name).relative_to(folder))
        ]
    yield from unreadable
    yield from pages.found(folder)


def _name(relative: Path) -> str:
    """The path as text that can be printed and written as UTF-8, whatever bytes it is made of."""
    return os.fsencode(relative.as_posix()).decode("utf-8", "backslashreplace")


def is_apart(relative: Path) -> bool:
    """What stands at the root of the folder and is not knowledge: its README, the demo orders, the
    golden questions, the examples, the list of pages."""
    top = relative.parts[0].lower()
    if top.split(".")[0] == _ORDERS:
        return True
    return len(relative.parts) == 1 and (
        top.startswith("readme") or top in (golden.FILE, examples.FILE, pages.LIST)
    )


def _candidate(source: Source) -> Source | Problem:
    """`source` if it can be read at all, else why not."""
    extension = source.path.suffix.lower()
    if extension in SAVE_AS:
        params = {"extension": extension, "better": SAVE_AS[extension]}
        return source.problem("save_as", params=params)
    if extension not in READERS:
        return source.warning("unknown_format", extension=extension or source.path.name)
    try:
        status = source.path.stat()
    except OSError as error:
        return source.problem("unreadable", params={"detail": error.strerror})
    if not stat.S_ISREG(status.st_mode):
        return source.problem("unreadable", params={"detail": "not a regular file"})
    limit = _ROWS_LIMIT if extension in _ROWS else _LIMIT
    if status.st_size > limit * MEGABYTE:
        return source.problem("too_large", params={"limit": limit})
    if status.st_size == 0:
        return source.warning("empty_file")
    return source
