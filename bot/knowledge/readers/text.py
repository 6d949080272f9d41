"""Plain text: one entry a file."""

from collections.abc import Iterator

from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.sections import DocumentMeta, Section, document_entries
from bot.knowledge.readers.source import Source


def read_text(source: Source) -> Iterator[Found | Problem]:
    """The file as one entry, named after the file."""
    section = Section(0, "", source.text(), line=1)
    yield from document_entries([section], DocumentMeta(), source)
