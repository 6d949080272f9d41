"""Short phrases that are exact language: "yes", 「人工」, "log out". All of a text, or nothing.

The phrases are in `lexicons/exact.yaml`, plain words without patterns. What is said in any other
way is for the heads (`heads.py`) to tell; these are what must be heard without any of them.
"""

from functools import cache, lru_cache

from bot.language.phrases import Phrases, tokenise
from bot.language.wording import fold, lexicon, words_only

_FILLER = "filler"  # stands around the others and says nothing
_LONGEST = 60  # characters


@lru_cache(maxsize=1024)  # many rules ask of the same message
def kinds(text: str) -> frozenset[str]:
    """The kinds of phrases that all of `text` is made of; empty where anything else is in it."""
    words = words_only(fold(text)) if len(text) <= 2 * _LONGEST else ""
    if not words or len(words) > _LONGEST:
        return frozenset()
    tokens, phrases = tokenise(words), _phrases()
    found: set[str] = set()
    at = 0
    while at < len(tokens):
        phrase = phrases.at(tokens, at)
        if phrase is None:
            return frozenset()
        said, at = phrase
        found.update(said)
    return frozenset(found - {_FILLER})


@cache
def _phrases() -> Phrases[tuple[str, ...]]:
    named: dict[str, tuple[str, ...]] = {}
    for kind, phrases in lexicon("exact").items():
        for phrase in phrases:
            named[fold(str(phrase))] = (*named.get(fold(str(phrase)), ()), kind)
    return Phrases(named)
