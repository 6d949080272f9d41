"""How easy a text reads: Flesch's reading ease for English, the length of sentences for both.

Flesch (1948): 206.835 - 1.015 words a sentence - 84.6 syllables a word; 60 and more is plain
English. Chinese has no such formula that is agreed on, so sentences and clauses are counted.
"""

import re
from dataclasses import dataclass
from statistics import fmean

from bot.language.sentences import sentences
from bot.language.wording import HAN, has_han

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_VOWELS = re.compile(r"[aeiouy]+")
_HAN = re.compile(HAN)
_HARD = 40.0  # Flesch's ease below which a text is hard
_LONG = {"en": 25.0, "zh": 45.0}  # words, characters of a sentence on average
_ENOUGH = {"en": 12, "zh": 20}  # below which nothing is said of a text


@dataclass(frozen=True)
class Readability:
    """`ease` is Flesch's, None for Chinese; `length` the mean sentence, words or characters."""

    language: str
    ease: float | None
    length: float
    size: int

    @property
    def hard(self) -> bool:
        """Whether shorter sentences and words would help."""
        if self.size < _ENOUGH[self.language]:
            return False
        return self.length > _LONG[self.language] or (self.ease is not None and self.ease < _HARD)


def readability(text: str) -> Readability:
    """Of a text, as its letters say in which language."""
    every = [each for each in sentences(text) if each.strip()]
    if has_han(text):
        sizes = [len(_HAN.findall(each)) for each in every]
        return Readability("zh", None, round(fmean(sizes or [0]), 1), sum(sizes))
    words = [_WORD.findall(each) for each in every]
    found = [word for each in words for word in each]
    if not found:
        return Readability("en", None, 0.0, 0)
    length = len(found) / max(1, len([each for each in words if each]))
    ease = 206.835 - 1.015 * length - 84.6 * fmean(map(_syllables, found))
    return Readability("en", round(ease, 1), round(length, 1), len(found))


def _syllables(word: str) -> int:
    """About how many: groups of vowels, a last silent "e" left out."""
    word = word.lower()
    count = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith(("le", "ee")) and count > 1:
        count -= 1
    return max(1, count)
