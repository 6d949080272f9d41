"""markdown-it with the rules of our subset: what of CommonMark is read otherwise, and why.

Its tokens become a tree in `markdown.py`. Texts of shops and models are Chinese, half written, full
of prices and sizes: so there is no code by indentation and no HTML, and a sign has to look like a
mark before it is one.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

_DEEP = 16  # levels of lists and quotes (two for a list), from which on all is text
_HEADING = re.compile(r"(?:#+(?:[ \t]+|$)|##+(?=[^#\s]))")
_DIVIDER = re.compile(r"\|?\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)++\|?|\|\s*+:?-++:?\s*+\|")
_DASHES = re.compile(r"[-:|\s]+")
_CELL = re.compile(r"(?<!\\)\|")


class _Parser(MarkdownIt):
    """markdown-it, which leaves addresses as they are: what may be opened is decided elsewhere."""

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


PARSER = _made()
