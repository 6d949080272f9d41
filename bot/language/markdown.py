"""Light Markdown, parsed once for every channel: a text becomes a small tree of blocks and runs.

The subset is what shops and models write: headings, bold, italic, struck out, code, links, lists,
quotes, tables. HTML becomes text (`html.py`). Two stars that are left open are dropped, so half a
text reads well, too; signs that mark nothing ("5*3*2", "a ** b") stay. markdown-it finds the marks.
It never makes markup: each channel renders the tree in its own way.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from markdown_it.token import Token

from bot.language.commonmark import PARSER
from bot.language.html import BREAK, without_html

Mark = Literal["b", "i", "s", "code", "pre"]

_LONGEST = 50_000  # characters that are parsed; what follows is text
_PIECE = 2000  # of a paragraph at once: brackets without end take the square of it
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NAME = re.compile(r"[\w+#.-]*")
_WEB = ("https://", "http://", "tg://")
_ADDRESS = re.compile(r"https?://\w[^\s<>\"'，。；、）】」]*")
_AFTER_ADDRESS = ".,;:!?)]"
_SIGNS = re.compile(r"[\\`*_~\[\]<>#|&]")
_MARKS: dict[str, Mark] = {"strong": "b", "em": "i", "s": "s"}


@dataclass(frozen=True)
class Run:
    """Text that looks the same from end to end. `link` is an address to open, `code` the name of a
    code block's language."""

    text: str
    marks: tuple[Mark, ...] = ()
    link: str = ""
    code: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Paragraph:
    """Line breaks are "\\n" in its runs."""

    runs: Runs
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True)
class Heading:
    """`level` is 1 to 6."""

    runs: Runs
    level: int
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Code:
    """A block of code as it was written; `name` is its language, "" where it has none."""

    text: str
    name: str
    kind: Literal["code"] = "code"


@dataclass(frozen=True)
class Rule:
    """A line across."""

    kind: Literal["rule"] = "rule"


@dataclass(frozen=True)
class Quote:
    """What somebody else said."""

    blocks: "Blocks"
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True)
class Item:
    """One item of a list; `number` is None in a list without numbers."""

    blocks: "Blocks"
    number: int | None


@dataclass(frozen=True)
class Listing:
    """A list; either all of its items have numbers or none."""

    items: tuple[Item, ...]
    kind: Literal["list"] = "list"


@dataclass(frozen=True)
class Table:
    """Rows of cells, which may differ in number; `headed` says that the first row is the head."""

    rows: tuple[tuple[Runs, ...], ...]
    headed: bool
    kind: Literal["table"] = "table"


Block = Paragraph | Heading | Code | Rule | Quote | Listing | Table
Blocks = tuple[Block, ...]


def parse(text: str) -> Blocks:
    """The tree of a text. No word is lost, and no empty block comes out."""
    text = clean(text)
    tokens = PARSER.parse(without_html(text[:_LONGEST]))
    found = tuple(_blocks(iter(tokens)))
    rest = text[_LONGEST:]
    return (*found, *verbatim(rest)) if rest else found


def verbatim(text: str) -> Blocks:
    """What a person wrote, as it was written; only addresses become links."""
    text = clean(text).strip()
    return (Paragraph(tuple(_linked(Run(text)))),) if text else ()


def clean(text: str) -> str:
    """`text` with one kind of line end and without control characters."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escaped(text: str) -> str:
    """A stranger's words for use inside a line of ours: no channel takes their signs for marks."""
    return text if parse(text) == verbatim(text) else _SIGNS.sub(r"\\\g<0>", text)


