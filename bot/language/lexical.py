"""Words for BM25, in Chinese and English alike. It cuts text into tokens; bm25s does the ranking.

English words are lower-cased and stemmed (Snowball); Chinese runs become characters and bigrams,
which needs no dictionary and survives a mistyped character. Full-width forms, traditional
characters and accents are folded first, so that 「ＶＩＰ　退貨」 and "vip 退货" are the same.
"""

import re
import unicodedata
from functools import lru_cache

import Stemmer

from bot.language import wording

_STEMMER = Stemmer.Stemmer("english")
_PIECES = re.compile(rf"[a-z0-9]+(?:'[a-z]+)?|{wording.HAN}+|[^\W\d_]+")
_HAN = re.compile(wording.HAN)


def fold(text: str) -> str:
    """`text` in half-width, lower-case, unaccented, simplified characters."""
    text = wording.fold(text)
    if not text.isascii():
        apart = unicodedata.normalize("NFD", text)
        text = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return text


def tokens(text: str) -> list[str]:
    """The tokens of `text`, in order, with repeats."""
    found: list[str] = []
    for piece in _PIECES.findall(fold(text)):
        if _HAN.match(piece):
            found.extend(piece)
            found.extend(piece[i : i + 2] for i in range(len(piece) - 1))
        else:
            found.append(stem(piece))
    return found


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a lower-case English word."""
    return str(_STEMMER.stemWord(word.removesuffix("'s")))
