"""Plain text: one entry a file."""

from collections.abc import Iterator

from bot.indexing.entry import Found, Problem
from bot.indexing.readers.sections import DocumentMeta, Section, document_entries
from bot.indexing.readers.source import Source


def read_text(source: Source) -> Iterator[Found | Problem]:
    """The file as one entry, named after the file."""
    section = Section(0, "", source.text(), line=1)
    yield from document_entries([section], DocumentMeta(), source)
