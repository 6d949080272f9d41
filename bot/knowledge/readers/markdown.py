"""Markdown documents: front matter, and `##` headings as entries.

Headings are found by markdown-it, so `##` inside fenced code or a list is text. Bodies keep their
Markdown as written, without HTML comments, and each paragraph in one line. It does not render.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.sections import DocumentMeta, Section, document_entries, document_meta
from bot.knowledge.readers.source import Source, clean_line
from bot.knowledge.readers.yaml_list import load_mapping

# Only headings need their inline Markdown parsed; a whole document's would take ten times as long.
_PARSER = MarkdownIt("commonmark").use(front_matter_plugin).disable("inline")
_INLINE = MarkdownIt("commonmark")
_ANCHOR = re.compile(r"\s*\{#([^\s{}]+)\}\s*$")
_ENTRY_LEVEL = 2
_HEADING = 1000  # characters of a heading that are read
_AS_WRITTEN = ("|", ">")
_RULE = re.compile(r"[ |:-]+")
_WIDE = "\u2e7f"  # before Chinese characters and their punctuation, which have no spaces between
_TEXT = ("text", "text_special", "code_inline", "softbreak")


def read_markdown(source: Source) -> Iterator[Found | Problem]:
    """The document's sections; raises `KnowledgeError` for a broken front matter."""
    text = source.text()
    tokens = _PARSER.parse(text)
    front = next((token for token in tokens if token.type == "front_matter"), None)
    values = load_mapping(front.content, first_line=2) if front else {}
    meta: DocumentMeta | None = None
    for checked in document_meta(values, source, 1 if front else None):
        if isinstance(checked, DocumentMeta):
            meta = checked
        else:
            yield checked
    if meta is not None:
        yield from document_entries(cut(text, _ENTRY_LEVEL, tokens), meta, source)


def cut(text: str, deepest: int, tokens: list[Token] | None = None) -> list[Section]:
    """`text` at its headings of levels 1 to `deepest`; what stands before them has level 0."""
    tokens = _PARSER.parse(text) if tokens is None else tokens
    lines, joined = text.split("\n"), set[int]()
    heads: list[tuple[int, int, int, str]] = [(0, 0, 0, "")]  # level, first line, body line, text
    for token, inline in pairwise(tokens):
        first, last = token.map or (0, 0)
        if token.type == "front_matter":
            heads = [(0, first, last, "")]
        elif token.type == "html_block" and token.content.lstrip().startswith("<!--"):
            lines[first:last] = [""] * (last - first)
        elif token.type == "paragraph_open":
            paragraph = _unwrapped(lines[first:last])
            joined.update(range(first + len(paragraph), last))
            lines[first : first + len(paragraph)] = paragraph
        elif token.type == "heading_open" and token.level == 0 and int(token.tag[1]) <= deepest:
            heads.append((int(token.tag[1]), first, last, _plain(inline)))
    sections = []
    ends = [first for _, first, _, _ in heads[1:]] + [len(lines)]
    for (level, first, start, heading), end in zip(heads, ends, strict=True):
        anchor = _ANCHOR.search(heading)
        sections.append(
            Section(
                level=level,
                heading=clean_line(_ANCHOR.sub("", heading)),
                body="\n".join(lines[at] for at in range(start, end) if at not in joined).strip(
                    "\n"
                ),
                anchor=anchor[1] if anchor else None,
                line=first + 1,
            )
        )
    return sections


def _unwrapped(lines: list[str]) -> list[str]:
    """A paragraph's lines, each broken one joined to the one before; a break that is meant (after
    two spaces or a backslash), a table and a quotation stay."""
    if any(each.lstrip().startswith(_AS_WRITTEN) or _RULE.fullmatch(each) for each in lines):
        return lines
    whole = lines[:1]
    for each in lines[1:]:
        if whole[-1].endswith(("  ", "\\")):
            whole.append(each)
        else:
            apart = "" if whole[-1][-1:] > _WIDE and each.lstrip()[:1] > _WIDE else " "
            whole[-1] = f"{whole[-1].rstrip()}{apart}{each.lstrip()}"
    return whole


def _plain(heading: Token) -> str:
    """A heading's text without emphasis, links and images."""
    # Brackets and stars without end take markdown-it a time that grows with their square.
    children = _INLINE.parseInline(heading.content[:_HEADING])[0].children or ()
    return "".join(child.content for child in children if child.type in _TEXT)
