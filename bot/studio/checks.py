"""What a draft must not be, whatever its facts: a refusal, a prompt's remains, another language,
another product's text, stuffed with a word, too long, or in words that the shop avoids.

It says where and how to mend it, as every checker does (`Checker`). It knows no product's facts;
those are the ledger's.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.language.detect import detect_language
from bot.language.phrases import pieces_of
from bot.language.wording import fold
from bot.studio.brief import Brief, Voice
from bot.studio.item import Item
from bot.studio.ledger.ledger import spans
from bot.studio.ledger.mentions import pattern
from bot.texts import t
from bot.types import Language
from bot.writing.grounding import leaks
from bot.writing.grounding.words import content, is_foreign

_SHARE = 0.12  # of a text's words that one word may be
_TIMES = 5  # … from so many times on
_FEW = 12  # words of a text that is too short to be stuffed
_OTHER = 4  # words in a row of another product's name
_LATIN = 4  # words in Latin letters that make a Chinese sentence an English one


class Finding(Protocol):
    """`text[start:end]` is not as it should be; `key` is the text that says why and how to mend it,
    `law` the names of what it stands on."""

    @property
    def rule(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def law(self) -> tuple[str, ...]: ...

    def why(self, language: str) -> str:
        """Why it is found and how to mend it."""

    def laws(self, language: str) -> tuple[str, ...]:
        """The legal basis, as people call it."""


Checker = Callable[[str, str], Sequence[Finding]]
"""What looks through a text in a language: `bot.studio.claims.findings`, for one."""


@dataclass(frozen=True)
class Fault:
    """A finding of this module; `said` fills the text's places."""

    rule: str
    start: int
    end: int
    said: str = ""

    @property
    def key(self) -> str:
        return f"drafts.fault_{self.rule}"

    @property
    def law(self) -> tuple[str, ...]:
        return ()

    def why(self, language: str) -> str:
        return t(self.key, language, said=self.said)

    def laws(self, language: str) -> tuple[str, ...]:
        return ()


def faults(text: str, item: Item, brief: Brief, voice: Voice, names: "Names") -> Iterator[Fault]:
    """Everything that is wrong with a draft as a text; `names` are those of other products."""
    if not text.strip():
        yield Fault("empty", 0, 0)
        return
    sentences = list(spans(text))
    for sentence, start in sentences:
        end = start + len(sentence)
        folded = fold(sentence)
        if pattern("refusal").search(folded):
            yield Fault("refusal", start, end)
        elif pattern("remnant").search(folded) or leaks.is_meta(sentence):
            yield Fault("remnant", start, end)
        elif _foreign(sentence, item.language):
            yield Fault("language", start, end)
    yield from _stuffed(text, item)
    yield from _anothers(text, item, names)
    longest = brief.limit("text")
    if longest and len(text) > longest:
        yield Fault("long", longest, len(text), str(longest))
    folded = text.lower()
    for word in voice.avoid:
        at = folded.find(word.lower())
        if at >= 0:
            yield Fault("avoided", at, at + len(word), word)


def _foreign(sentence: str, language: Language) -> bool:
    if detect_language(sentence, language) == language:
        return language == "en" and is_foreign(sentence)
    letters = [each for each in sentence.split() if each.isascii() and each.isalpha()]
    return language == "en" or len(letters) >= _LATIN


def _stuffed(text: str, item: Item) -> Iterator[Fault]:
    """A word that comes again and again, where it is none of the product's name."""
    own = frozenset(content(item.name))
    words = [each for each in content(text) if each not in own]
    if len(words) < _FEW:
        return
    word, times = Counter(words).most_common(1)[0]
    if times >= _TIMES and times / len(words) > _SHARE:
        at = max(0, text.lower().find(word))
        yield Fault("stuffed", at, at + len(word), word)


class Names:
    """The names of all products, found in texts by how they begin."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_start: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name in dict.fromkeys(names):
            folded = fold(name)
            if len(folded) >= _OTHER:
                self._by_start[pieces_of(folded)[0]].append((folded, name))

    def within(self, folded: str) -> Iterator[str]:
        """The names that stand in folded text, each once."""
        for piece in dict.fromkeys(pieces_of(folded)):
            for known, name in self._by_start.get(piece, ()):
                if known in folded:
                    yield name


def _anothers(text: str, item: Item, names: Names) -> Iterator[Fault]:
    """Another product's whole name, where it is no part of this one's."""
    own = fold(item.name)
    for name in names.within(fold(text)):
        if fold(name) not in own:
            at = max(0, text.lower().find(name.lower()))
            yield Fault("other_product", at, at + len(name), name)
