"""What several reviews say alike, counted: things that are judged, problems, needs, dangers.

A point counts reviews, not sentences, and keeps the sentences as its quotes. What few say is said
as few. Things are grouped by what their words mean, so that "battery life" and 「续航」 are one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import comb
from pathlib import Path
from typing import Literal

import yaml

from bot.language.grouping import grouped
from bot.language.lexical import tokens
from bot.language.wording import grammar, has_han
from bot.studio.reviews.analysis import ASPECT, KINDS, unpacked
from bot.studio.reviews.store import Kept

Sign = Literal["praise", "complaint", "named"]

ALIKE = 0.62  # mean cosine of two things that are one
SAME = 0.5  # of two sentences that say the same
FEW = 0.05  # share of the reviews below which few say something
MANY, MOST = 0.25, 0.5
AT_LEAST = 3  # reviews; fewer are few, whatever their share


@dataclass(frozen=True)
class Quote:
    """`text[start:end]` of a review's sentence is what is quoted."""

    review: int
    sku: str
    stars: int | None
    written_on: date | None
    language: str
    text: str
    start: int
    end: int
    polarity: int


@dataclass(frozen=True)
class Point:
    """Said in `count` of `whole` reviews; of them `praised` and `complained` judge it so. `names`
    are the words for it by how often they are used."""

    kind: str
    names: tuple[tuple[str, str], ...]  # (language, words)
    count: int
    whole: int
    praised: int
    complained: int
    quotes: tuple[Quote, ...]

    def name(self, language: str) -> str:
        """What it is called, in that language where somebody, or `synonyms.yaml`, calls it so."""
        of = [words for lang, words in self.names if lang == language]
        if not of and self.kind == ASPECT:
            of = [word for word in _line(self.names[0][1]) if grammar(word) == language]
        return of[0] if of else self.names[0][1]

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.count / self.whole if self.whole else 0.0

    @property
    def key(self) -> str:
        """By which it is found again."""
        return f"{self.kind}:{self.names[0][1]}"[:120]

    def of(self, sign: Sign) -> tuple[Quote, ...]:
        """Its quotes of one judgement."""
        wanted = {"praise": 1, "complaint": -1, "named": 0}[sign]
        return tuple(each for each in self.quotes if each.polarity == wanted)

    def how_many(self) -> str:
        """ "few", "some", "many" or "most", as may be said of it."""
        return how_many(self.count, self.whole)


def how_many(count: int, whole: int) -> str:
    """The word for a count: fewer than `AT_LEAST` are few, whatever their share."""
    share = count / whole if whole else 0.0
    if count < AT_LEAST or share < FEW:
        return "few"
    if share < MANY:
        return "some"
    return "many" if share <= MOST else "most"


def points(reviews: Sequence[Kept], own: frozenset[str] = frozenset()) -> list[Point]:
    """Everything that the reviews say, what most say first; `own` are words for the product itself,
    which are no part of it."""
    found = aspects_of(reviews, own)
    for kind in KINDS:
        found += _sentences(reviews, kind)
    return sorted(found, key=lambda each: (-each.count, each.key))


def aspects_of(reviews: Sequence[Kept], own: frozenset[str]) -> list[Point]:
    """What is judged, by what it is; no words of `own`."""
    words: dict[str, Counter[str]] = {}
    where: dict[str, list[tuple[Kept, int]]] = {}
    vectors: dict[str, bytes] = {}
    for review in reviews:
        for at, said in enumerate(review.statements):
            if said.kind == ASPECT and said.term not in own:
                key = thing(said.term)
                vectors[said.term] = said.vector
                words.setdefault(key, Counter())[said.term] += 1
                where.setdefault(key, []).append((review, at))
    if not where:
        return []
    keys = list(where)
    common = [words[key].most_common(1)[0][0] for key in keys]
    groups = grouped(
        unpacked([vectors[term] for term in common]), [len(where[key]) for key in keys], ALIKE
    )
    return [
        point_of(ASPECT, [pair for at in group for pair in where[keys[at]]], len(reviews))
        for group in groups
    ]


def thing(term: str) -> str:
    """One name for words that `synonyms.yaml` holds for the same, else their stems."""
    return (*_line(term), _stems(term))[0]


def _line(term: str) -> Sequence[str]:
    """All words for the same thing; none for a thing of no line."""
    return _synonyms().get(_stems(term), ())


@cache
def _synonyms() -> Mapping[str, Sequence[str]]:
    text = (Path(__file__).parent / "synonyms.yaml").read_text(encoding="utf-8")
    lines = yaml.load(text, Loader=yaml.CSafeLoader)
    return {_stems(word): line for line in reversed(lines) for word in line}


def _stems(term: str) -> str:
    return term if has_han(term) else " ".join(tokens(term)) or term


def _sentences(reviews: Sequence[Kept], kind: str) -> list[Point]:
    """Sentences of a kind that mean the same."""
    said = [
        (review, at)
        for review in reviews
        for at, each in enumerate(review.statements)
        if each.kind == kind
    ]
    if not said:
        return []
    vectors = unpacked([review.statements[at].vector for review, at in said])
    groups = grouped(vectors, [1] * len(said), SAME)
    return [point_of(kind, [said[at] for at in group], len(reviews)) for group in groups]


def point_of(kind: str, said: Sequence[tuple[Kept, int]], whole: int) -> Point:
    """The point of these statements, each a review and its place there, in `whole` reviews."""
    names = Counter((review.language, review.statements[at].term) for review, at in said)
    signs: dict[int, int] = {}
    for review, at in said:
        signs[review.id] = signs.get(review.id, 0) + review.statements[at].polarity
    quotes = [quote(review, at) for review, at in said]
    quotes.sort(key=lambda each: (each.written_on or date.min, each.review), reverse=True)
    ordered = sorted(names, key=lambda each: (-names[each], len(each[1]), each))
    return Point(
        kind,
        tuple(ordered),
        count=len(signs),
        whole=whole,
        praised=sum(sign > 0 for sign in signs.values()),
        complained=sum(sign < 0 for sign in signs.values()),
        quotes=tuple(quotes),
    )


def quote(review: Kept, at: int) -> Quote:
    """One statement of a review, in its sentence."""
    said = review.statements[at]
    return Quote(
        review.id,
        review.sku,
        review.stars,
        review.written_on,
        review.language,
        review.text[said.begins : said.ends],
        said.start - said.begins,
        said.end - said.begins,
        said.polarity,
    )


def chance(part: int, whole: int, other: int, others: int) -> float:
    """How likely at least `part` of `whole` would be, were these no different from the `others`, of
    whom `other` say it (Fisher's exact test, one-sided)."""
    every, said = whole + others, part + other
    if not whole or not others or not said:
        return 1.0
    ways = comb(every, said)
    more = range(part, min(whole, said) + 1)
    return sum(comb(whole, each) * comb(others, said - each) for each in more) / ways


def complaints(found: Iterable[Point], reviews: frozenset[int]) -> Mapping[str, int]:
    """In how many of those reviews each point is complained of."""
    return {
        point.key: len({q.review for q in point.of("complaint") if q.review in reviews})
        for point in found
    }
