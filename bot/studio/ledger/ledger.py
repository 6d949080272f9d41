"""START HERE: each sentence of a draft with the record behind everything that it states.

A number must be in a record, also in another unit; a colour, material, certificate, name,
comparison or promise must be said there; so must any other word that says something. What no record
holds is marked, and so is what a record denies. A person may sign for a marked one (`store.py`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.language.lexical import stem
from bot.language.measures import measure_of
from bot.language.quantities import MONEY, Quantity, parse
from bot.language.sentences import sentences
from bot.language.wording import fold, has_han, lexicon
from bot.studio.item import Item
from bot.studio.ledger.mentions import Kind, Mention, mentions, neutral
from bot.studio.ledger.wordings import Wordings
from bot.studio.realise.facts import facts_of, flag_of
from bot.types import Language
from bot.writing.grounding.facts import facts
from bot.writing.grounding.words import Source, content, denials, negations

_NEAR = 0.005  # of a number, by which one in another unit may be rounded
_LABEL = re.compile(r"^(?:[-*•]\s+|#{1,6}\s+|[QA]: |[问答]：|(?:Subject|主题)[:：]\s*)")
_DENIED = 1  # words behind a negation that it denies for certain
_LONGEST = 20_000  # characters of a draft that are read
_ANY = ("name", "category", "tags", "description", "size", "sizes")


@dataclass(frozen=True)
class Trace:
    """`text` states something; `record` says where it stands ("Material", "description"), "" for
    nowhere; `value` is what that says. `against`: the record says otherwise."""

    kind: Kind
    text: str
    record: str = ""
    value: str = ""
    against: bool = False

    @property
    def held(self) -> bool:
        return bool(self.record) and not self.against

    @property
    def blocks(self) -> bool:
        """Whether nobody may approve it unsigned; a word that no record has is only shown."""
        return not self.held and (self.kind != "word" or self.against)


@dataclass(frozen=True)
class Line:
    """A sentence, where it stands in the draft, and its traces."""

    text: str
    start: int
    end: int
    traces: tuple[Trace, ...]

    @property
    def marked(self) -> tuple[Trace, ...]:
        """What no record holds."""
        return tuple(each for each in self.traces if not each.held)


@dataclass(frozen=True)
class Audit:
    """A draft held to its records."""

    lines: tuple[Line, ...]

    @property
    def marked(self) -> tuple[Trace, ...]:
        return tuple(trace for line in self.lines for trace in line.marked)

    @property
    def blocking(self) -> tuple[Trace, ...]:
        return tuple(trace for line in self.lines for trace in line.marked if trace.blocks)

    @property
    def coverage(self) -> float:
        """The share of what is stated that a record holds, 0..1; 1.0 where nothing is stated."""
        every = [trace for line in self.lines for trace in line.traces]
        return sum(each.held for each in every) / len(every) if every else 1.0


class Ledger:
    """The records of one product, and what else may stand in its texts.

    `more` are further records by name: the shop's, a campaign's, claims that were approved.
    `wordings` is what was learned of how values are said; `names` are words that say something of
    some products (`names_of`), which only their own texts may say.
    """

    def __init__(
        self,
        item: Item,
        more: Mapping[str, str] | None = None,
        wordings: Wordings | None = None,
        names: frozenset[str] = frozenset(),
    ) -> None:
        self.item = item
        self._names = names
        self._wordings = wordings
        named = [*item.records(), *(more or {}).items()]
        self._records = [_Record(name, value) for name, value in named if value]
        self._whole = Source(*(f"{each.name} {each.value}" for each in self._records))
        said = (each for one in self._records if one.name != "description" for each in one.pieces)
        self._values = sorted(set(said), key=len, reverse=True)
        self._flags = [
            (fact, frozenset(content(_apart(fact.label)))) for fact in facts_of(item) if fact.flag
        ]

    def audit(self, text: str) -> Audit:
        """Every sentence with its traces."""
        lines = [self._line(*each) for each in spans(text[:_LONGEST])]
        if self._wordings is not None:
            lines = self._with_wordings(text, lines, self._wordings)
        return Audit(tuple(lines))

    def _line(self, sentence: str, start: int) -> Line:
        language = self.item.language
        masked = self._masked(sentence) if language == "zh" else sentence
        found = {each.key or each.text: each for each in mentions(sentence, language, masked)}
        clauses = denials(sentence)
        traces = [self._trace(each, sentence, clauses) for each in found.values()]
        traces += self._flagged(clauses)
        return Line(sentence, start, start + len(sentence), tuple(traces))

    def _masked(self, sentence: str) -> str:
        """A Chinese sentence without what the records say: a word may take no part of it along."""
        for value in self._values:
            sentence = sentence.replace(value, "，")
        return sentence

    def _trace(self, mention: Mention, sentence: str, clauses: Sequence[tuple[str, str]]) -> Trace:
        if mention.fact is not None:
            return self._numbered(mention, sentence)
        open_kind = mention.kind in ("word", "name")  # no promise is plain because others make it
        if open_kind and self._wordings is not None and self._wordings.is_plain(mention.key):
            return Trace(mention.kind, mention.text, "wording")
        for record in self._records:
            if record.holds(mention.key):
                against = record.attribute and _contradicts(mention.key, clauses, record)
                return Trace(mention.kind, mention.text, record.name, record.value, against)
        if trace := self._within(mention):
            return trace
        words = content(mention.key) if " " in mention.key else ()
        if len(words) > 1 and self._whole.has_all(words):
            return Trace(mention.kind, mention.text, "name", self.item.name)
        others = mention.kind == "word" and mention.key in self._names
        kind: Kind = "name" if others else mention.kind
        return Trace(kind, mention.text)

    def _within(self, mention: Mention) -> Trace | None:
        """A Chinese word that took a neutral character of its neighbour: 「有沙色」."""
        key = mention.key
        if not has_han(key) or len(key) < 3 or mention.kind in ("comparison", "promise"):
            return None
        for part, left in ((key[1:], key[0]), (key[:-1], key[-1])):
            if left in neutral():
                for record in self._records:
                    if record.holds(part):
                        return Trace(mention.kind, mention.text, record.name, record.value)
        return None

    def _numbered(self, mention: Mention, sentence: str) -> Trace:
        fact = mention.fact
        assert fact is not None
        holding = [each for each in self._records if each.has(mention)]
        if not holding:
            return Trace("number", mention.text)
        rival = _other_measure(mention.text, sentence, holding, self.item.language)
        first = holding[0]
        return Trace("number", mention.text, first.name, first.value, against=rival)

    def _flagged(self, clauses: Sequence[tuple[str, str]]) -> Iterator[Trace]:
        """Yes and no that a sentence says of a label with the other one."""
        for fact, words in self._flags:
            for no, yes in clauses:
                for denied, part in ((True, no), (False, yes)):
                    if words and part and words <= {*content(part)}:
                        against = denied != (fact.flag == "no")
                        if fact.flag == "no" and not denied and fact.label.lower() not in part:
                            continue
                        yield Trace("word", part.strip(), fact.label, fact.value, against)

    def _with_wordings(self, text: str, lines: Sequence[Line], wordings: Wordings) -> list[Line]:
        """The lines, and with the first one what the whole says against an attribute."""
        found = [
            Trace("word", said, label, value, against=True)
            for label, said, value in wordings.against(self.item, text)
        ]
        if not lines or not found:
            return list(lines)
        first = lines[0]
        more = Line(first.text, first.start, first.end, (*first.traces, *found))
        return [more, *lines[1:]]


class _Record:
    """One thing that is known, by the name of where it stands."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value
        self.attribute = name not in ("name", "category", "tags", "description", "url", "price")
        self.flag = flag_of(value) if self.attribute else ""
        self.source = Source(f"{_apart(name)} {value}" if self.attribute else value)
        self.facts = facts(value)
        self.quantities = [each for each in parse(value) if each.exact]
        self._folded = fold(value)
        parts = r"[，、；,;（）()]+" if any(map(str.isdigit, value)) else r"[，、；,;（）()\s]+"
        whole = (value, *re.split(parts, value)) if has_han(value) else ()
        self.pieces = tuple(each for each in whole if has_han(each))

    def holds(self, key: str) -> bool:
        """Whether a word or a phrase stands here."""
        if key in self._folded and (has_han(key) or _whole_word(key, self._folded)):
            return True
        if self.source.has(key) or self.source.has(stem(key)):
            return True
        words = content(key) if " " in key or has_han(key) else ()
        return bool(words) and self.source.has_all(words)

    def has(self, mention: Mention) -> bool:
        """Whether a number stands here, in whatever unit."""
        fact = mention.fact
        assert fact is not None
        if any(fact.agrees(each) or fact.key == each.key for each in self.facts):
            return not any(
                each.bound and not fact.agrees(each) and fact.key == each.key for each in self.facts
            )
        said = [each for each in parse(mention.text) if each.exact]
        return bool(said) and all(any(_equal(a, b) for b in self.quantities) for a in said)


