"""The world's countries and territories, by their names in the languages that shoppers write.

`territories.json` holds the names (Unicode CLDR's, from `phonenumbers`, Apache-2.0) by ISO code;
`python -m tests.support.territories` makes it. Importing them from there would take .4 s and 100 MB.
It knows no towns, and says nothing of which territory lies in which.
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
    tokens, names = tokenise(fold(text)), _names()
    found = {"US"} if _US.search(plain(text)) else set()
    at = 0
    while at < len(tokens):
        named = names.at(tokens, at)
        at = named[1] if named else at + 1
        found.update([named[0]] if named else [])
    return frozenset(found)


@cache
def _names() -> Phrases[str]:
    by_code = json.loads(FILE.read_text(encoding="utf-8"))
    return Phrases({name: code for code, names in by_code.items() for name in names})
