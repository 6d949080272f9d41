"""The program that reads knowledge files, in a process that may die of them (`bot/confined.py`).

For each file that it is asked for it says what its reader finds: entries without the paragraphs
that give orders to a model, cut into passages, and problems. All work on a file's text is done
here; whether an entry is used (expired, twice) is the asking side's matter (`documents`).
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.confined import serve
from bot.errors import KnowledgeError
from bot.knowledge.entry import Found, Problem
from bot.knowledge.instructions import cleaned, line_of, quoted
from bot.knowledge.passages import passages_of
from bot.knowledge.readers import SHOP, reader_for
from bot.knowledge.readers.source import Source
from bot.knowledge.wire import Digest, Read, Said, Voiced, Wrong, packed, read, wrong

_MOST_PROBLEMS = 1000  # of one file; whoever mends those will see the others
_ORDERS_NAMED = 20  # in one entry


def answer(request: Mapping[str, Any]) -> Iterator[bytes]:
    """What is in the file at `path`, called `name`; at most `most` entries of it."""
    source = Source(Path(request["path"]), request["name"], request["currency"])
    entries = problems = 0
    for said in _said(source):
        if isinstance(said, Wrong):
            problems += 1
            if problems > _MOST_PROBLEMS:
                continue
        elif isinstance(said, Read):
            entries += 1
            if entries > request["most"]:
                params = {"most": request["most"]}
                yield packed(
                    wrong(source.problem("too_many_entries", said.found.line, params=params))
                )
                break
        yield packed(said)
    if problems > _MOST_PROBLEMS:
        more = source.problem("more_problems", params={"count": problems - _MOST_PROBLEMS})
        yield packed(wrong(more))


def _said(source: Source) -> Iterator[Said]:
    """The file's digest, its entries and its problems; what its reader gives up on is one, too."""
    anything = False
    try:
        yield Digest(_digest(source.path))
        if source.name in SHOP and (found := _voice(source)):
            yield found[0]
            yield from map(wrong, found[1])
            return
        for item in reader_for(source.path)(source):
            anything = True
            if isinstance(item, Problem):
                yield wrong(item)
                continue
            checked = cleaned(item)
            yield from (wrong(each) for each in _orders(checked.orders, item, source))
            if checked.found is not None:
                yield read(checked.found, passages_of(checked.found.entry))
    except KnowledgeError as error:
        line = error.params.get("line")
        params = {name: value for name, value in error.params.items() if name != "problems"}
        where = line if isinstance(line, int) else None
        yield wrong(Problem(source.name, where, error.key, params))
    except OSError as error:
        yield wrong(source.problem("unreadable", params={"detail": error.strerror or error}))
    except RecursionError:
        yield wrong(source.problem("too_deep"))
    else:
        if not anything:
            yield wrong(source.warning("empty_file"))


def _voice(source: Source) -> tuple[Voiced, list[Problem]] | None:
    from bot.knowledge.readers.voice import read_voice  # as every reader, when a file asks for it

    return read_voice(source)


def _digest(path: Path) -> str:
    """SHA-256 of the file. A pipe in its place is not waited for, but refused."""
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(0, "not a regular file")
        return hashlib.file_digest(file, "sha256").hexdigest()


def _orders(given: tuple[str, ...], found: Found, source: Source) -> Iterator[Problem]:
    """What an admin is told of orders to a model in an entry, each with its line."""
    lines: list[str] = []
    if given and found.line is not None:
        lines = source.path.read_text(encoding="utf-8", errors="replace").splitlines()
    for order in given[:_ORDERS_NAMED]:
        line = line_of(order, lines, found.line)
        params = {"text": quoted(order), "id": found.entry.id}
        yield Problem(source.name, line, "knowledge.gives_orders", params, "warning")


if __name__ == "__main__":
    serve(answer)
