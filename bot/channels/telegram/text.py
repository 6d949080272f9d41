"""Light Markdown as Telegram's HTML, cut into messages that Telegram takes.

Everything works on runs (visible text with its marks): the cuts are counted in what is seen, as
Telegram counts, and a mark that is cut in two is closed and opened again. What the marks mean is
said in `bot/language/markdown.py`.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.language import markdown
from bot.language.lines import lines, spelt
from bot.language.markdown import Run

LIMIT = 4096  # UTF-16 code units after parsing

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


def parse(text: str) -> list[Run]:
    """The runs of a text in light Markdown, without empty lines at its ends."""
    return _trimmed(list(lines(markdown.parse(text))))


def verbatim(text: str) -> list[Run]:
    """What a person wrote, as it was written."""
    return _trimmed([Run(markdown.clean(text))])


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
    whole = "".join(run.text for run in spelt(runs))
    return whole if utf16(whole) <= limit else "".join(run.text for run in runs)


def utf16(text: str) -> int:
    """The length as Telegram counts: characters beyond the first 65,536 count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


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
