"""Mends slips of the finger with the words that the knowledge itself uses.

English: a word that neither the knowledge nor a dictionary has becomes the knowledge's word one or
two letters away. Chinese: two single characters that make no word become the shop word that sounds
the same (「退或」 → 「退货」), the usual slip of pinyin typing. Known words are never touched.
"""

import re
from collections import defaultdict
from collections.abc import Set
from functools import cache
from itertools import product

import rjieba

from bot.language import bridge, cedict
from bot.language.spelling import nearest
from bot.language.territories import territories
from bot.language.wording import HAN

WORD = re.compile(r"[a-z]{4,}")
_TYPED_WORD = re.compile(r"[A-Za-z]{4,}")
_HAN_RUN = re.compile(HAN + "{2,}")
_LONG_WORD = 8  # letters from which two slips are believed
_LONGEST_WORD = 40  # letters
_MOST_WORDS = 60  # different words of a text that are mended; each is compared with all known ones


def corrected(text: str, words: Set[str]) -> str:
    """`text` with slips mended; `words` are the knowledge's own, in lower case."""
    tried: dict[str, str] = {}

    def mended(match: re.Match[str]) -> str:
        typed = match.group()
        if typed not in tried:
            if len(tried) >= _MOST_WORDS or len(typed) > _LONGEST_WORD:
                return typed
            tried[typed] = _english(typed, words)
        return tried[typed]

    return _HAN_RUN.sub(lambda match: _chinese(match.group()), _TYPED_WORD.sub(mended, text))


def _english(typed: str, words: Set[str]) -> str:
    word = typed.lower()
    if word in words or word in cedict.english_words() or _is_inflected(word, words):
        return typed
    if territories(word):
        return typed  # "Spain" is no slip for "stain"
    slips = 2 if len(word) >= _LONG_WORD else 1
    meant = nearest(word, words, slips=slips)
    return meant[0] if meant else typed


def _is_inflected(word: str, words: Set[str]) -> bool:
    stems = [word.removesuffix(ending) for ending in ("s", "es", "ed", "ing", "ly", "d", "er")]
    known = cedict.english_words()
    return any(
        stem != word and (stem in words or stem in known or f"{stem}e" in known) for stem in stems
    )


def _chinese(run: str) -> str:
    pieces = list(rjieba.cut(run))
    for at in range(len(pieces) - 1):
        pair = pieces[at] + pieces[at + 1]
        if len(pieces[at]) == len(pieces[at + 1]) == 1 and cedict.gloss(pair) is None:
            pieces[at : at + 2] = [*(_same_sound(pair) or pair)]
    return "".join(pieces)


def _same_sound(pair: str) -> str | None:
    """The one shop word that sounds like `pair` and shares a character with it."""
    sounds = product(*(cedict.sounds(character) for character in pair))
    found = {
        word
        for sound in sounds
        for word in _by_sound().get(sound, ())
        if word[0] == pair[0] or word[1] == pair[1]
    }
    return found.pop() if len(found) == 1 and pair not in found else None


@cache
def _by_sound() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Two-character shop words by their toneless pinyin."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in bridge.shop_terms():
        if len(word) == 2:
            for sound in product(*(cedict.sounds(character) for character in word)):
                found[sound].append(word)
    return {sound: tuple(words) for sound, words in found.items()}
