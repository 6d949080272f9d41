"""A Markdown tree as lines of runs, for channels that know neither lists nor tables.

Telegram makes its HTML of these, the terminal its styles; `plain` is the words alone. A table is a
line a row, "• first · Head: second", because columns do not fit a telephone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.language.markdown import (
    Block,
    Blocks,
    Code,
    Heading,
    Item,
    Listing,
    Mark,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
    clean,
    parse,
)

_MARKED = re.compile(r"[\\`*_~<>#|\[&\r\n]|^\s*[-+\d]")


def lines(blocks: Blocks) -> Iterator[Run]:
    """The runs of all blocks; a blank line parts paragraphs, none what belongs to the one above."""
    before: Block | None = None
    for block in blocks:
        if before is not None:
            joined = isinstance(before, Heading) or (
                isinstance(before, Paragraph) and isinstance(block, Listing | Table | Code)
            )
            yield Run("\n" if joined else "\n\n")
        yield from _block(block)
        before = block


def plain(text: str) -> str:
    """The words of a text in light Markdown, without any mark; addresses behind their links."""
    if not _MARKED.search(text):  # as nearly all of a hundred thousand questions
        return clean(text).strip()
    return "".join(run.text for run in spelt(lines(parse(text))))


def spelt(runs: Iterable[Run]) -> Iterator[Run]:
    """The runs, each link with its address behind it where its words do not say it."""
    for run in runs:
        yield run
        if run.link and run.link != run.text:
            yield Run(f" ({run.link})")


def _block(block: Block) -> Iterator[Run]:
    match block:
        case Paragraph(runs):
            yield from runs
        case Heading(runs):
            yield from _marked(runs, "b")
        case Code(text, name):
            yield Run(text, ("pre",), code=name)
        case Rule():
            yield Run("———")
        case Quote(blocks):
            yield Run("│ ")
            yield from _indented(lines(blocks), "│ ")
        case Listing(items):
            for place, item in enumerate(items):
                yield from [Run("\n")] if place else []
                yield from _item(item)
        case Table():
            yield from _table(block)


def _item(item: Item) -> Iterator[Run]:
    yield Run("• " if item.number is None else f"{item.number}. ")
    inner = [run for block in item.blocks for run in (Run("\n"), *_block(block))]
    yield from _indented(inner[1:], "  ")


def _indented(runs: Iterable[Run], by: str) -> Iterator[Run]:
    """The runs with `by` at the beginning of each line but the first; code stays as it is."""
    for run in runs:
        yield run if "pre" in run.marks else replace(run, text=run.text.replace("\n", f"\n{by}"))


def _table(table: Table) -> Iterator[Run]:
    heads: tuple[Runs, ...] = table.rows[0] if table.headed else ()
    if heads:
        named = (cell for cell in heads if cell)
        for place, cell in enumerate(named):
            yield from [Run(" · ", ("b",))] if place else []
            yield from _marked(cell, "b")
    for number, row in enumerate(table.rows[len(heads) > 0 :]):
        yield Run("\n• " if number or heads else "• ")
        for place, cell in enumerate(row):
            yield from [Run(" · ")] if place else []
            if place and cell and len(heads) > max(2, place):
                yield from [*heads[place], Run(": ")] if heads[place] else []
            line = [replace(run, text=run.text.replace("\n", " ")) for run in cell]
            yield from line if place else _marked(line, "b")


def _marked(runs: Iterable[Run], mark: Mark) -> Iterator[Run]:
    for run in runs:
        kept = run.marks if mark in run.marks or "code" in run.marks else (mark, *run.marks)
        yield replace(run, marks=kept)
