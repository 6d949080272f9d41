"""A reader for each kind of knowledge file, by extension.

A reader takes a `Source` and yields entries and problems in the order of the file; it raises
`KnowledgeError` (with `line` among its parameters where known) when it must give the file up. To
add a format, write such a function and name it here. A reader is imported when the first file asks
for it: the libraries of all of them together take a second to load.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.source import Source

Reader = Callable[[Source], Iterable[Found | Problem]]

# Extension → module in this folder and function in it.
READERS = {
    ".jsonl": ("jsonl", "read_jsonl"),
    ".csv": ("table", "read_csv"),
    ".xlsx": ("workbook", "read_xlsx"),
    ".yaml": ("yaml_list", "read_yaml"),
    ".yml": ("yaml_list", "read_yaml"),
    ".md": ("markdown", "read_markdown"),
    ".markdown": ("markdown", "read_markdown"),
    ".txt": ("text", "read_text"),
    ".html": ("html", "read_html"),
    ".htm": ("html", "read_html"),
    ".pdf": ("pdf", "read_pdf"),
    ".docx": ("word", "read_word"),
}

SAVE_AS = {
    **dict.fromkeys((".xls", ".xlsm", ".xlsb", ".ods", ".numbers"), ".xlsx"),
    **dict.fromkeys((".doc", ".docm", ".odt", ".rtf", ".pages"), ".docx"),
}
"""What is not read, and as what the program that wrote it can save it."""

SHOP = frozenset({"shop.yaml", "shop.yml"})
"""At the root of the folder: how the shop speaks, which `voice` reads, and no knowledge."""


def reader_for(path: Path) -> Reader:
    """The reader of this file, whose extension is one of `READERS`."""
    module, name = READERS[path.suffix.lower()]
    reader: Reader = getattr(import_module(f"{__name__}.{module}"), name)
    return reader
