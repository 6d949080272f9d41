"""Statements of different entries that cannot both be true: other figures, or a yes beside a no.

Two statements are compared where the words of one are nearly all in the other (what a price or a
period is said of), so it finds what was copied and changed in one place. What is worded quite
differently it does not find, nor what contradicts itself. Rules only, English and Chinese.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations

from bot.knowledge.entry import Entry
from bot.types import Language
from bot.writing.grounding.evidence import Passage, windows
from bot.writing.grounding.facts import Fact, facts
from bot.writing.grounding.statements import statements
from bot.writing.grounding.words import (
    Source,
    conditions,
    content,
    denials,
    negations,
    places,
    share,
)

_LONGEST = 400  # characters of a statement
_READ = 2000  # of an answer that is compared with its translation
_STATEMENTS = 60  # of one entry
_COMMON = 200  # statements that have a word, from which on it tells nothing
_WORDS = 3  # in common, for two statements that are about one thing whatever their titles are
_HELD = 0.85  # share of the words of one that the other has
_MORE = 4  # words in common for each that only the other has
_TITLED = 0.5  # share of the words of one's title that the other speaks of
_TRANSLATED = ("money", "percent", "duration")
_DAYS = {"day": 1, "business day": 1, "night": 1, "week": 7, "month": 30, "year": 365}
_TOLD = ("money", "percent", "duration", "date", "time", "measure", "number")
_MOST = 500
_ALONE = re.compile(r"\W{0,3}\w{1,12}\s?[,，.。!！;；:：—-]")


@dataclass(frozen=True)
class Conflict:
    """Two entries in one language, by id, and the statements of theirs that contradict. `kind` is
    "figures" or "negation"."""

    language: Language
    one: str
    other: str
    said: str
    says: str
    kind: str


class _Statement:
    """A statement of an entry, taken apart once."""

    def __init__(self, entry: Entry, text: str) -> None:
        self.entry = entry
        self.text = text
        self.words = frozenset(_affirmed(content(text)))

    @cached_property
    def source(self) -> Source:
        return Source(self.text)

    @cached_property
    def in_context(self) -> Source:
        return Source(self.text, self.entry.question, *self.entry.heading)

    @cached_property
    def figures(self) -> dict[tuple[str, str], Counter[tuple[object, ...]]]:
        """What is counted, by kind and unit: how often each value."""
        found: dict[tuple[str, str], Counter[tuple[object, ...]]] = defaultdict(Counter)
        for fact in facts(self.text):
            if fact.kind in _TOLD:
                unit, values = _measured(fact)
                found[fact.kind, unit][values] += 1
        return dict(found)

    @cached_property
    def title(self) -> tuple[str, ...]:
        """The words of what the entry is about."""
        return content(" ; ".join((self.entry.question, *self.entry.heading[-1:])))

    @cached_property
    def denied(self) -> list[frozenset[str]]:
        """The words that each clause with a denial denies."""
        denied = (no for no, _ in denials(self.text) if no)
        return [frozenset(_affirmed(content(no))) for no in denied]

    @cached_property
    def conditions(self) -> frozenset[str]:
        return conditions(self.text)

    @cached_property
    def places(self) -> frozenset[str]:
        return places(self.text)


def conflicts(entries: Iterable[Entry]) -> list[Conflict]:
    """Of each two entries the first that contradicts, in the order of the entries; a few hundred at
    the most. Products, whose figures are their own, are left out."""
    found: dict[tuple[Language, str, str], Conflict] = {}
    by_language: dict[Language, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind != "product":
            by_language[entry.lang].append(entry)
    for language, some in by_language.items():
        said = [each for entry in some for each in _statements(entry)]
        pairs = [(said[one], said[other]) for one, other in _alike(said)]
        for one, other in [*pairs, *_same_question(some)]:
            key = (language, one.entry.id, other.entry.id)
            if key not in found and (kind := _contradict(one, other)):
                found[key] = Conflict(*key, one.text, other.text, kind)
                if len(found) == _MOST:
                    return list(found.values())
    return list(found.values())


def figures_apart(one: Entry, other: Entry) -> tuple[str, str] | None:
    """The first figures of one kind of which two languages of an entry have none in common, as they
    are written; None where there are none such."""
    mine, theirs = (_figures(each.answer[:_READ]) for each in (one, other))
    for key in sorted(mine.keys() & theirs.keys()):
        if not set(chain(*mine[key])) & set(chain(*theirs[key])):
            return ", ".join(mine[key].values()), ", ".join(theirs[key].values())
    return None


def _figures(text: str) -> dict[tuple[str, str], dict[tuple[object, ...], str]]:
    """By kind and unit, the values and how each is written. "Twice a year" is none of months."""
    found: dict[tuple[str, str], dict[tuple[object, ...], str]] = defaultdict(dict)
    for fact in facts(text):
        if fact.kind in _TRANSLATED:
            unit, values = _measured(fact)
            unit = fact.unit if fact.unit in ("month", "year") else unit
            found[fact.kind, unit][values] = fact.text
    return found


def _statements(entry: Entry) -> Iterator[_Statement]:
    for each in statements(entry.answer)[:_STATEMENTS]:
        if len(each.whole) <= _LONGEST:
            yield _Statement(entry, each.whole)


def _alike(said: Sequence[_Statement]) -> Iterator[tuple[int, int]]:
    """The places of statements of two entries that share most of their words."""
    holding: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(said):
        shared: Counter[int] = Counter()
        for word in each.words:
            if len(holding[word]) < _COMMON:
                shared.update(holding[word])
            holding[word].append(at)
        for before, count in shared.items():
            other = said[before]
            fewer = min(len(each.words), len(other.words))
            if other.entry.id != each.entry.id and count >= max(min(2, fewer), fewer // 2):
                yield before, at


def _same_question(entries: Sequence[Entry]) -> Iterator[tuple[_Statement, _Statement]]:
    """The beginnings of answers to one question, where one says yes and the other no."""
    asked: dict[frozenset[str], list[Entry]] = defaultdict(list)
    for entry in entries:
        for question in (entry.question, *entry.variants):
            if len(words := frozenset(content(question))) > 1:
                asked[words].append(entry)
    for same in asked.values():
        for one, other in combinations({each.id: each for each in same[:_COMMON]}.values(), 2):
            openers = {_opener(one), _opener(other)}
            if openers == {"yes", "no"}:
                yield _Statement(one, _first(one)), _Statement(other, _first(other))


def _opener(entry: Entry) -> str:
    """The yes or no that an answer begins with, and not "no registration is needed"."""
    first = _first(entry)
    found = windows(Passage(entry.id, first)) if _ALONE.match(first) else ()
    return found[0].opener if found else ""


def _first(entry: Entry) -> str:
    return next((each.whole for each in statements(entry.answer[:_LONGEST])), "")


def _contradict(one: _Statement, other: _Statement) -> str:
    """How two statements contradict; "" where they do not, or are about different things."""
    if {_opener_of(one), _opener_of(other)} == {"yes", "no"}:
        return "negation"
    if not _about_one(one, other):
        return ""
    for key in one.figures.keys() & other.figures.keys():
        mine, theirs = one.figures[key], other.figures[key]
        apart = mine.total() == theirs.total() or not mine & theirs
        if apart and mine - theirs and theirs - mine:
            return "figures"
    return "negation" if _denies(one, other) != _denies(other, one) else ""


def _denies(one: _Statement, other: _Statement) -> bool:
    """Whether one denies what the other says, and denies none of."""
    if one.conditions != other.conditions:
        return False
    return any(
        words and other.source.has_all(words) and not any(words & each for each in other.denied)
        for words in one.denied
    )


def _opener_of(said: _Statement) -> str:
    return _opener(said.entry) if said.text == _first(said.entry) else ""


def _about_one(one: _Statement, other: _Statement) -> bool:
    """Whether they say something of the same thing."""
    if one.places != other.places and one.places and other.places:
        return False
    common = len(one.words) - len(other.source.lacks(one.words))
    needed = 2 if one.words == other.words else _WORDS
    if common < needed and not _titled_alike(one.entry, other.entry):
        return False
    return _within(one, other, common) or _within(other, one, common)


def _within(one: _Statement, other: _Statement, common: int) -> bool:
    """Whether the other says what one says, and hardly more, unless of the same subject."""
    more = len(one.in_context.lacks(other.words))
    if share(one.words, other.in_context) < _HELD or 2 * more > len(other.words):
        return False
    return _MORE * more <= common or share(one.title, other.in_context) >= _TITLED


def _titled_alike(one: Entry, other: Entry) -> bool:
    mine, theirs = content(one.question), content(other.question)
    return bool(mine and theirs) and (
        share(mine, Source(other.question)) >= _HELD
        and share(theirs, Source(one.question)) >= _HELD
    )


def _affirmed(words: Iterable[str]) -> list[str]:
    """The words without those that deny."""
    return [word for word in words if not negations(word)]


def _measured(fact: Fact) -> tuple[str, tuple[object, ...]]:
    """A fact's unit and values; periods of days, weeks and months are counted in days."""
    if fact.kind == "duration" and fact.unit in _DAYS:
        scale = _DAYS[fact.unit]
        return "day", tuple(
            each * scale if isinstance(each, int | float) else each for each in fact.values
        )
    return fact.unit, fact.values
