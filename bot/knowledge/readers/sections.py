"""A document cut at its headings → entries, the same way for Markdown, HTML and Word.

Sections of level 1 and 2 are entries; deeper headings stay inside as Markdown (`### …`). A single
level-1 heading is the document's title. How a format finds its headings is its reader's matter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BeforeValidator, ValidationError

from bot.knowledge.entry import Entry, Found, Problem
from bot.knowledge.readers.rows import Row, Warned, row_problems
from bot.knowledge.readers.source import Source, clean_line, clean_text, slug


def _title(value: object) -> object:
    return clean_line(value) or None if isinstance(value, str) else value


_ADDRESS = re.compile(r"(?:https?://|mailto:|tel:)[^\s()<>]{1,2000}")
_HEADING = 300  # characters; what is longer is no heading, and it would stand in every passage


class DocumentMeta(Row):
    """What a document says of itself, in front matter or its file's properties."""

    title: Annotated[str | None, BeforeValidator(_title)] = None


def row_of(cells: Sequence[str]) -> str:
    """A table's row as a line. An empty cell keeps its place; one that spans all is said once."""
    if not any(cells):
        return ""
    return cells[0] if len(set(cells)) == 1 else " | ".join(cell or "–" for cell in cells)


def linked(text: str, address: str | None) -> str:
    """The text of a link with its address, where that leads anywhere from here."""
    text, address = clean_line(text), (address or "").strip()
    plain = not text or "]" in text or _ADDRESS.fullmatch(address) is None
    return text if plain or address.endswith(text) else f"[{text}]({address})"


@dataclass(frozen=True)
class Section:
    """A heading of level 1 or 2 and the text up to the next one; level 0 is what stands before."""

    level: int
    heading: str
    body: str
    anchor: str | None = None
    line: int | None = None
    path: tuple[str, ...] = ()  # headings above it and its own


def document_meta(
    values: dict[str, object], source: Source, line: int | None
) -> Iterator[DocumentMeta | Problem]:
    """The front matter checked: one `DocumentMeta` and warnings, or errors alone."""
    try:
        meta = DocumentMeta.model_validate(values)
    except ValidationError as error:
        yield from row_problems(error, source, line)
        return
    yield from Warned().unknown(meta.model_extra or (), source, line)
    yield meta


def document_entries(
    sections: list[Section], meta: DocumentMeta, source: Source
) -> Iterator[Found | Problem]:
    """The entries of a document cut into `sections`, in the order of the text."""
    title, sections = _outline(sections)
    title = meta.title or title or source.title
    whole = "\n".join(f"{section.heading}\n{section.body}" for section in sections)
    language = meta.lang or source.language(whole)
    taken: dict[str, int] = {}
    found = False
    for section, after in zip(sections, [*sections[1:], None], strict=True):
        section = replace(section, heading=section.heading[:_HEADING])
        anchor = _unique(section, taken) if section.level else ""
        answer = clean_text(section.body)
        if not answer:
            if section.level and (after is None or after.level <= section.level):
                yield source.warning("empty_section", section.line, heading=section.heading)
            continue
        found = True
        entry = Entry(
            id=f"{source.base}#{anchor}" if anchor else source.base,
            lang=language,
            question=section.heading or title,
            variants=(),
            answer=answer,
            source=source.name,
            title=section.heading or title,
            kind="document",
            url=meta.url,
            tags=meta.tags,
            valid_until=meta.valid_until,
            heading=(title, *section.path),
        )
        yield Found(entry, section.line, named=section.anchor is not None)
    if not found:
        yield source.warning("no_text")


def _outline(sections: list[Section]) -> tuple[str | None, list[Section]]:
    """The document's title, and its sections with their paths.

    A level-1 heading that is the only one and stands above all others names the document; the
    text under it is the document's introduction. Several are sections that hold others.
    """
    tops = [section for section in sections if section.level == 1]
    first = next((section for section in sections if section.level), None)
    title: str | None = None
    if len(tops) == 1 and first is tops[0]:
        title = first.heading
        before = [section.body for section in sections if section.level == 0]
        body = "\n\n".join([*before, first.body])
        rest = [section for section in sections if section.level == 2]
        sections = [Section(0, "", body, line=first.line), *rest]
    above: tuple[str, ...] = ()
    outlined = []
    for section in sections:
        if section.level == 1:
            above = (section.heading,)
        path = (*above, section.heading) if section.level == 2 else above
        outlined.append(replace(section, path=path))
    return title, outlined


def _unique(section: Section, taken: dict[str, int]) -> str:
    """The section's anchor; a slug that is taken gets -2, -3 … An explicit anchor stays as written,
    so that writing one twice is named as a duplicate instead of renamed in silence.

    `taken` has each anchor so far, with the number from which on the next of that name is sought.
    """
    if section.anchor:
        taken.setdefault(section.anchor, 2)
        return section.anchor
    anchor = name = slug(section.heading) or "section"
    while anchor in taken:
        number = taken[name]
        anchor, taken[name] = f"{name}-{number}", number + 1
    taken[anchor] = 2
    return anchor
