"""Reading knowledge in tests: one process reads for all, since each start takes a second."""

import atexit
from datetime import date
from pathlib import Path

from bot.knowledge import documents
from bot.knowledge.entry import Knowledge

TODAY = date(2026, 11, 22)
_READER = documents.file_reader()
atexit.register(_READER.close)


def read_knowledge(folder: Path, today: date) -> Knowledge:
    """`documents.read_knowledge`, by the shared process."""
    return documents.read_knowledge(folder, today, _READER)


def read_file(folder: Path, name: str, content: str | bytes) -> Knowledge:
    """The knowledge of a folder that has this file, too."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_knowledge(folder, TODAY)


def reasons(knowledge: Knowledge) -> list[tuple[int | None, str]]:
    """Where the problems are, and their texts' keys."""
    return [(p.line, p.key.removeprefix("knowledge.")) for p in knowledge.problems]
