"""Texts made to be slow to read: long rows of every kind of character, of the rules' own words, and
of mixtures of both. Each is a short piece, to be repeated to whatever length (`filled`)."""

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.paths import BOT

_WORD = re.compile(r"[^\W\d_][\w' ]*")
LEXICONS = BOT / "language" / "lexicons"

CHARACTERS = (
    *".…!?,;:-–—_~。！，、 \n\t\u3000\u200b\u00ad\ufe0f\u202e\u2066\u0301\u0316",
    *"07aAéßİж中你一かカ한اﷺ①Ａ😡👍😭@'\"`’“()[]{}<>«【（#*+&%$€=/\\|^",
    *("🇨🇳", "👍🏽", "👨\u200d👩\u200d👧\u200d👦", "❤\ufe0f", "e\u0301", "a\u0327\u0301\u0316"),
)
_OPEN = "( [a]( [a](b) ![ ]( <a <a> </a> <!-- **a ** *a* ~~a __a `a () http:// http://a.b/ www. ://"
_NUMBERS = "1- 1. 1, 1: 01 0. #1 #a-1 W-1 W-2001 ab12- AB1- 1,000, $1 1% 1-1 +1 +49 (0 0) 00 13800"
_LETTERS = "a. A. a- a_ a' ab aB a@ a@a a@a. @a x.y. .. ., ?! ha lol no hi the to not please cancel"
_HAN = "谢 谢谢 你好 不 不要 一一 一至 第一 3天 我要 的 吗？ 哈哈 人工 ，你"
_LINES = (
    "\r\n",
    "\n\n",
    "\n-",
    "a\n",
    "## a\n",
    "- a\n",
    "1. a\n",
    "|-|\n",
    "```\n",
    "> a\n",
    "# ",
)
FORMS = (
    *(
        form + space
        for form in f"{_OPEN} {_NUMBERS} {_LETTERS} {_HAN}".split()
        for space in ("", " ")
    ),
    *(
        *_LINES,
        "a ",
        "A ",
        "1 2",
        "a a b ",
        "i want to ",
        "where is my ",
        "thank you ",
        "my order ",
    ),
)


@cache
def pieces(seed: int = 1, mixtures: int = 150, words: int = 400) -> tuple[str, ...]:
    """What is repeated: every character and form, a draw of the rules' words, mixtures of all."""
    chance = random.Random(seed)
    own = sorted({word for path in sorted(LEXICONS.glob("*.yaml")) for word in _words(path)})
    drawn = chance.sample(own, min(words, len(own)))
    simple = [*CHARACTERS, *FORMS, *drawn, *(f"{word} " for word in drawn)]
    mixed = ["".join(chance.choices(simple, k=chance.randint(2, 5))) for _ in range(mixtures)]
    return tuple(dict.fromkeys([*simple, *mixed]))


def filled(piece: str, length: int, end: str = "") -> str:
    """`piece` again and again, `length` characters; at `end` a rule that hoped is let down."""
    return (piece * (length // len(piece) + 1))[:length] + end


def _words(path: Path) -> Iterator[str]:
    """The words in a lexicon's rules, and its plain words."""
    yield from _said(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _said(each)
    elif isinstance(value, list):
        for each in value:
            yield from _said(each)
    elif value is not None:
        # A rule's letters without its signs: "cancel(?:l?ed)?" says "cancel", "l" and "ed".
        yield from (word.strip() for word in _WORD.findall(str(value)) if word.strip())
