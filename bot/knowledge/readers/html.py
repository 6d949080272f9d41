"""HTML pages: the main text, cut at `h1` and `h2` like Markdown.

Navigation, forms, scripts, styles and hidden elements are left out. It does not run scripts and
does not fetch anything.
"""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PreformattedString

from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.sections import DocumentMeta, Section, document_entries, document_meta
from bot.knowledge.readers.source import Source, clean_line

_LEFT_OUT = (
    "script, style, noscript, template, svg, nav, form, iframe, button, select, dialog, "
    "[hidden], [aria-hidden=true], [role=navigation], [role=search]"
)
_FRAME = "header, footer, aside"  # part of the page around the text, unless inside of it
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCKS = re.compile(
    r"address|article|aside|blockquote|body|dd|details|div|dl|dt|fieldset|figcaption|figure|footer"
    r"|header|hr|main|ol|p|section|summary|table|tbody|tfoot|thead|ul"
)
_HEADING = re.compile(r"h([1-6])")


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
    for element in page.find_all(style=_HIDDEN):
        element.decompose()
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
        elif tag.name == "tr":
            self._break()
            cells = [clean_line(cell.get_text(" ")) for cell in tag.find_all(["th", "td"])]
            self._blocks.append(" | ".join(cell for cell in cells if cell))
        elif _BLOCKS.fullmatch(tag.name):
            self._break()
            self.walk(tag)
            self._break()
        else:
            self.walk(tag)

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
