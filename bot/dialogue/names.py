"""The names in a text by their kinds, and what an entry is about: what `contradictions` compares.

Kinds come from form (codes, dates, measures, "size 42"), from the world (countries, names that a
dictionary knows), and from the shop's knowledge (values in one column of its products, words that
take each other's place in phrasings of different entries). Nothing is judged here.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence, Set
from functools import cached_property, lru_cache
from typing import TypeVar

import rjieba

from bot.knowledge.entry import Entry
from bot.knowledge.index import Index
from bot.language import cedict
from bot.language.lexical import stem
from bot.language.phrases import Phrases, tokenise
from bot.language.territories import territories, without_territories
from bot.language.wording import HAN, fold, grammar, has_han, plain, rule, words_only
from bot.writing.grounding.facts import facts, without_facts
from bot.writing.grounding.statements import clauses
from bot.writing.grounding.words import content, function_words

Said = TypeVar("Said")
Name = tuple[str, str]
"""What kind of name, and the name: ("place", "AT"), ("code:e", "e5")."""
Frame = tuple[str, ...]
"""The words of a phrasing, one of them left out."""

SPOKEN = ("column:", "name")  # kinds whose names are other words in another language
_MOST = 0.5  # share of an entry's phrasings that say what it is about
_SHORTEST_FRAME, _LONGEST_FRAME = 3, 12  # words
_LONGER = 8  # characters that one word may have more than another
_SHORTEST_WORD = 4  # letters of the words that an index keeps
_ALTERNATIVES = 3  # words that make a frame's words a kind: of two, one may be a synonym
_LONGEST_VALUE = 3  # words
_EXACT = frozenset({"measure", "percent", "date"})
_LIMITS = frozenset({"money", "duration"})  # "after 40 days?" is answered by "within 30"
_LETTER, _DIGIT = re.compile(r"[a-z]"), re.compile(r"\d")
_JOINTS = re.compile(r"[,;，、；/|和]|\band\b")
_NUMBERED = re.compile(
    rf"(?:(?P<en>\b[a-z]{{3,}})[ -]?(?:no\.? ?|#)?|(?P<zh>{HAN}{{2}}) ?)(?P<no>\d{{1,4}})"
    rf"(?![\w.,:%-]|\s*{HAN})(?! [a-z])"
)
_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][A-Za-z]{3,}")
_LATIN = re.compile(r"(?<![a-z0-9'])[a-z]{4,}(?![a-z0-9'])")
_ENDING = re.compile(r"(?<=..)[省市县区网]$|(?<=^.)[语文]$")  # 「江苏」 is 「江苏省」


@lru_cache(maxsize=1)
def shop_of(index: Index) -> "Shop":
    """What this build teaches; of the one that is served it is kept."""
    return Shop(index)


class Shop:
    """The names that one build of the knowledge teaches, and what its entries are about."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.about = lru_cache(maxsize=4096)(self._about)
        self.names = lru_cache(maxsize=1024)(self._names)

    def _about(self, entry_id: str) -> "About":
        languages = self.index.languages_of(entry_id)
        return About(self, [self.index.entry(entry_id, each) for each in languages])

    def _names(self, text: str) -> frozenset[Name]:
        """The names in a text: those that their form tells, countries, other names, and the
        catalogue's values."""
        found = {*_by_form(text), *(("place", code) for code in territories(text))}
        found.update(("name", each) for each in _proper(text))
        tokens, at = tokenise(_stemmed(text)), 0
        while at < len(tokens):
            value = self._values.at(tokens, at)
            found.update(value[0] if value else ())
            at = value[1] if value else at + 1
        return frozenset(found)

    @cached_property
    def _values(self) -> Phrases[frozenset[Name]]:
        """The values of the products' attributes in words, each in the columns that have it."""
        found: dict[str, frozenset[Name]] = {}
        for entry in self.index.entries.values():
            for label, value in entry.facts.attributes if entry.facts else ():
                for part in map(str.strip, _JOINTS.split(fold(value))):
                    if 0 < len(part.split()) <= _LONGEST_VALUE and not _DIGIT.search(part):
                        words, name = _stemmed(part), (f"column:{fold(label)}", part)
                        found[words] = found.get(words, frozenset()) | {name}
        return Phrases(found)

    def heard(self, word: str) -> bool:
        """Whether a text of the shop's has the English stem; True for one that is too short to
        be kept."""
        return len(word) < _SHORTEST_WORD or word in self._stems

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(map(stem, self.index.words))

    def together(self, some: Set[Name], others: Set[Name]) -> bool:
        """Whether an entry has one of each: Google and Gmail are no alternatives."""
        return any(
            any(name in text for _, name in some) and any(name in text for _, name in others)
            for text in map(_whole, self.index.entries.values())
        )

    def are_alternatives(self, frame: Frame) -> bool:
        """Whether several entries have a word of their own in this frame."""
        return frame in self._frames

    @cached_property
    def _frames(self) -> frozenset[Frame]:
        """Read when an entry and a question have a frame in common, which is seldom."""
        found: dict[Frame, dict[str, str]] = defaultdict(dict)
        for entry in self.index.entries.values():
            for phrasing in _phrasings(entry) if entry.kind == "faq" else ():
                for frame, word in frames_of(phrasing):
                    found[frame].setdefault(word, entry.id)
        return frozenset(
            frame for frame, words in found.items() if len({*words.values()}) >= _ALTERNATIVES
        )


