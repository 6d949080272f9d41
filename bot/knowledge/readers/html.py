"""HTML pages: the main text, cut at `h1` and `h2` like Markdown.

Navigation, forms, scripts, styles and hidden elements are left out, but what a button of the page
opens, and a form that the page stands in. It does not run scripts and does not fetch anything.
"""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PreformattedString

from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.sections import (
    DocumentMeta,
    Section,
    document_entries,
    document_meta,
    linked,
    row_of,
)
from bot.knowledge.readers.source import Source, clean_line

_LEFT_OUT = (
    "script, style, noscript, template, svg, nav, iframe, select, dialog, "
    "[role=navigation], [role=search]"
)
_OPENS = ("aria-controls", "data-bs-target", "data-target")
_FRAME = "header, footer, aside"  # part of the page around the text, unless inside of it
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCKS = re.compile(
    r"address|article|aside|blockquote|body|dd|details|div|dl|dt|fieldset|figcaption|figure|footer"
    r"|header|hr|main|ol|p|section|summary|ul"
)
_HEADING = re.compile(r"h([1-6])")
_COLUMNS = 100  # of a table that are read


def read_html(source: Source) -> Iterator[Found | Problem]:
    """The page's sections; its language and title come from the page where it has them."""
    page = BeautifulSoup(source.text(), "html.parser")
    html = page.find("html")
    declared = str(html.get("lang") or "") if isinstance(html, Tag) else ""
    title = clean_line(page.title.get_text()) if page.title else ""
    named = source.named_language or declared[:2].lower()
    values: dict[str, object] = {"lang": named if named in ("en", "zh") else None}
    for element in page.select(_LEFT_OUT):
        element.decompose()
    _leave_out(page)
    main = page.select_one("main, article, [role=main]")
    if main is None:
        main = page.body or page
        for element in main.select(_FRAME):
            element.decompose()
    writer = _Writer()
    writer.walk(main)
    sections = writer.finish()
    if sum(section.level == 1 for section in sections) != 1:
        values["title"] = title or None
    for checked in document_meta(values, source, None):
        if isinstance(checked, DocumentMeta):
            yield from document_entries(sections, checked, source)
        else:
            yield checked


def _leave_out(page: BeautifulSoup) -> None:
    """Takes away what nobody sees, and what is there to be filled in or pressed."""
    ids = {str(each["id"]) for each in page.select("[id]")}
    opened = {_opens(each) for each in page.select(", ".join(f"[{name}]" for name in _OPENS))} & ids
    half = len(page.get_text()) / 2
    hidden = page.find_all(style=_HIDDEN)
    for element in [*page.select("form, button, [hidden], [aria-hidden=true]"), *hidden]:
        if element.decomposed:
            continue
        if element.name == "form":
            stays = len(element.get_text()) > half
        elif element.name == "button":
            stays = _opens(element) in opened or element.find_parent(_HEADING) is not None
        else:
            stays = str(element.get("id") or "") in opened
        if not stays:
            element.decompose()


def _opens(element: Tag) -> str:
    """The id of what an element shows when it is pressed, "" for nothing."""
    said = (str(element.get(name) or "") for name in _OPENS)
    return next((each.removeprefix("#") for each in said if each), "")