def _blocks(tokens: Iterator[Token], until: str = "") -> Iterator[Block]:
    """The blocks up to the token that closes what they stand in."""
    for token in tokens:
        kind = token.type.removesuffix("_open")
        if token.type == until:
            return
        if kind in ("paragraph", "heading"):
            runs = _runs(next(tokens).content)
            next(tokens)
            if runs:
                level = int(token.tag[1]) if kind == "heading" else 0
                yield Heading(runs, level) if level else Paragraph(runs)
        elif kind == "fence":
            info = token.info.strip()
            named = _NAME.fullmatch(info)
            code = (token.content if named else f"{info}\n{token.content}").strip("\n")
            if code.strip():
                yield Code(code, info if named else "")
        elif kind == "hr":
            yield Rule()
        elif kind == "blockquote":
            if inner := tuple(_blocks(tokens, "blockquote_close")):
                yield Quote(inner)
        elif kind == "table":
            if rows := tuple(tuple(map(_runs, row)) for row in token.meta["rows"]):
                yield Table(rows, token.meta["headed"])
        else:
            if items := tuple(_items(tokens, f"{kind}_close")):
                yield Listing(items)


def _items(tokens: Iterator[Token], until: str) -> Iterator[Item]:
    """A list's items that hold something. Numbers are the writer's, unless they do not rise."""
    number = -1
    for token in tokens:
        if token.type == until:
            return
        blocks = tuple(_blocks(tokens, "list_item_close"))
        if blocks and token.info:
            number = max(number + 1, int(token.info))
        if blocks:
            yield Item(blocks, number if token.info else None)


def _runs(text: str) -> Runs:
    """The runs of a paragraph, a heading or a cell."""
    text = BREAK.sub("\n", text).strip()
    found: list[Run] = []
    while text:
        cut = len(text)
        if cut > _PIECE:
            cut = max(text.rfind(sign, 0, _PIECE) for sign in "\n 。") + 1 or _PIECE
        for run in _inline(text[:cut]):
            if found and found[-1] == replace(run, text=found[-1].text) and not run.code:
                run = replace(run, text=found.pop().text + run.text)
            found.append(run)
        text = text[cut:]
    return tuple(each for run in found for each in _linked(run))


def _inline(text: str) -> Iterator[Run]:
    """The marked parts of a piece of text."""
    marks: list[Mark] = []
    target, said = "", ""  # of the link that is open, and its words so far
    for token in PARSER.inline.parse(text, PARSER, {}, []):
        name = token.type.removesuffix("_open").removesuffix("_close")
        if name in _MARKS:
            if token.nesting > 0:
                marks.append(_MARKS[name])
            else:
                marks.remove(_MARKS[name])
        elif token.type == "link_open":
            target, said = str(token.attrs["href"]), ""
        elif token.type == "link_close":
            yield from _behind(target, said, tuple(dict.fromkeys(marks)))
            target = ""
        elif token.type == "image":
            source = str(token.attrs["src"])
            is_open = _opens(source)
            yield Run(token.content or source, tuple(dict.fromkeys(marks)), source * is_open)
        else:
            shown = "\n" if token.type in ("softbreak", "hardbreak") else token.content
            kept: tuple[Mark, ...] = ("code",) if token.type == "code_inline" else tuple(marks)
            said += shown
            if shown:
                yield Run(shown, tuple(dict.fromkeys(kept)), target if _opens(target) else "")


def _behind(target: str, said: str, marks: tuple[Mark, ...]) -> Iterator[Run]:
    """What a link's words do not say: an address that nothing opens, or that has no words."""
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not said:
        yield Run(address, marks, target if _opens(target) else "")
    elif not _opens(target) and address not in ("", said):
        yield Run(f" ({address})", marks)


def _opens(address: str) -> bool:
    return address.lower().startswith(_WEB)


def _linked(run: Run) -> Iterator[Run]:
    """The run, bare addresses in it as links of their own."""
    at = 0
    if not run.link and "code" not in run.marks:
        for found in _ADDRESS.finditer(run.text):
            address = found[0].rstrip(_AFTER_ADDRESS)
            if found.start() > at:
                yield replace(run, text=run.text[at : found.start()])
            at = found.start() + len(address)
            yield replace(run, text=address, link=address)
    if at < len(run.text):
        yield replace(run, text=run.text[at:])
