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

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from bot.language.html import BREAK, without_html

Mark = Literal["b", "i", "s", "code", "pre"]

_LONGEST = 50_000  # characters that are parsed; what follows is text
_PIECE = 2000  # of a paragraph at once: brackets without end take the square of it
_DEEP = 16  # levels of lists and quotes (two for a list), from which on all is text
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_HEADING = re.compile(r"(?:#+(?:[ \t]+|$)|##+(?=[^#\s]))")
_DIVIDER = re.compile(r"\|?\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)++\|?|\|\s*+:?-++:?\s*+\|")
_DASHES = re.compile(r"[-:|\s]+")
_CELL = re.compile(r"(?<!\\)\|")
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
    tokens = _PARSER.parse(without_html(text[:_LONGEST]))
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
    for token in _PARSER.inline.parse(text, _PARSER, {}, []):
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


class _Parser(MarkdownIt):
    """markdown-it, which leaves addresses as they are: what may be opened is decided above."""

    def validateLink(self, url: str) -> bool:
        return True

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()


def _deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Below so many levels markdown-it would drop the text."""
    if silent or state.level < _DEEP:
        return False
    line = start + 1
    while line < end and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        line += 1
    text = state.getLines(start, line, state.blkIndent, False)
    _push(state, "paragraph", "p", text, line)
    return True


def _paragraph(state: StateBlock, start: int, end: int, _silent: bool) -> bool:
    """As in CommonMark, but without its code that stands four spaces in."""
    ends = state.md.block.ruler.getRules("paragraph")
    parent, state.parentType = state.parentType, "paragraph"
    line = start + 1
    while line < end and not state.isEmpty(line):
        if state.sCount[line] >= 0 and any(rule(state, line, end, True) for rule in ends):
            break
        line += 1
    _push(state, "paragraph", "p", state.getLines(start, line, state.blkIndent, False), line)
    state.parentType = parent
    return True


def _heading(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """As in CommonMark, and "##标题" without a space."""
    text = _line(state, start)
    found = _HEADING.match(text)
    if found is None or silent:
        return found is not None
    signs = len(text) - len(text.lstrip("#"))
    words = text[found.end() :]
    bare = words.rstrip("#")
    words = bare if bare != words and (not bare or bare[-1].isspace()) else words
    _push(state, "heading", f"h{min(signs, 6)}", words.strip(), start + 1)
    return True


def _push(state: StateBlock, kind: str, tag: str, text: str, line: int) -> None:
    state.line = line
    state.push(f"{kind}_open", tag, 1)
    state.push("inline", "", 0).content = text
    state.push(f"{kind}_close", tag, -1)


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """As in CommonMark, but an item is one however far in it stands."""
    kept, state.listIndent = state.listIndent, -1
    found = list_block(state, start, end, silent)
    state.listIndent = kept
    return found


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """As in CommonMark, but ">30 kg" is no quote."""
    text = _line(state, start)
    return text[1:2] in ("", " ", ">") and blockquote(state, start, end, silent)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines of cells, under a head or not; unlike GitHub's, no cell is dropped."""
    first = _line(state, start)
    if "|" not in first:
        return False
    headed = start + 1 < end and _DIVIDER.fullmatch(_line(state, start + 1)) is not None
    if not headed and (not first.startswith("|") or first.count("|") < 2):
        return False
    if silent:
        return True
    rows = []
    line = start
    while line < end and state.sCount[line] >= state.blkIndent and "|" in _line(state, line):
        text = _line(state, line)
        if not _DASHES.fullmatch(text):
            rows.append(_cells(text))
        line += 1
    state.line = line
    state.push("table", "", 0).meta = {"rows": rows, "headed": headed}
    return True


def _cells(line: str) -> list[str]:
    cells = [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)]
    return cells[not cells[0] : len(cells) - (not cells[-1] and len(cells) > 1)]


def _marks(state: StateInline, silent: bool) -> bool:
    """Stars, underscores and tildes that may open or close a mark.

    CommonMark wants a space or punctuation around some of them, which Chinese does not write. One
    star inside a word ("长*宽*高"), two between digits and four in a row ("**** 1234") are text.
    """
    sign = state.src[state.pos]
    if silent or sign not in "*_~":
        return False
    scanned = state.scanDelims(state.pos, sign == "*")
    count = scanned.length
    before = state.src[state.pos - 1 : state.pos] or " "
    after = state.src[state.pos + count : state.pos + count + 1] or " "
    opens, closes = scanned.can_open, scanned.can_close
    if sign != "_":
        opens, closes = not after.isspace(), not before.isspace()
    if sign == "*" and count == 1:
        opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
    numbers = before.isdigit() and after.isdigit()
    if count > 3 or numbers or (sign == "~" and count != 2):
        opens = closes = False
    # A pair of tildes is one token, each star and underscore one of its own.
    width = 2 if sign == "~" and count == 2 else 1
    for _ in range(count // width):
        state.push("text", "", 0).content = sign * width
        length = 0 if sign == "~" else count
        place = len(state.tokens) - 1
        state.delimiters.append(Delimiter(ord(sign), length, place, -1, opens, closes))
    state.pos += count
    return True


def _unclosed(state: StateInline) -> None:
    """Drops the pairs of stars and tildes that would have marked something."""
    inner = [each["delimiters"] for each in state.tokens_meta if each]
    for one in (each for several in (state.delimiters, *inner) for each in several):
        token = state.tokens[one.token]
        pair = one.marker == ord("~") or (one.marker == ord("*") and one.length > 1)
        if pair and token.type == "text" and (one.open or one.close):
            token.content = ""


def _made() -> _Parser:
    parser = _Parser("zero", {"maxNesting": 2 * _DEEP})
    parser.enable(["table", "fence", "blockquote", "hr", "list", "heading"])
    parser.enable(["newline", "escape", "backticks", "strikethrough", "emphasis"])
    parser.enable(["link", "image", "autolink", "entity"])
    parser.disable(["inline", "text_join"])  # each paragraph is read by itself, in pieces
    blocks, inline = parser.block.ruler, parser.inline
    blocks.at("table", _table, {"alt": ["paragraph"]})
    blocks.at("heading", _heading, {"alt": ["paragraph", "blockquote"]})
    blocks.at("blockquote", _quote, {"alt": ["paragraph", "blockquote", "list"]})
    blocks.at("list", _list, {"alt": ["paragraph", "blockquote"]})
    blocks.at("paragraph", _paragraph)
    blocks.before("table", "deep", _deep)
    inline.ruler.at("strikethrough", _marks)
    inline.ruler2.before("fragments_join", "unclosed", _unclosed)
    return parser


_PARSER = _made()
