"""PDF: one entry a file. Rows of a table keep each cell in its column.

It does not recognise text in pictures: a scanned PDF is named as a problem.
"""

import logging
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from bot.errors import KnowledgeError
from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.sections import DocumentMeta, Section, document_entries, row_of
from bot.knowledge.readers.source import Source, clean_line, clean_text

# What pypdf lets through from damaged files beside its own errors.
_PDF_ERRORS = (
    PyPdfError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_SENTENCE_END = (".", "!", "?", ":", ";", "。", "！", "？", "：", "；", "…")
_NEW_ITEM = re.compile(r"(?:[-•·*–▪◦]|\(?\d{1,3}[.)、．]|[（(]?[一二三四五六七八九十]+[)）、])\s*")
_HAN_JOINT = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")
_FULL_LINE = 0.75
_CELL = re.compile(r"\S+(?: {1,2}\S+)*")  # three spaces part two
_SHORT = 30  # characters of a cell; what is longer is running text

logging.getLogger("pypdf").setLevel(logging.ERROR)  # its repairs are not the admin's business


def read_pdf(source: Source) -> Iterator[Found | Problem]:
    """All pages as one entry, named after the PDF's title or the file.

    Raises `KnowledgeError` for one that is encrypted, damaged or holds no text.
    """
    try:
        reader = PdfReader(source.path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise KnowledgeError("knowledge.pdf_encrypted")
        pages = [_page(page) for page in reader.pages]
        title = clean_line(str(reader.metadata.title or "" if reader.metadata else ""))
    except DependencyError as error:
        raise KnowledgeError("knowledge.pdf_encrypted") from error
    except _PDF_ERRORS as error:
        raise KnowledgeError("knowledge.pdf_damaged", detail=error) from error
    if not any(pages):
        raise KnowledgeError("knowledge.pdf_without_text", pages=len(pages))
    for number, page in enumerate(pages, start=1):
        if not page:
            yield source.warning("pdf_page_without_text", page=number)
    body = "\n\n".join(unwrapped(page) for page in pages if page)
    # Programs write their own name and the file's into the title; those say nothing to a shopper.
    useless = not title or title.startswith("Microsoft ") or re.search(r"\.\w{2,4}$", title)
    meta = DocumentMeta(title=None if useless else title)
    yield from document_entries([Section(0, "", body)], meta, source)


def _page(page: PageObject) -> str:
    """A page's text, the rows of its tables with a mark between their cells."""
    text = clean_text(page.extract_text())
    rows = {}
    if text:
        with suppress(*_PDF_ERRORS):  # of the second look alone
            rows = table_rows(page.extract_text(extraction_mode="layout"))
    return "\n".join(rows.get(" ".join(line.split()), line) for line in text.split("\n"))


def table_rows(layout: str) -> dict[str, str]:
    """The rows of tables in a page that is laid out with spaces, by what each says without them.

    A table is a row of short names that stand apart, and rows beneath it whose cells stand under
    those names; columns of running text are none.
    """
    rows: dict[str, str] = {}
    head: list[tuple[int, str]] = []
    below: list[list[str]] = []

    def close() -> None:
        if below:
            for cells in ([name for _, name in head], *below):
                rows[" ".join(filter(None, cells))] = row_of(cells)

    for line in filter(str.strip, layout.split("\n")):
        cells = [(each.start(), " ".join(each[0].split())) for each in _CELL.finditer(line)]
        short = all(len(text) <= _SHORT for _, text in cells)
        places = [_under(head, place) for place, _ in cells] if head else []
        # One cell at the margin is a heading or a paragraph behind the table.
        if short and places not in ([], [0]) and len(set(places)) == len(places):
            row = [""] * len(head)
            for at, (_, text) in zip(places, cells, strict=True):
                row[at] = text
            below.append(row)
            continue
        close()
        head, below = (cells if short and len(cells) > 1 else []), []
    close()
    return rows


def _under(head: list[tuple[int, str]], place: int) -> int:
    """The column whose name begins nearest to a place."""
    return min(range(len(head)), key=lambda at: abs(head[at][0] - place))


def unwrapped(text: str) -> str:
    """Lines that were broken only because the page ended, joined again.

    A line goes on in the next one when it is about as long as the longest, does not end a sentence
    and the next does not begin a list item. Chinese joins without a space.
    """
    lines = text.split("\n")
    full = max(map(len, lines)) * _FULL_LINE
    joined: list[str] = []
    goes_on = False
    for line in (line.strip() for line in lines):
        if goes_on and line and not _NEW_ITEM.match(line):
            last = joined[-1]
            between = "" if _HAN_JOINT.match(last[-1]) or _HAN_JOINT.match(line[0]) else " "
            joined[-1] = last + between + line
        else:
            joined.append(line)
        goes_on = len(line) >= full and not line.endswith(_SENTENCE_END)
    return "\n".join(joined)
