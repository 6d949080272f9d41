"""A reader for each kind of knowledge file, by extension.

A reader takes a `Source` and yields entries and problems in the order of the file; it raises
`KnowledgeError` (with `line` among its parameters where known) when it must give the file up. To
add a format, write such a function and name it here.
"""

from collections.abc import Callable, Iterable

from bot.indexing.entry import Found, Problem
from bot.indexing.readers.html import read_html
from bot.indexing.readers.jsonl import read_jsonl
from bot.indexing.readers.markdown import read_markdown
from bot.indexing.readers.source import Source
from bot.indexing.readers.table import read_csv
from bot.indexing.readers.text import read_pdf, read_text
from bot.indexing.readers.word import read_word
from bot.indexing.readers.yaml_list import read_yaml

Reader = Callable[[Source], Iterable[Found | Problem]]

READERS: dict[str, Reader] = {
    ".jsonl": read_jsonl,
    ".csv": read_csv,
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_word,
}
