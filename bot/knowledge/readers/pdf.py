"""PDF: lines in larger letters are headings, rows of a table keep each cell in its column.

It does not recognise text in pictures: a scanned PDF is named as a problem.
"""

import logging
import math
import re
import struct
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain, groupby
from typing import NamedTuple

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
_FORMS = re.compile("[\u2f00-\u2fdf\ufb00-\ufb06]")  # radicals and ligatures, for whole letters
_LARGER = 1.15  # times the size of running text
_HEADING_LINES, _HEADING = 3, 150  # that a heading has at most, and its characters
_HEADINGS = 0.5  # of all characters; where more are large, size says nothing

logging.getLogger("pypdf").setLevel(logging.ERROR)  # its repairs are not the admin's business


def read_pdf(source: Source) -> Iterator[Found | Problem]:
    """The sections of all pages, named after the PDF's title or the file.

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
    sections = _sections(pages)
    # Programs write their own name and the file's into the title; those say nothing to a shopper.
    useless = not title or title.startswith("Microsoft ") or re.search(r"\.\w{2,4}$", title)
    headed = sum(section.level == 1 for section in sections) == 1
    meta = DocumentMeta(title=None if useless or headed else title)
    yield from document_entries(sections, meta, source)


class _Line(NamedTuple):
    """A line of a page, and the size of its letters."""

    text: str
    size: float


def _page(page: PageObject) -> list[_Line]:
    """A page's lines, the rows of its tables with a mark between their cells; none for no text."""
    pieces: list[tuple[str, float]] = []

    def visit(text: str, cm: list[float], tm: list[float], _: object, size: float) -> None:
        scale = math.sqrt(abs(_area(cm) * _area(tm)))
        pieces.append((text, round(2 * size * scale) / 2))

    text = page.extract_text(visitor_text=visit)
    # With what puts a text together otherwise, sizes are not known.
    lines = _lines(pieces) if "".join(piece for piece, _ in pieces) == text else _lines([(text, 0)])
    if not any(line.text for line in lines):
        return []
    rows = {}
    with suppress(*_PDF_ERRORS):  # of the second look alone
        rows = table_rows(page.extract_text(extraction_mode="layout"))
    return [line._replace(text=rows.get(" ".join(line.text.split()), line.text)) for line in lines]


def _area(matrix: list[float]) -> float:
    return matrix[0] * matrix[3] - matrix[1] * matrix[2]


def _whole(text: str) -> str:
    return _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), clean_text(text))


def _lines(pieces: list[tuple[str, float]]) -> list[_Line]:
    """Lines, each in the size that most of it has."""
    lines: list[_Line] = []
    text, sizes = "", Counter[float]()
    for piece, size in [*pieces, ("\n", 0.0)]:
        for at, part in enumerate(piece.split("\n")):
            if at:
                lines.append(_Line(_whole(text), max(sizes, key=lambda of: sizes[of], default=0)))
                text, sizes = "", Counter()
            text += part
            sizes[size] += len(part.strip())
    return lines


def _sections(pages: list[list[_Line]]) -> list[Section]:
    """The text cut at its headings, the largest of which are of level 1."""
    sizes = Counter[float]()
    for line in chain.from_iterable(pages):
        sizes[line.size] += len(line.text)
    running = max(sizes, key=lambda size: sizes[size])
    large = sorted((size for size in sizes if size >= running * _LARGER), reverse=True)
    if not running or sum(sizes[size] for size in large) > _HEADINGS * sizes.total():
        large = []
    # What stands above every page is none of its headings.
    often = Counter(text for page in pages for text in {line.text for line in page})
    sections = [Section(0, "", "")]
    blocks: list[str] = []

    def close(level: int, heading: str) -> None:
        sections[-1] = replace(sections[-1], body="\n\n".join(blocks))
        sections.append(Section(level, heading, ""))
        blocks.clear()

    for page in pages:
        for size, run in groupby(page, key=lambda line: line.size if line.size in large else 0.0):
            text = "\n".join(line.text for line in run).strip()
            heading = " ".join(text.split())
            above_all = len(pages) > 1 and 2 * often[text] > len(pages)
            if not size or above_all or not _is_heading(heading, text.count("\n") + 1):
                blocks += [unwrapped(text)] if text else []
            elif size in large[:2]:
                close(large.index(size) + 1, heading)
            else:
                blocks.append(f"### {heading}")
    close(0, "")
    return sections[:-1]


def _is_heading(text: str, lines: int) -> bool:
    return lines <= _HEADING_LINES and 1 < len(text) <= _HEADING and any(map(str.isalpha, text))


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
