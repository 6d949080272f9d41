"""Light Markdown as Telegram's HTML, cut into messages that Telegram takes.

A text is parsed into runs (visible text with its marks), and everything else works on these: the
cuts are counted in what is seen, as Telegram counts, and a mark that is cut in two is closed and
opened again. Only what shops and models write is known: bold, italic, code, links, lists, headings,
quotes, tables (as lines). Everything else, HTML too, is text.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

LIMIT = 4096  # UTF-16 code units after parsing
Mark = Literal["b", "i", "s", "code", "pre"]

_INLINE = re.compile(
    r"(?P<escape>\\[\\`*_\[\]()#~|>!.+-])"
    r"|(?P<ticks>`{1,3})(?P<code>[^`\n].{0,2000}?)(?<!`)(?P=ticks)(?!`)"
    r"|!?\[(?P<label>[^\[\]\n]{1,500})\]\((?P<url>[^()\s]{1,2000}(?:\([^()\s]*\)[^()\s]*)?)"
    r"(?:\s+\"[^\"\n]*\")?\)"
    r"|<(?P<auto>https?://[^<>\s]{1,2000})>"
    r"|\*\*(?=[^\s*])(?P<b>.{1,2000}?)(?<=\S)\*\*"
    r"|~~(?=\S)(?P<s>.{1,2000}?)(?<=\S)~~"
    r"|(?<![\w*])\*(?![\s*])(?P<i>[^*\n]{1,2000}?)(?<![\s*])\*(?![\w*])"
)
_FENCE = re.compile(r"^\s*(```+|~~~+)\s*([\w+#.-]*)\s*$")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_ITEM = re.compile(r"^(\s*)[-*+]\s+(?=\S)")
_QUOTE = re.compile(r"^\s{0,3}>\s?")
_RULE = re.compile(r"^\s*([-*_])(?:\s*\1){2,}\s*$")
_TABLE = re.compile(r"\|?\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)++\|?|\|\s*+:?-++:?\s*+\|")
_CELL = re.compile(r"(?<!\\)\|")
_LINKS = ("https://", "http://", "tg://")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

# From the best place for a cut to the worst: each cut is where the match ends.
_BOUNDS = (
    re.compile(r"\n[ \t]*\n+"),
    re.compile(r"\n+"),
    re.compile(r"[.!?…][\"'”’)\]]*\s+|[。！？；…]+[”’」』）]*"),
    re.compile(r"\s+|[，、：,;]"),
)
_JOINED = re.compile(  # never the first of a message: it belongs to the character before it
    r"[\u0300-\u036f\u200d\u20e3\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_FLAG = re.compile(r"[\U0001f1e6-\U0001f1ff]")


@dataclass(frozen=True)
class Run:
    """Text that looks the same from end to end. `detail` is a link's address or a code's name."""

    text: str
    marks: tuple[Mark, ...] = ()
    link: str = ""
    code: str = ""


def parse(text: str) -> list[Run]:
    """The runs of a text in light Markdown, without empty lines at its ends."""
    lines = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    runs: list[Run] = []
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence:
            body, at = _fenced(lines, at + 1, fence[1])
            runs += [Run(body, ("pre",), code=fence[2]), Run("\n")] if body else []
        elif at + 1 < len(lines) and "|" in lines[at] and _TABLE.fullmatch(lines[at + 1].strip()):
            table, at = _table(lines, at)
            runs += table
        else:
            runs += [*_line(lines[at]), Run("\n")]
            at += 1
    return _trimmed(runs)


def verbatim(text: str) -> list[Run]:
    """What a person wrote, as it was written."""
    return _trimmed([Run(_CONTROL.sub("", text.replace("\r\n", "\n")))])


def split(runs: Sequence[Run], limit: int = LIMIT) -> list[list[Run]]:
    """The runs as messages of at most `limit` UTF-16 units each; no message is blank."""
    text = "".join(run.text for run in runs)
    parts = []
    start = 0
    while start < len(text):
        end = _reach(text, start, limit)
        if end < len(text):
            end = _bound(text, start, end)
        part = _trimmed(_between(runs, start, end))
        if part:
            parts.append(part)
        start = end
    return parts


def to_html(runs: Sequence[Run]) -> str:
    """Telegram's HTML, all text escaped."""
    return "".join(map(_html, runs))


def to_plain(runs: Sequence[Run], limit: int = LIMIT) -> str:
    """The text alone; links with their address behind them where that still fits."""
    seen = "".join(run.text for run in runs)
    spelt = "".join(
        f"{run.text} ({run.link})" if run.link and run.link != run.text else run.text
        for run in runs
    )
    return spelt if utf16(spelt) <= limit else seen


