"""PDF: one entry a file.

It does not recognise text in pictures: a scanned PDF is named as a problem.
"""

import logging
import re
import struct
import zlib
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from bot.errors import KnowledgeError
from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.sections import DocumentMeta, Section, document_entries
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

logging.getLogger("pypdf").setLevel(logging.ERROR)  # its repairs are not the admin's business


def read_pdf(source: Source) -> Iterator[Found | Problem]:
    """All pages as one entry, named after the PDF's title or the file.

    Raises `KnowledgeError` for one that is encrypted, damaged or holds no text.
    """
    try:
        reader = PdfReader(source.path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise KnowledgeError("knowledge.pdf_encrypted")
        pages = [clean_text(page.extract_text()) for page in reader.pages]
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
