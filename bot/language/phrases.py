"""Text as words and Chinese characters, and phrases found among them, the longest first.

Whoever reads words of a closed list (units, ways to ask, a catalogue's own names) reads them by
this: one pass, no regular expression that could backtrack. It works on folded text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from bot.language.wording import HAN, fold

Payload = TypeVar("Payload")

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?|\.\d+"
_WORD = rf"(?:(?!{HAN})[^\W\d_])+(?:'[a-z]+)?"
_PIECE = re.compile(rf"{_NUMBER}|{HAN}|{_WORD}|\S")


class Token(NamedTuple):
    """A word, a number, a Chinese character or a sign; `text[start:end]` of the folded text."""

    text: str
    start: int
    end: int


def tokenise(folded: str) -> list[Token]:
    """The tokens of folded text, in order."""
    return [Token(each.group(), each.start(), each.end()) for each in _PIECE.finditer(folded)]


def pieces_of(folded: str) -> list[str]:
    """The texts of the tokens alone, which is quicker."""
    return _PIECE.findall(folded)


class Phrases(Generic[Payload]):
    """Phrases with what each stands for."""

    def __init__(self, payloads: Mapping[str, Payload] | Iterable[tuple[str, Payload]]) -> None:
        pairs = payloads.items() if isinstance(payloads, Mapping) else payloads
        self._of = {
            tuple(token.text for token in tokenise(fold(phrase))): payload
            for phrase, payload in pairs
        }
        self._longest = max(map(len, self._of), default=0)
        self._first = frozenset(words[0] for words in self._of if words)

    def at(self, tokens: Sequence[Token], at: int) -> tuple[Payload, int] | None:
        """What stands at the place `at`, and the place behind it; None when nothing does."""
        if at >= len(tokens) or tokens[at].text not in self._first:
            return None
        longest = min(self._longest, len(tokens) - at)
        words = tuple(token.text for token in tokens[at : at + longest])
        for length in range(longest, 0, -1):
            payload = self._of.get(words[:length])
            if payload is not None:
                return payload, at + length
        return None