def utf16(text: str) -> int:
    """The length as Telegram counts: characters beyond the first 65,536 count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def _line(line: str) -> Iterator[Run]:
    if _RULE.match(line):
        yield Run("———")
    elif heading := _HEADING.match(line):
        yield from _inline(heading[1], ("b",))
    elif quote := _QUOTE.match(line):
        yield Run("│ ")
        yield from _inline(line[quote.end() :])
    elif item := _ITEM.match(line):
        yield Run(f"{item[1]}• ")
        yield from _inline(line[item.end() :])
    else:
        yield from _inline(line)


def _inline(text: str, marks: tuple[Mark, ...] = ()) -> Iterator[Run]:
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            yield Run(text[at : match.start()], marks)
        at = match.end()
        yield from _marked(match, marks)
    if at < len(text):
        yield Run(text[at:], marks)


def _marked(match: re.Match[str], marks: tuple[Mark, ...]) -> Iterator[Run]:
    if match["escape"]:
        yield Run(match["escape"][1:], marks)
    elif match["code"]:
        yield Run(match["code"].strip() or match["code"], ("code",))  # takes no other mark
    elif match["label"]:
        url = match["url"]
        if url.lower().startswith(_LINKS):
            yield from (replace(run, link=url) for run in _inline(match["label"], marks))
        else:
            yield Run(match[0], marks)
    elif match["auto"]:
        yield Run(match["auto"], marks, link=match["auto"])
    else:
        mark: Mark = "b" if match["b"] else "s" if match["s"] else "i"
        yield from _inline(match[mark], marks if mark in marks else (*marks, mark))


def _fenced(lines: Sequence[str], at: int, fence: str) -> tuple[str, int]:
    """A code block's text and the line after it; a model may have left it open."""
    body: list[str] = []
    while at < len(lines):
        if lines[at].strip().startswith(fence) and not lines[at].strip(" `~"):
            return "\n".join(body), at + 1
        body.append(lines[at])
        at += 1
    return "\n".join(body), at


def _table(lines: Sequence[str], at: int) -> tuple[list[Run], int]:
    """A table's rows as lines that a telephone can show: "• first · Heading: second"."""
    heads = _cells(lines[at])
    runs = [*_inline(" · ".join(filter(None, heads)), ("b",)), Run("\n")]
    at += 2
    while at < len(lines) and "|" in lines[at]:
        cells = _cells(lines[at])
        runs.append(Run("• "))
        for place, cell in enumerate(cells):
            head = heads[place] if place < len(heads) and place and len(heads) > 2 else ""
            runs.append(Run(" · " if place else ""))
            runs += [Run(f"{head}: ")] if head and cell else []
            runs += _inline(cell, () if place else ("b",))
        runs.append(Run("\n"))
        at += 1
    return runs, at


def _cells(line: str) -> list[str]:
    cells = [cell.strip().replace("\\|", "|") for cell in _CELL.split(line.strip())]
    return cells[not cells[0] : len(cells) - (not cells[-1] and len(cells) > 1)]


def _html(run: Run) -> str:
    text = html.escape(run.text, quote=False)
    if "pre" in run.marks:
        name = html.escape(run.code)
        code = f'<code class="language-{name}">{text}</code>' if name else text
        return f"<pre>{code}</pre>"
    for mark in reversed(run.marks):
        text = f"<{mark}>{text}</{mark}>"
    return f'<a href="{html.escape(run.link)}">{text}</a>' if run.link else text


def _reach(text: str, start: int, limit: int) -> int:
    """The end of the longest piece from `start` that has at most `limit` UTF-16 units."""
    end = min(len(text), start + limit)
    over = utf16(text[start:end]) - limit
    while over > 0:
        end -= 1
        over -= 2 if text[end] > "\uffff" else 1
    return end


def _bound(text: str, start: int, end: int) -> int:
    """The best place for a cut in the last two thirds of what would fit."""
    earliest = start + (end - start) // 3
    for bound in _BOUNDS:
        ends = [match.end() for match in bound.finditer(text, earliest, end)]
        if ends:
            return ends[-1]
    flags = 0
    while flags < end - start and _FLAG.match(text[end - 1 - flags]):
        flags += 1
    if flags % 2 and _FLAG.match(text[end]):
        end -= 1
    for cut in range(end, earliest, -1):
        if not _JOINED.match(text[cut]) and text[cut - 1] != "\u200d":
            return cut
    return end


def _between(runs: Sequence[Run], start: int, end: int) -> list[Run]:
    found = []
    at = 0
    for run in runs:
        text = run.text[max(0, start - at) : max(0, end - at)]
        if text:
            found.append(replace(run, text=text))
        at += len(run.text)
    return found


def _trimmed(runs: Sequence[Run]) -> list[Run]:
    """Without blank lines before and white space after; at most one empty line in a row."""
    kept: list[Run] = []
    breaks = 2  # line breaks at the end of what is kept
    for run in runs:
        text = run.text
        if "pre" not in run.marks:
            lead = len(text) - len(text.lstrip("\n"))
            text = "\n" * min(lead, max(0, 2 - breaks)) + text[lead:] if kept else text[lead:]
            text = re.sub(r"\n{3,}", "\n\n", text)
        elif not kept:
            text = text.lstrip("\n")
        if not text:
            continue
        kept.append(replace(run, text=text))
        bare = text.rstrip("\n")
        breaks = len(text) - len(bare) + (0 if bare else breaks)
    while kept:
        text = kept[-1].text.rstrip()
        if text:
            kept[-1] = replace(kept[-1], text=text)
            break
        kept.pop()
    return kept
