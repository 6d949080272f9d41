"""Takes a burst apart into its questions and wishes: by marks, and by sense.

Where a text can be cut is a matter of form; whether the parts are questions of their own is seen
from their answers (`answers.py`). So there are several ways to cut, the finest first.
"""

import re
from collections.abc import Iterator, Sequence

from bot.language.heads import Judge, unknown
from bot.language.smalltalk import kind
from bot.language.wording import fold, has_han, words_only

_MARKS = re.compile(r"(?<=[?？!！。])(?![?？!！。])\s*|(?<=[a-z][.!])\s+|\n+")
# Before what may be a clause of its own.
_JOINTS = re.compile(
    r"[,;]?\s+(?:and|also|plus|but|then)(?:\s+also)?\s+(?=(?:how|what|whats|what's|when|where|who|which"
    r"|why|do|does|did|is|are|can|could|will|would|should|may|have|has|i|my|please|tell|show)\b)"
    r"|[,;]\s+(?=(?:how|what|whats|what's|when|where|who|which|why|do|does|did|is|are|can|could|will"
    r"|would|should|may|have|has)\b)"
    r"|[,，;；、]?(?:还有(?!没)|另外|顺便(?:问(?:一?下)?)?|以及)[,，]?|[，；;](?!因为|由于)",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"^(?:and|also|plus|but|then|还有(?!没)|另外|顺便(?:问(?:一?下)?)?|以及)[,， ]*", re.IGNORECASE
)
_ASKS = re.compile(
    r"[?？]|^(?:so |and |then )?(?:how|what|whats|what's|when|where|who|which|why|do|does|did|is"
    r"|are|can|could|will|would|should|may)\b"
    r"|[谁哪几吗呢么]|怎|多[少久长大重高远]|能不能|可不可以|有没有|是不是|要不要|行不行",
    re.IGNORECASE,
)
# What somebody says of themselves: where they live, what they wear, what they have bought.
_REMARK = re.compile(
    r"(?:(?:so|well|hi|hello|ok|and|but|because|since|as|you know)[,. ]+)*"
    r"(?:i|im|i'm|ive|i've|we|we're|we've|my|our)\b"
    r"|(?:那|因为|可是|但是)?(?:我们?|咱们?)",
    re.IGNORECASE,
)
_MOST = 3  # parts
_MOST_PIECES = 6
_BARE, _BARE_HAN = 2, 3  # words, or Chinese characters, that are no whole question
_SHORTEST = 2  # words, or Chinese characters over two


def question(texts: Sequence[str], judge: Judge = unknown) -> str:
    """The whole of a burst, courtesies left out where there is more."""
    cut = _cut(_MARKS, texts)
    return " ".join([part for part in cut if kind(part, judge) is None] or cut)


def pieces(texts: Sequence[str]) -> list[str]:
    """The finest pieces of a burst, a few at most: the last has all the rest."""
    cut = _cut(_JOINTS, _cut(_MARKS, texts))
    return [*cut[: _MOST_PIECES - 1], *filter(None, [" ".join(cut[_MOST_PIECES - 1 :])])]


def ways(texts: Sequence[str], judge: Judge = unknown) -> Iterator[list[str]]:
    """The ways to take a burst apart, each with two or three parts."""
    marked = [part for part in _cut(_MARKS, texts) if kind(part, judge) is None]
    joined = [part for part in _cut(_JOINTS, marked) if kind(part, judge) is None]
    seen: list[list[str]] = []
    for parts in (joined, marked):
        parts = [_LEADS.sub("", part).strip() for part in parts]
        if 2 <= len(parts) <= _MOST and all(map(_long, parts)) and parts not in seen:
            seen.append(parts)
            yield parts


def is_remark(part: str) -> bool:
    """Whether a part only says something of the shopper: "I'm in Germany", 「我穿43码」."""
    return bool(_REMARK.match(part)) and not _ASKS.search(part)


def bare(text: str) -> bool:
    """Whether a question is a word or two, or three Chinese characters."""
    words = words_only(fold(text))
    return len(words) <= _BARE_HAN if has_han(words) else len(words.split()) <= _BARE


def _cut(at: re.Pattern[str], texts: Sequence[str]) -> list[str]:
    return [part.strip() for text in texts for part in at.split(text) if part and part.strip()]


def _long(part: str) -> bool:
    words = words_only(fold(part))
    return len(words) >= 2 * _SHORTEST if has_han(words) else len(words.split()) >= _SHORTEST
