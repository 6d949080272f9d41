"""The world's countries and territories, by their names in the languages that shoppers write.

`territories.json` holds the names (Unicode CLDR's, from `phonenumbers`, Apache-2.0) by ISO code;
`python -m tests.support.territories` makes it. Importing them from there takes .4 s and 100 MB. It
knows no towns, and says nothing of which territory lies in which.
"""

import json
import re
from functools import cache, lru_cache
from pathlib import Path

from bot.language.phrases import Phrases, tokenise
from bot.language.wording import fold, plain

FILE = Path(__file__).with_suffix(".json")
# In small letters "us" is a country behind "the" and in a list of places.
_US = re.compile(
    r"\bUS\b|\b[Uu]\.[Ss]\.|(?<=\b[Tt]he )us\b|(?<=\bEU, )us\b|(?<=\beu, )us\b"
    r"|(?<=\buk, )us\b|(?<=\buk and )us\b|(?<=\buk or )us\b"
)


@lru_cache(maxsize=4096)
def territories(text: str) -> frozenset[str]:
    """The ISO codes of the countries and territories that `text` names."""
    return frozenset({"US"} if _US.search(plain(text)) else ()) | {
        code for code, *_ in _found(text)
    }


def without_territories(text: str) -> str:
    """Folded `text` without those names."""
    folded = fold(text)
    for _, start, end in reversed(_found(text)):
        folded = f"{folded[:start]} {folded[end:]}"
    return _US.sub(" ", folded)


def _found(text: str) -> list[tuple[str, int, int]]:
    """Each name's code, and its place in the folded text."""
    tokens, names = tokenise(fold(text)), _names()
    found = []
    at = 0
    while at < len(tokens):
        named = names.at(tokens, at)
        to = named[1] if named else at + 1
        if named:
            found.append((named[0], tokens[at].start, tokens[to - 1].end))
        at = to
    return found


@cache
def _names() -> Phrases[str]:
    by_code = json.loads(FILE.read_text(encoding="utf-8"))
    return Phrases({name: code for code, names in by_code.items() for name in names})