def names_of(items: Iterable[Item]) -> frozenset[str]:
    """The words of products' names and values that are no words of everyday: what one product is
    called or has, another is not and has not."""
    found: set[str] = set()
    for item in items:
        found.update(content(item.name))
        for _, value in item.attributes:
            found.update(content(value))
    return frozenset(found) - neutral()


def spans(text: str) -> Iterator[tuple[str, int]]:
    """The sentences of a draft, line by line, without list marks; each with its place."""
    at = 0
    for line in text.split("\n"):
        mark = _LABEL.match(line)
        start = at + (mark.end() if mark else 0)
        for sentence in sentences(line[start - at :]):
            lead = len(sentence) - len(sentence.lstrip())
            if sentence.strip():
                yield sentence.strip(), start + lead
            start += len(sentence)
        at += len(line) + 1


@lru_cache(maxsize=4096)
def _apart(label: str) -> str:
    """ "familyFriendly" as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)


def _whole_word(key: str, folded: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(key)}(?!\w)", folded) is not None


def _equal(said: Quantity, known: Quantity) -> bool:
    """Whether two quantities are one, also where another unit was rounded."""
    if said.low is None or known.low is None:
        return False
    if known.sides and said.kind in ("length", ""):
        sides = known.sides if not said.kind else [each / 100 for each in known.sides]
        ours = said.sides or ([said.low * (100 if said.kind else 1)])
        return all(any(_close(a, b) for b in known.sides) for a in ours) or said.low in sides
    if said.kind != known.kind or (said.kind == MONEY and said.currency != known.currency):
        return False
    return _close(said.low, known.low)


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= _NEAR * max(abs(one), abs(other), 1e-9)


def _first(denied: str) -> list[str]:
    """The first words behind a negation that say something: it denies them for certain."""
    return [word for word in content(denied) if word not in neutral()][:_DENIED]


def _contradicts(key: str, clauses: Sequence[tuple[str, str]], record: _Record) -> bool:
    """Whether a sentence denies what an attribute says, right behind "not", or says what that
    denies."""
    own = {key, stem(key)}
    if any(own & {*content(no)} for no, _ in denials(record.value)):
        return False
    with_it = [no for no, yes in clauses if own & {*content(no), *content(yes)}]
    denied = bool(with_it) and all(negations(no) and own & {*_first(no)} for no in with_it)
    return not denied if record.flag == "no" else denied


@lru_cache(maxsize=8)
def _measure_words(language: Language) -> Mapping[str, str]:
    """The words of labels that name a measure of length ("wide": width)."""
    found: dict[str, str] = {}
    for name in ("height", "width", "depth", "length", "thickness", "diameter"):
        for label in lexicon("products")["measures"][name]["labels"]:
            if has_han(label) == (language == "zh") and " " not in label:
                found.setdefault(label if language == "zh" else stem(label), name)
    return found


def _other_measure(
    text: str, sentence: str, holding: Sequence[_Record], language: Language
) -> bool:
    """Whether the words next to a number give it to another measure than every record that has
    it: "24 cm wide" of what is 24 cm high."""
    folded = fold(sentence)
    at = folded.find(text)
    if at < 0:
        return False
    known = _measure_words(language)
    behind = re.match(r"[\s-]*([a-z]+)", folded[at + len(text) :])
    before = re.search(r"([a-z]+) of (?:about |up to )?$", folded[:at])
    said = {known.get(stem(each[1])) for each in (behind, before) if each}
    if language == "zh":
        near = folded[max(0, at - 4) : at]
        said = {name for word, name in known.items() if len(word) > 1 and word in near}
    said -= {None}
    if not said:
        return False
    measures = {measure_of(each.name) for each in holding}
    return (
        not said & measures
        and not any(each.name.lower() in _ANY for each in holding)
        and (
            measures <= set(lexicon("products")["measures"])
            and not measures & {"size", "sizes", "length"}
        )
    )