class About:
    """What an entry says in all its languages, each side read when it is asked for."""

    def __init__(self, shop: Shop, entries: Sequence[Entry]) -> None:
        self._shop = shop
        self._entries = entries
        self._phrasings = [each for entry in entries for each in _phrasings(entry)]
        self.languages = frozenset(entry.lang for entry in entries)

    @cached_property
    def text(self) -> str:
        """All of it."""
        return "\n".join([*self._phrasings, *(entry.answer for entry in self._entries)])

    @cached_property
    def folded(self) -> str:
        """The same, folded."""
        return fold(self.text)

    @cached_property
    def names(self) -> frozenset[Name]:
        """The names that most of its phrasings in a language bear: what it is about."""
        return self._mostly(self._shop.names)

    @cached_property
    def named(self) -> frozenset[Name]:
        """Every name in it."""
        return self._shop.names(self.text)

    @cached_property
    def abroad(self) -> bool:
        """Whether it speaks of places without naming each: the EU, everywhere, abroad."""
        return rule("grounding", "groups").search(self.folded) is not None

    def frames(self, question: str) -> dict[Frame, str]:
        """The frames of its phrasings that are about as long as the question, each with the word
        that stands there."""
        return {
            frame: word
            for each in self._phrasings
            if abs(len(each) - len(question)) <= _LONGER
            for frame, word in frames_of(each)
        }

    @cached_property
    def often(self) -> frozenset[str]:
        """The words that most of its phrasings in a language have."""
        return self._mostly(lambda text: frozenset(content(text)))

    @cached_property
    def phrased(self) -> frozenset[str]:
        """The words of its phrasings."""
        return frozenset(word for each in self._phrasings for word in content(each))

    @cached_property
    def words(self) -> frozenset[str]:
        """All its words."""
        return self.phrased | frozenset(content(self.text))

    @cached_property
    def unwanted(self) -> frozenset[str]:
        """What those do not want whom it is for."""
        wishes = filter(None, map(unwanted, self._phrasings))
        return frozenset(word for denied, _ in wishes for word in denied)

    def _mostly(self, read: Callable[[str], frozenset[Said]]) -> frozenset[Said]:
        found: set[Said] = set()
        for phrasings in map(_phrasings, self._entries):
            counts = Counter(value for each in phrasings for value in read(each))
            found |= {value for value, n in counts.items() if n >= _MOST * len(phrasings)}
        return frozenset(found)


def _by_form(text: str) -> Iterator[Name]:
    for fact in facts(text):
        name = " ".join(map(str, fact.values))
        if fact.kind == "code":
            name = name.replace("-", "")
            yield f"code:{_DIGIT.split(name)[0]}", name
            yield f"code:{_LETTER.sub('a', _DIGIT.sub('9', name))}", name
        elif fact.kind in _EXACT or (fact.kind in _LIMITS and not fact.bound):
            yield f"{fact.kind}:{fact.unit}", name
    for numbered in _NUMBERED.finditer(fold(text)):
        word = numbered["en"] or numbered["zh"]
        if word not in function_words():
            yield f"number:{word}", numbered["no"]


def _whole(entry: Entry) -> str:
    return "\n".join((*_phrasings(entry), entry.answer)).lower()


def _phrasings(entry: Entry) -> tuple[str, ...]:
    return (entry.question or entry.title, *entry.variants)


@lru_cache(maxsize=4096)
def _stemmed(text: str) -> str:
    return " ".join(stem(each.text) for each in tokenise(fold(text)))


@lru_cache(maxsize=4096)
def frames_of(phrasing: str) -> tuple[tuple[Frame, str], ...]:
    """The phrasing with each of its content words left out in turn, and that word."""
    folded = fold(phrasing)
    cut = rjieba.cut(folded) if has_han(folded) else words_only(folded).split()
    words = [each for each in cut if each[0].isalnum()]
    telling = [at for at, each in enumerate(words) if each not in function_words()]
    if len(telling) < 2 or not _SHORTEST_FRAME <= len(words) <= _LONGEST_FRAME:
        return ()
    words = list(map(stem, words))
    return tuple(((*words[:at], "", *words[at + 1 :]), words[at]) for at in telling)


def unwanted(text: str) -> tuple[list[str], frozenset[str]] | None:
    """The words that a text says are not wanted, and its other words; None where it denies no
    wish."""
    wish = rule("dialogue", f"unwanted_{grammar(text)}")
    denied: list[str] = []
    rest: set[str] = set()
    for clause in map(fold, clauses(text)):
        found = wish.search(clause)
        denied += content(found["what"]) if found else ()
        rest.update(content(clause[: found.start()] + clause[found.end() :] if found else clause))
    return (denied, frozenset(rest)) if denied else None


def _proper(text: str) -> set[str]:
    """The names of people, firms, towns and the like in a text, folded; no countries."""
    rest = without_facts(without_territories(text))
    if has_han(text):
        words = (each for each in rjieba.cut(rest) if len(each) > 1 and not each.isascii())
        han = {_ENDING.sub("", each) for each in words if cedict.is_name(each)}
        return han | {each for each in _LATIN.findall(rest) if each not in cedict.english_words()}
    capitals = set(map(fold, _CAPITAL.findall(plain(text)))) - cedict.english_words()
    return {each for each in _LATIN.findall(rest) if each in capitals or cedict.is_name(each)}
