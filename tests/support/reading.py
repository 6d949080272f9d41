"""Reading knowledge in tests: one process reads for all, since each start takes a second."""

import atexit
from datetime import date
from pathlib import Path

from bot.knowledge import documents
from bot.knowledge.entry import Knowledge

_READER = documents.file_reader()
atexit.register(_READER.close)


def read_knowledge(folder: Path, today: date) -> Knowledge:
    """`documents.read_knowledge`, by the shared process."""
    return documents.read_knowledge(folder, today, _READER)
