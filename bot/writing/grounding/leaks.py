"""What a sentence gives away or goes on about: the prompt's own words, being a machine, its orders.

A prompt's words are known by runs of five words (or ten Chinese characters) that the passages do
not hold. It also knows courtesies, which state nothing, and claims to have acted, which the bot
never does.
"""

import re
from collections.abc import Iterable
from functools import cache

from bot.language.wording import HAN, fold, rule, words_only

_WORDS, _CHARACTERS = 5, 10  # a run that long is no accident
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|\$\w+|<[^<>]*>")


def shingles(text: str) -> frozenset[str]:
    """The runs of words and of Chinese characters in `text`."""
    folded = words_only(fold(text))
    words = re.sub(HAN, " ", folded).split()
    han = re.sub(rf"(?!{HAN}).", "", folded)
    runs = {" ".join(words[at : at + _WORDS]) for at in range(len(words) - _WORDS + 1)}
    runs |= {han[at : at + _CHARACTERS] for at in range(len(han) - _CHARACTERS + 1)}
    return frozenset(runs)


def prompt_shingles(prompts: Iterable[str]) -> frozenset[str]:
    """The runs that a sentence may not repeat, from the prompts' texts."""
    return frozenset().union(*(shingles(_PLACEHOLDER.sub("\n", each)) for each in prompts))


def is_meta(text: str) -> bool:
    """Whether `text` is about the machine, its instructions or its sources as such."""
    return bool(rule("grounding", "meta").search(fold(text)))


def is_courtesy(text: str) -> bool:
    """Whether the whole of `text` is a courtesy that states nothing."""
    return bool(_courtesies().fullmatch(words_only(fold(text))))


@cache
def _courtesies() -> re.Pattern[str]:
    one = rule("grounding", "courtesy").pattern
    return re.compile(rf"{one}(?: ?{one}){{0,3}}")


def acts(text: str) -> list[str]:
    """The claims in `text` to have done something or to be doing it."""
    return [found[0] for found in rule("grounding", "acts").finditer(fold(text))]
