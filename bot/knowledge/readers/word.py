"""Word documents (`.docx`): headings of level 1 and 2 are entries, tables become rows.

It does not read the older `.doc`, pictures, comments or headers and footers.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.table import Table, _Cell
from docx.text.hyperlink import Hyperlink
from docx.text.paragraph import Paragraph

from bot.errors import KnowledgeError
from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.sections import DocumentMeta, Section, document_entries, linked, row_of
from bot.knowledge.readers.source import Source, clean_line, clean_text

_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_COLUMNS = 63  # which Word has at most
_WRAPPERS = [qn(f"w:{name}") for name in ("sdt", "ins", "moveTo", "smartTag", "customXml")]
_UNPACKED_LIMIT = 200 * 1024 * 1024  # bytes; a small file can unpack to fill the memory

# Broken XML reaches us as lxml's SyntaxError, a broken archive in as many ways as zlib has.
_DAMAGED = (
    AttributeError,
    EOFError,
    LookupError,
    OpcError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def read_word(source: Source) -> Iterator[Found | Problem]:
    """The document's sections; raises `KnowledgeError` for one that is not a readable `.docx`."""
    try:
        with zipfile.ZipFile(source.path) as archive:
            if sum(info.file_size for info in archive.infolist()) > _UNPACKED_LIMIT:
                raise KnowledgeError("knowledge.docx_too_large", limit=_UNPACKED_LIMIT >> 20)
        document = docx.Document(str(source.path))
        title = clean_line(document.core_properties.title or "")
        _unwrap(document.element.body)
        blocks = list(document.iter_inner_content())
        sections, styled_title = _sections(blocks)
    except _DAMAGED as error:
        raise KnowledgeError("knowledge.docx_damaged", detail=error) from error
    meta = DocumentMeta(title=styled_title or (title if title != "Word Document" else None))
    yield from document_entries(sections, meta, source)


def _sections(blocks: list[Paragraph | Table]) -> tuple[list[Section], str | None]:
    """The sections, and the text in the style "Title" if there is one."""
    title: str | None = None
    level, heading = 0, ""
    body: list[str] = []
    sections: list[Section] = []
    for block in blocks:
        if isinstance(block, Table):
            body.append("\n" + "\n".join(_rows(block)) + "\n")
            continue
        text = clean_text(_text(block))
        style = (block.style.name if block.style else None) or ""
        match = _HEADING.match(style)
        if not text:
            body.append("")
        elif style == "Title" and title is None:
            title = clean_line(text)
        elif match and int(match[1]) <= 2:
            sections.append(Section(level, heading, "\n".join(body)))
            level, heading, body = int(match[1]), clean_line(text), []
        elif match:
            body.append(f"\n{'#' * int(match[1])} {clean_line(text)}\n")
        elif style.startswith("List"):
            body.append(f"- {clean_line(text)}")
        else:
            body.append(f"\n{text}\n")
    sections.append(Section(level, heading, "\n".join(body)))
    return [_tidy(section) for section in sections], title


def _tidy(section: Section) -> Section:
    body = re.sub(r"\n{3,}", "\n\n", section.body)
    return Section(section.level, section.heading, body.strip())


def _unwrap(body: BaseOxmlElement) -> None:
    """Puts what stands in content controls and accepted or tracked insertions where they stand."""
    for wrapper in list(body.iter(*_WRAPPERS)):
        parent, content = wrapper.getparent(), wrapper
        if wrapper.tag == qn("w:sdt"):
            content = wrapper.find(qn("w:sdtContent"))
        if parent is not None:
            for child in [] if content is None else list(content):
                wrapper.addprevious(child)
            parent.remove(wrapper)


def _text(paragraph: Paragraph) -> str:
    """A paragraph with the addresses of its links."""
    return "".join(
        linked(each.text, each.url) if isinstance(each, Hyperlink) else each.text
        for each in paragraph.iter_inner_content()
    )


def _rows(table: Table) -> Iterator[str]:
    """A table's rows; a merged cell stands in each of its places, a table in a cell follows."""
    above: dict[int, str] = {}
    for row in table._tbl.tr_lst:
        cells: list[str] = []
        inner: list[Table] = []
        for tc in row.tc_lst:
            cell = _Cell(tc, table)
            text = clean_line(" ".join(map(_text, cell.paragraphs)))
            if tc.vMerge == "continue":
                text = above.get(len(cells), "")
            cells += [text] * min(max(tc.grid_span, 1), _COLUMNS)
            inner += cell.tables
        above = dict(enumerate(cells))
        if line := row_of(cells[:_COLUMNS]):
            yield line
        for each in inner:
            yield from _rows(each)
