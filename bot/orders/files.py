"""Order files: which there are, and the orders in them, as a process of its own reads them.

That process (`reading`) may die of a bad file, which is then named; nothing of that file is taken,
and everything of the others. No field is checked here (see `checks`).
"""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.confined import MEGABYTE, Confined, Limits
from bot.errors import InputError, ReadingError
from bot.orders.checks import Raw
from bot.texts import t

EXTENSIONS = (".csv", ".json", ".jsonl", ".xlsx")
_LIMIT = 1024  # MB of one file; larger ones are split by whoever made them
LIMITS = Limits(memory=4096, answer=512)
_READER = "bot.orders.reading"


@dataclass(frozen=True)
class Problem:
    """Something that was left out: where, and why."""

    where: str  # "orders.csv:12" or "orders.json, order 5 (JT-1042)"
    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def message(self, language: str) -> str:
        """The reason and what to do, without the place."""
        return t(self.key, language, **self.params)


@dataclass(frozen=True)
class Row:
    """One order as a file has it; `customer` may be no more than an id."""

    where: str
    customer: Raw
    order: Raw


@dataclass
class Contents:
    """What a file or folder holds. `demo` says that it is made up, with days counted from now."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    demo: bool = False

    def add(self, other: "Contents") -> None:
        """What one more file holds."""
        self.rows += other.rows
        self.problems += other.problems
        self.demo = self.demo or other.demo


def read(path: Path, limits: Limits = LIMITS) -> Contents:
    """All orders in a file, or in a folder's files; `InputError` when there are none at all.

    Of a folder, a file that cannot be read is among the problems; alone, it is that error, or a
    `ReadingError`.
    """
    found = Contents()
    refused: InputError | ReadingError | None = None
    with Confined(_READER, limits) as reader:
        for each in _files(path):
            try:
                found.add(_read(each, reader))
            except (InputError, ReadingError) as error:
                refused = refused or error
                found.problems.append(Problem(name_of(each), error.key, error.params))
    if refused is not None and not found.rows:
        raise refused
    if not found.rows and not found.problems:
        raise InputError("orders.nothing", path=name_of(path, whole=True))
    return found


def name_of(path: Path, *, whole: bool = False) -> str:
    """The file's name, or its `whole` path, as text that can be printed and written as UTF-8."""
    spelled = str(path) if whole else path.name
    return os.fsencode(spelled).decode("utf-8", "backslashreplace")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        names = sorted(path.iterdir())
    except OSError as error:
        raise _unreadable(path, error) from error
    return [each for each in names if each.suffix.lower() in EXTENSIONS]


def _read(path: Path, reader: Confined) -> Contents:
    """One file's orders, all of them or an error."""
    name = name_of(path)
    if path.suffix.lower() not in EXTENSIONS:
        raise InputError("orders.unknown_format", extension=name_of(Path(path.suffix)) or name)
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
        raise InputError("orders.unreadable", file=name, detail="not a regular file")
    if status.st_size > _LIMIT * MEGABYTE:
        raise InputError("orders.too_large", file=name)
    found = Contents()
    try:
        for line in reader.ask(
            {"path": str(path), "name": name}, reader.limits.time_for(status.st_size)
        ):
            _take(json.loads(line), found)
    except (ValueError, TypeError, KeyError, RecursionError) as error:  # no reader of ours says it
        raise ReadingError("files.crashed", detail=type(error).__name__) from error
    return found


def _take(said: Any, into: Contents) -> None:
    """What the reader says of a file, whose words are a stranger's."""
    kind = said["kind"]
    if kind == "row":
        into.rows.append(Row(str(said["where"]), dict(said["customer"]), dict(said["order"])))
    elif kind == "problem":
        into.problems.append(Problem(str(said["where"]), str(said["key"]), dict(said["params"])))
    elif kind == "refused":
        raise InputError(str(said["key"]), **dict(said["params"]))
    else:
        into.demo = True


def _unreadable(path: Path, error: OSError) -> InputError:
    file = name_of(path, whole=True)
    return InputError("orders.unreadable", file=file, detail=error.strerror or str(error))
