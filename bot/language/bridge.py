"""A dictionary bridge: Chinese as a bag of English words, for an encoder that knows no Chinese.

Each segmented word (rjieba) is replaced by the shop's own gloss (`lexicons/shop_terms.yaml`) or the
first sense in CC-CEDICT. The result is no translation and is never shown; it only has to land near
the right entry. An encoder that knows Chinese needs no bridge and gets the text as it is.
"""

import re
from functools import cache, lru_cache
from pathlib import Path

import rjieba
import yaml

from bot.language import cedict
from bot.language.lexical import fold
from bot.language.wording import HAN, has_han

_HAN_RUN = re.compile(f"({HAN}+)")
_SHOP_TERMS = Path(__file__).parent / "lexicons" / "shop_terms.yaml"


def encodable(text: str, *, multilingual: bool) -> str:
    """What the encoder is to be given for `text`."""
    if multilingual or not has_han(text):
        return text
    return to_english(text)


@lru_cache(maxsize=4096)
def to_english(text: str) -> str:
    """Chinese runs of `text` as English words, the rest as it is."""
    words: list[str] = []
    for run in _HAN_RUN.split(fold(text)):
        if has_han(run):
            words.extend(_glosses(run))
        elif run.strip():
            words.append(run.strip())
    return " ".join(words) or text


def _glosses(run: str) -> list[str]:
    terms = shop_terms()
    found: list[str] = []
    for word in _segment(run):
        gloss = terms.get(word)
        if gloss is None:
            gloss = cedict.gloss(word)
        found.extend([gloss] if gloss is not None else _parts(word))
    return [gloss for gloss in found if gloss]


def _segment(run: str) -> list[str]:
    """Words of a Chinese run: the longest shop terms first, the rest by the segmenter."""
    terms, longest = shop_terms(), _longest_term()
    words: list[str] = []
    rest = ""
    at = 0
    while at < len(run):
        for size in range(min(longest, len(run) - at), 2, -1):
            if run[at : at + size] in terms:
                words.extend(rjieba.cut(rest) if rest else ())
                words.append(run[at : at + size])
                rest = ""
                at += size
                break
        else:
            rest += run[at]
            at += 1
    return words + (rjieba.cut(rest) if rest else [])


def _parts(word: str) -> list[str]:
    """Glosses of a word that no dictionary has: of its longest known pieces, from the left."""
    terms = shop_terms()
    found: list[str] = []
    at = 0
    while at < len(word):
        for size in range(len(word) - at, 0, -1):
            piece = word[at : at + size]
            gloss = terms[piece] if piece in terms else cedict.gloss(piece)
            if gloss is not None:
                found.append(gloss)
                at += size
                break
        else:
            at += 1
    return found


@cache
def shop_terms() -> dict[str, str]:
    """The shop's own glosses by Chinese word; "" drops the word."""
    loaded = yaml.load(_SHOP_TERMS.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {str(word): str(gloss or "") for word, gloss in loaded.items()}


@cache
def _longest_term() -> int:
    return max(map(len, shop_terms()))