class _Writer:
    """Collects sections while it walks the elements in order."""

    def __init__(self) -> None:
        self._sections: list[Section] = []
        self._open = Section(0, "", "")
        self._blocks: list[str] = []
        self._run: list[str] = []  # inline text of the block that is being read
        self._mark = ""  # what the next block begins with

    def finish(self) -> list[Section]:
        """All sections, the last one closed."""
        self._close(self._open)
        return self._sections

    def walk(self, element: Tag) -> None:
        """Reads one element's children."""
        for child in element.children:
            if isinstance(child, PreformattedString):  # comments, doctype
                continue
            if isinstance(child, NavigableString):
                self._run.append(re.sub(r"\s+", " ", child))
            elif isinstance(child, Tag):
                self._tag(child)

    def _tag(self, tag: Tag) -> None:
        heading = _HEADING.fullmatch(tag.name)
        if heading:
            self._heading(tag, int(heading[1]))
        elif tag.name == "br":
            self._run.append("\n")
        elif tag.name == "pre":
            self._break()
            self._blocks.append("```\n" + tag.get_text().strip("\n") + "\n```")
        elif tag.name == "li":
            self._break()
            self._mark = "- "
            self.walk(tag)
            self._break()
            self._mark = ""
        elif tag.name == "table":
            self._break()
            self._table(tag)
        elif tag.name == "a":
            self._run.append(linked(tag.get_text(), str(tag.get("href") or "")))
        elif tag.name == "button" or _BLOCKS.fullmatch(tag.name):
            self._break()
            self.walk(tag)
            self._break()
        else:
            self.walk(tag)

    def _table(self, table: Tag) -> None:
        """A table's rows; a cell stands in each place that it spans, a table in a cell follows."""
        if (caption := table.find("caption", recursive=False)) is not None:
            self.walk(caption)
            self._break()
        above: dict[int, tuple[str, int]] = {}  # column → its text, and how many rows it goes on
        for row in table.find_all("tr"):
            if row.find_parent("table") is not table:
                continue
            cells: list[str] = []
            inner: list[Tag] = []
            for cell in row.find_all(["th", "td"], recursive=False):
                _go_on(above, cells)
                inner += [each.extract() for each in cell.find_all("table")]
                text = self._line(cell)
                for _ in range(_span(cell, "colspan")):
                    above[len(cells)] = text, _span(cell, "rowspan") - 1
                    cells.append(text)
            _go_on(above, cells)
            if line := row_of(cells[:_COLUMNS]):
                self._blocks.append(line)
            for each in inner:
                self._table(each)

    def _line(self, cell: Tag) -> str:
        before, self._run, blocks, self._blocks = self._run, [], self._blocks, []
        self.walk(cell)
        self._break()
        line = clean_line(" ".join(self._blocks))
        self._run, self._blocks = before, blocks
        return line

    def _heading(self, tag: Tag, level: int) -> None:
        self._break()
        text = clean_line(tag.get_text(" "))
        if not text:
            return
        if level > 2:
            self._blocks.append(f"{'#' * level} {text}")
            return
        anchor = str(tag.get("id") or "") or None
        self._close(self._open)
        self._open = Section(level, text, "", anchor, tag.sourceline)

    def _break(self) -> None:
        lines = (" ".join(line.split()) for line in "".join(self._run).split("\n"))
        text = "\n".join(line for line in lines if line)
        if text:
            self._blocks.append(self._mark + text)
            self._mark = ""
        self._run = []

    def _close(self, section: Section) -> None:
        self._break()
        parts: list[str] = []
        before = ""
        for block in self._blocks:
            # List items and table rows stay together, other blocks are paragraphs.
            tight = _is_item(block) and _is_item(before.rsplit("\n", 1)[-1])
            parts += ["\n" if tight else "\n\n", block]
            before = block
        body = "".join(parts)
        self._sections.append(
            Section(section.level, section.heading, body, section.anchor, section.line)
        )
        self._blocks = []


def _is_item(text: str) -> bool:
    return text.startswith("- ") or " | " in text


def _span(cell: Tag, name: str) -> int:
    said = str(cell.get(name) or "1")
    return min(max(int(said), 1), _COLUMNS) if said.isdecimal() and len(said) < 4 else 1


def _go_on(above: dict[int, tuple[str, int]], cells: list[str]) -> None:
    """Fills places of a row that a cell further up reaches."""
    while (found := above.get(len(cells))) and found[1] > 0:
        above[len(cells)] = found[0], found[1] - 1
        cells.append(found[0])
