"""The bot's texts as HTML for the desk, from `bot/language/markdown.py`; all words escaped."""

from collections.abc import Iterable

from markupsafe import Markup

from bot.language.markdown import (
    Block,
    Blocks,
    Code,
    Heading,
    Item,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
    parse,
)

_MARKS = {"b": "strong", "i": "em", "s": "s", "code": "code"}
_LINK = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>')


def rich(text: str) -> Markup:
    """A text in light Markdown as HTML that is safe to show."""
    return _blocks(parse(text))


def _blocks(blocks: Blocks) -> Markup:
    return Markup("").join(map(_block, blocks))


def _block(block: Block) -> Markup:
    match block:
        case Paragraph(runs):
            return _tag("p", map(_run, runs))
        case Heading(runs):
            return _tag("h3", map(_run, runs))
        case Code(text):
            return _tag("pre", [text])
        case Rule():
            return Markup("<hr>")
        case Quote(blocks):
            return _tag("blockquote", [_blocks(blocks)])
        case Listing(items):
            return _tag("ul" if items[0].number is None else "ol", map(_item, items))
        case Table(rows, headed):
            top = [_row(rows[0], "th")] if headed else []
            return _tag("table", [*top, *(_row(row, "td") for row in rows[headed:])])


def _item(item: Item) -> Markup:
    if item.number is None:
        return _tag("li", [_blocks(item.blocks)])
    return Markup('<li value="{}">{}</li>').format(item.number, _blocks(item.blocks))


def _row(cells: Iterable[Runs], tag: str) -> Markup:
    return _tag("tr", [_tag(tag, map(_run, cell)) for cell in cells])


def _run(run: Run) -> Markup:
    shown = Markup("<br>").join(run.text.split("\n"))
    if run.link.startswith(("https://", "http://")):
        shown = _LINK.format(run.link, shown)
    for mark in reversed(run.marks):
        shown = _tag(_MARKS[mark], [shown])
    return shown


def _tag(name: str, inner: Iterable[str]) -> Markup:
    """`name` is one of ours; what is not Markup in `inner` is escaped."""
    return Markup("<{0}>{1}</{0}>").format(Markup(name), Markup("").join(inner))
