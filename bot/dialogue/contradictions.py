"""Whether an entry is about another thing than the question, however alike they read.

"Error E6" is not answered by what the shop knows of E5, nor "do you deliver to Germany" by an entry
on Austria. A name in the question that the entry lacks contradicts where most of the entry's
phrasings bear another of its kind. Kinds come from form (codes, dates, measures, "size 42"), from
the world (countries), and from the shop's knowledge (values in one column of its products, words
that take each other's place in phrasings of different entries). Two things more contradict: a
"yes" to a name that the knowledge has never heard of, and a wish that is denied. It decides
nothing: see `decide.py`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from typing import TypeVar

import rjieba

from bot.knowledge.entry import Entry
from bot.knowledge.index import Index
from bot.language import cedict
from bot.language.lexical import stem
from bot.language.phrases import Phrases, tokenise
from bot.language.territories import territories
from bot.language.wording import HAN, fold, has_han, plain, rule, words_only
from bot.types import Candidate, Language
from bot.writing.grounding.facts import facts
from bot.writing.grounding.statements import clauses
from bot.writing.grounding.words import content, function_words

Said = TypeVar("Said")
Name = tuple[str, str]
"""What kind of name, and the name: ("place", "AT"), ("code:e", "e5")."""
Frame = tuple[str, ...]
"""The words of a phrasing, one of them left out."""

LOOKED_AT = 3  # candidates: as many as may be offered
_LONGEST = 300  # characters of a question; a longer one is about more than one thing
_MOST = 0.5  # share of an entry's phrasings that say what it is about
_SHORTEST_FRAME, _LONGEST_FRAME = 3, 12  # words
_ALTERNATIVES = 3  # words that make a frame's words a kind: of two, one may be a synonym
_LONGEST_VALUE = 3  # words
_EXACT = frozenset({"measure", "percent", "date"})
_MOST_UNKNOWN = 5  # words that are looked for in all of a dictionary
_MODEL_DIGITS = 3
_LIMITS = frozenset({"money", "duration"})  # "after 40 days?" is answered by "within 30"
_LETTER, _DIGIT = re.compile(r"[a-z]"), re.compile(r"\d")
_JOINTS = re.compile(r"[,;，、；/|和]|\band\b")
_NUMBERED = re.compile(
    rf"(?:(?P<en>\b[a-z]{{3,}})[ -]?(?:no\.? ?|#)?|(?P<zh>{HAN}{{2}}) ?)(?P<no>\d{{1,4}})"
    rf"(?![\w.,:%-]|\s*{HAN})(?! [a-z])"
)
_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][\w&-]+")
_LATIN = re.compile(r"(?<![\w'])[A-Za-z][a-zA-Z&-]{3,}(?![\w'])")


def contradicted(
    question: str, candidates: Sequence[Candidate], index: Index
) -> tuple[Candidate, ...]:
    """The candidates, of the first few each with what in the question contradicts it."""
    if len(question) > _LONGEST:
        return tuple(candidates)
    asked = _Asked(question, _shop(index))
    return tuple(
        replace(each, contradicts=asked.contradiction(each)) if at < LOOKED_AT else each
        for at, each in enumerate(candidates)
    )


@lru_cache(maxsize=1)
def _shop(index: Index) -> "_Shop":
    return _Shop(index)


class _Shop:
    """The names that one build of the knowledge teaches, and what its entries are about."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.about = lru_cache(maxsize=4096)(self._about)

    def _about(self, entry_id: str) -> "_About":
        languages = self.index.languages_of(entry_id)
        return _About(self, [self.index.entry(entry_id, each) for each in languages])

    def names(self, text: str) -> frozenset[Name]:
        """The names in a text: those that their form tells, countries, and the catalogue's
        values."""
        found = {*_by_form(text), *(("place", code) for code in territories(text))}
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

    @cached_property
    def frames(self) -> dict[Frame, dict[str, set[str]]]:
        """The frames in which several entries have words of their own, each word with the ids of
        its entries."""
        found: dict[Frame, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for entry in self.index.entries.values():
            for phrasing in _phrasings(entry) if entry.kind == "faq" else ():
                for frame, word in _frames(phrasing):
                    found[frame][word].add(entry.id)
        return {
            frame: words
            for frame, words in found.items()
            if len({min(ids) for ids in words.values()}) >= _ALTERNATIVES
        }

    @cached_property
    def framed(self) -> dict[str, set[Frame]]:
        """The frames by the words that stand in them."""
        found: dict[str, set[Frame]] = defaultdict(set)
        for frame, words in self.frames.items():
            for word in words:
                found[word].add(frame)
        return found


class _About:
    """What an entry says in all its languages, each side read when it is asked for."""

    def __init__(self, shop: _Shop, entries: Sequence[Entry]) -> None:
        self._shop = shop
        self._entries = entries
        self._phrasings = [each for entry in entries for each in _phrasings(entry)]
        self.languages = frozenset(entry.lang for entry in entries)

    @cached_property
    def text(self) -> str:
        """All of it."""
        return "\n".join([*self._phrasings, *(entry.answer for entry in self._entries)])

    @cached_property
    def names(self) -> frozenset[Name]:
        """The names that most of its phrasings bear: what it is about."""
        return _most([self._shop.names(each) for each in self._phrasings])

    @cached_property
    def named(self) -> frozenset[Name]:
        """Every name in it."""
        return self._shop.names(self.text)

    @cached_property
    def abroad(self) -> bool:
        """Whether it speaks of places without naming each: the EU, everywhere, abroad."""
        return rule("grounding", "groups").search(fold(self.text)) is not None

    @cached_property
    def often(self) -> frozenset[str]:
        """The words that most of its phrasings have."""
        return _most([frozenset(content(each)) for each in self._phrasings])

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
        wishes = filter(None, map(_unwanted, self._phrasings))
        return frozenset(word for denied, _ in wishes for word in denied)


class _Asked:
    """A question taken apart once, for all candidates."""

    def __init__(self, question: str, shop: _Shop) -> None:
        self._question = question
        self._shop = shop
        self._language: Language = "zh" if has_han(question) else "en"
        self._names = shop.names(question)
        self._words = frozenset(content(question))

    def contradiction(self, candidate: Candidate) -> str:
        """What in the question contradicts the candidate, "" for nothing."""
        about = self._shop.about(candidate.entry_id)
        return (
            self._other_name(about)
            or self._other_word(candidate.entry_id, about)
            or self._unheard(candidate, about)
            or self._denied(about)
        )

    def _other_name(self, about: _About) -> str:
        """A name where the entry bears another of its kind; none of several may be in it."""
        for kind in {kind for kind, _ in self._names}:
            asked = {name for name in self._names if name[0] == kind}
            bears = any(name[0] == kind for name in about.names)
            if kind.startswith("code"):
                bears |= any(name[0] == kind and _is_model(name) for name in about.named)
            if not bears or asked & about.named or (kind == "place" and about.abroad):
                continue
            if not kind.startswith("column") or self._language in about.languages:
                return min(asked)[1]
        return ""

    def _other_word(self, entry_id: str, about: _About) -> str:
        """A word that stands where the entry's phrasing has another."""
        for word, frames in self._in_frames.items():
            if self._language not in about.languages or word in about.words:
                continue
            for frame in frames:
                words = self._shop.frames[frame]
                if any(
                    entry_id in ids and other in about.often - self._words
                    for other, ids in words.items()
                ):
                    return word
        return ""

    @cached_property
    def _in_frames(self) -> dict[str, set[Frame]]:
        """The frames of the question's words: those that it fills itself, and those in which the
        knowledge has them."""
        framed, frames = self._shop.framed, self._shop.frames
        found = {word: set(framed[word]) for word in self._words if word in framed}
        for frame, word in _frames(self._question):
            if frame in frames:
                found.setdefault(word, set()).add(frame)
        return found

    def _unheard(self, candidate: Candidate, about: _About) -> str:
        """A name that a "yes" would be said to, and that nobody at the shop ever named."""
        if not _assent().match(fold(candidate.text[:40])) or self._language not in about.languages:
            return ""
        places = {name for name in self._names if name[0] == "place"}
        if places and not about.abroad and not places & about.named:
            return min(places)[1]
        return next((each for each in self._unknown if each not in fold(about.text)), "")

    @cached_property
    def _unknown(self) -> list[str]:
        known = self._shop.index.words
        return [each for each in _proper(self._question, known) if each not in known]

    @cached_property
    def _wish(self) -> tuple[list[str], frozenset[str]] | None:
        return _unwanted(self._question)

    def _denied(self, about: _About) -> str:
        """What is not wanted, where the entry is about that and nothing else that is asked."""
        if self._wish is None:
            return ""
        denied, rest = self._wish
        about_it = denied[0] in about.phrased - about.unwanted
        return denied[0] if about_it and not rest & about.phrased else ""


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


def _is_model(name: Name) -> bool:
    """Whether a code has few digits: it tells wherever it stands. One with many may be what an
    order's number looks like."""
    return sum(map(str.isdigit, name[1])) <= _MODEL_DIGITS


def _phrasings(entry: Entry) -> tuple[str, ...]:
    return (entry.question or entry.title, *entry.variants)


def _most(each: Sequence[frozenset[Said]]) -> frozenset[Said]:
    counts = Counter(value for values in each for value in values)
    return frozenset(value for value, n in counts.items() if n >= _MOST * len(each))


@lru_cache(maxsize=4096)
def _stemmed(text: str) -> str:
    return " ".join(stem(each.text) for each in tokenise(fold(text)))


def _frames(phrasing: str) -> Iterator[tuple[Frame, str]]:
    """The phrasing with each of its content words left out in turn, and that word."""
    folded = fold(phrasing)
    cut = rjieba.cut(folded) if has_han(folded) else words_only(folded).split()
    words = [each for each in cut if each[0].isalnum()]
    telling = [at for at, each in enumerate(words) if each not in function_words()]
    if len(telling) > 1 and _SHORTEST_FRAME <= len(words) <= _LONGEST_FRAME:
        words = list(map(stem, words))
        for at in telling:
            yield (*words[:at], "", *words[at + 1 :]), words[at]


@cache
def _assent() -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{rule('grounding', 'assent').pattern})(?=$|[\s,，.。!！;；:：—-])")


def _unwanted(text: str) -> tuple[list[str], frozenset[str]] | None:
    """The words that a text says are not wanted, and its other words; None where it denies no
    wish."""
    wish = rule("dialogue", "unwanted_zh" if has_han(text) else "unwanted_en")
    denied: list[str] = []
    rest: set[str] = set()
    for clause in map(fold, clauses(text)):
        found = wish.search(clause)
        denied += content(found["what"]) if found else ()
        rest.update(content(clause[: found.start()] + clause[found.end() :] if found else clause))
    return (denied, frozenset(rest)) if denied else None


def _proper(question: str, known: Set[str]) -> list[str]:
    """The words of a question that are names, folded, as far as they are not `known`."""
    text = plain(question)
    latin = [fold(each) for each in _LATIN.findall(text)]
    if has_han(text):
        han = (each for each in rjieba.cut(text) if not each.isascii())
        return [*filter(cedict.is_name, han), *latin]
    unknown = [each for each in latin if each not in known][:_MOST_UNKNOWN]
    return [*map(fold, _CAPITAL.findall(text)), *filter(cedict.is_name, unknown)]
