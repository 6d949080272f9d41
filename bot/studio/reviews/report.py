"""The report on reviews: of a product or of all, counted, with what changed and what to do.

Each statement is a `Point` with its count, its share and its quotes. It reads rows and the
catalogue's texts; nothing is guessed and no encoder is loaded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.language.lexical import tokens
from bot.language.sentences import sentences
from bot.studio.reviews.analysis import ASPECT, MISSING, NEED, PROBLEM, SAFETY
from bot.studio.reviews.points import AT_LEAST, Point, Quote, chance, complaints, points
from bot.studio.reviews.store import Kept
from bot.studio.wares import Ware, Wares
from bot.types import Language

GOOD = 0.2  # of a mood; below `-GOOD` it is bad
LATELY = timedelta(days=30)  # that are compared with all before
SUDDEN = 0.01  # chance below which more complaints are no accident
DIFFERENT = 0.05  # chance below which a product is unlike its category
_MONTHS = 12


@dataclass(frozen=True)
class Month:
    """The reviews of a month: how many are good, mixed and bad, and their mean stars."""

    first: date
    good: int
    mixed: int
    bad: int
    stars: float | None


@dataclass(frozen=True)
class Alarm:
    """A danger (`lately` of its reviews are new), or complaints that are suddenly many: `lately` of
    `recent` reviews, `before` of `earlier`."""

    point: Point
    lately: int
    recent: int
    before: int
    earlier: int

    @property
    def sudden(self) -> bool:
        return self.point.kind != SAFETY


@dataclass(frozen=True)
class Difference:
    """Complained of more (`worse`) or less than elsewhere in the category: `other` of `others`."""

    point: Point
    worse: bool
    other: int
    others: int


@dataclass(frozen=True)
class Denied:
    """What the product's own text says, and the point that denies it."""

    sku: str
    sentence: str
    point: Point


@dataclass(frozen=True)
class Report:
    """`points` of all kinds, what most say first; `mean` and `category_mean` are stars."""

    sku: str
    count: int
    rated: int
    mean: float | None
    good: int
    bad: int
    points: tuple[Point, ...]
    months: tuple[Month, ...]
    alarms: tuple[Alarm, ...]
    category: str
    category_count: int
    category_mean: float | None
    differences: tuple[Difference, ...]
    denied: tuple[Denied, ...]

    def of(self, kind: str) -> tuple[Point, ...]:
        """The points of a kind."""
        return tuple(each for each in self.points if each.kind == kind)

    def find(self, key: str) -> Point | None:
        """The point of that key."""
        return next((each for each in self.points if each.key == key), None)


def make(reviews: Sequence[Kept], sku: str, wares: Wares, today: date) -> Report:
    """The report on one product's reviews, of all without a `sku`; `reviews` are all that there
    are, the oldest first."""
    mine = [each for each in reviews if not sku or each.sku == sku]
    ware = wares.get(sku)
    beside = _category(reviews, ware, wares)
    known = {review.sku for review in mine} & wares.keys() if sku else set()
    words = frozenset(word for each in known for word in _own(wares[each]))
    found = points(mine, words)
    return Report(
        sku=sku,
        count=len(mine),
        rated=sum(each.stars is not None for each in mine),
        mean=_mean(mine),
        good=sum(each.mood > GOOD for each in mine),
        bad=sum(each.mood < -GOOD for each in mine),
        points=tuple(found),
        months=_months(mine, today),
        alarms=tuple(_alarms(found, mine, today)),
        category=ware.category if ware else "",
        category_count=len(beside),
        category_mean=_mean(beside),
        differences=tuple(_differences(mine, beside, words)),
        denied=tuple(_denied(found, wares)),
    )


def mood(review: Kept) -> str:
    """ "good", "mixed" or "bad"."""
    if review.mood > GOOD:
        return "good"
    return "bad" if review.mood < -GOOD else "mixed"


def _category(reviews: Sequence[Kept], ware: Ware | None, wares: Wares) -> list[Kept]:
    """The reviews of the other products of its category."""
    if ware is None or not ware.category:
        return []
    beside = {
        each.sku for each in wares.values() if each.category == ware.category and each is not ware
    }
    return [each for each in reviews if each.sku in beside]


def _own(ware: Ware) -> tuple[str, ...]:
    """Words for the product itself."""
    names = [text.name.lower() for text in ware.texts.values()]
    ends = [name.split()[-1] for name in names if name.split()]
    kinds = [text.category.lower() for text in ware.texts.values() if text.category]
    return (*names, *ends, *kinds, *(each.removesuffix("s") for each in kinds))


def _mean(reviews: Iterable[Kept]) -> float | None:
    rated = [each.stars for each in reviews if each.stars is not None]
    return round(sum(rated) / len(rated), 2) if rated else None


def _months(reviews: Sequence[Kept], today: date) -> tuple[Month, ...]:
    """The last twelve, with those that nobody wrote in."""
    firsts = []
    year, month = today.year, today.month
    for _ in range(_MONTHS):
        firsts.append(date(year, month, 1))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    by_month: dict[date, list[Kept]] = {first: [] for first in reversed(firsts)}
    for each in reviews:
        if each.written_on and (first := each.written_on.replace(day=1)) in by_month:
            by_month[first].append(each)
    return tuple(_month(first, of) for first, of in by_month.items())


def _month(first: date, of: Sequence[Kept]) -> Month:
    moods = [mood(each) for each in of]
    counted = (moods.count(name) for name in ("good", "mixed", "bad"))
    good, mixed, bad = counted
    return Month(first, good, mixed, bad, _mean(of))


def _alarms(found: Sequence[Point], reviews: Sequence[Kept], today: date) -> list[Alarm]:
    """Every danger; and what is suddenly complained of, the least accidental first."""
    dated = [each for each in reviews if each.written_on]
    new = frozenset(
        each.id for each in dated if each.written_on and each.written_on > today - LATELY
    )
    old = frozenset(each.id for each in dated) - new
    lately, before = complaints(found, new), complaints(found, old)

    def alarm(point: Point) -> Alarm:
        return Alarm(point, lately[point.key], len(new), before[point.key], len(old))

    dangers = [alarm(each) for each in found if each.kind == SAFETY]
    sudden = [
        (chance(lately[each.key], len(new), before[each.key], len(old)), each)
        for each in found
        if each.kind in (ASPECT, PROBLEM) and lately[each.key] >= AT_LEAST
    ]
    sudden.sort(key=lambda pair: (pair[0], pair[1].key))
    return dangers + [alarm(each) for odds, each in sudden if odds < SUDDEN]


def _differences(
    mine: Sequence[Kept], beside: Sequence[Kept], own: frozenset[str]
) -> list[Difference]:
    """What is complained of more, or less, than elsewhere in the category."""
    if not mine or not beside:
        return []
    here, there = (frozenset(each.id for each in of) for of in (mine, beside))
    both = [each for each in points([*mine, *beside], own) if each.kind == ASPECT]
    ours, theirs = complaints(both, here), complaints(both, there)
    found = []
    for point in both:
        part, other = ours[point.key], theirs[point.key]
        if max(part, other) < AT_LEAST:
            continue
        worse = chance(part, len(here), other, len(there)) < DIFFERENT
        if worse or chance(other, len(there), part, len(here)) < DIFFERENT:
            found.append(Difference(_only(point, here), worse, other, len(there)))
    return found


def _only(point: Point, reviews: frozenset[int]) -> Point:
    """The point as those reviews alone have it."""
    quotes = tuple(each for each in point.quotes if each.review in reviews)
    signs = {each.review: 0 for each in quotes}
    for each in quotes:
        signs[each.review] += each.polarity
    return Point(
        point.kind,
        point.names,
        len(signs),
        len(reviews),
        sum(sign > 0 for sign in signs.values()),
        sum(sign < 0 for sign in signs.values()),
        quotes,
    )


def _denied(found: Sequence[Point], wares: Wares) -> list[Denied]:
    """Sentences of the products' texts that name what reviews complain of more than they praise."""
    denied = []
    for point in found:
        against = point.of("complaint")
        if point.kind != ASPECT or point.complained < 2 or point.complained <= point.praised:
            continue
        for sku in dict.fromkeys(each.sku for each in against):
            if sku in wares and (sentence := _speaking(point, wares[sku])):
                denied.append(Denied(sku, sentence, _of_product(point, sku)))
    return denied


def _of_product(point: Point, sku: str) -> Point:
    return _only(point, frozenset(each.review for each in point.quotes if each.sku == sku))


def _speaking(point: Point, ware: Ware) -> str:
    """The sentence of the product's text that names the point, "" where none does."""
    for language, text in ware.texts.items():
        wanted = [set(tokens(words)) for of, words in point.names if of == language]
        lines = [*_sentences(text.description), *(f"{a}: {b}" for a, b in text.attributes)]
        for line in lines:
            has = set(tokens(line))
            if any(words and words <= has for words in wanted):
                return line
    return ""


def _sentences(text: str) -> list[str]:
    return [each.strip() for each in sentences(text)]


def plain(report: Report, language: Language) -> Mapping[str, object]:
    """For a program: every statement with its count, share and quotes."""
    return {
        "product": report.sku,
        "reviews": report.count,
        "rated": report.rated,
        "stars": report.mean,
        "mood": {"good": report.good, "bad": report.bad},
        "category": {
            "name": report.category,
            "reviews": report.category_count,
            "stars": report.category_mean,
        },
        "aspects": [_plain(each, language) for each in report.of(ASPECT)],
        "problems": [_plain(each, language) for each in report.of(PROBLEM)],
        "needs": [_plain(each, language) for each in report.of(NEED)],
        "missing": [_plain(each, language) for each in report.of(MISSING)],
        "alarms": [
            {
                "kind": "sudden" if each.sudden else "safety",
                "lately": [each.lately, each.recent],
                "before": [each.before, each.earlier],
                **_plain(each.point, language),
            }
            for each in report.alarms
        ],
        "against_category": [
            {
                "worse": each.worse,
                "elsewhere": [each.other, each.others],
                **_plain(each.point, language),
            }
            for each in report.differences
        ],
        "denied": [
            {"product": each.sku, "text": each.sentence, **_plain(each.point, language)}
            for each in report.denied
        ],
        "months": [
            {
                "month": f"{each.first:%Y-%m}",
                "good": each.good,
                "mixed": each.mixed,
                "bad": each.bad,
                "stars": each.stars,
            }
            for each in report.months
        ],
    }


def _plain(point: Point, language: Language) -> Mapping[str, object]:
    return {
        "name": point.name(language),
        "words": [words for _, words in point.names],
        "count": point.count,
        "of": point.whole,
        "share": round(point.share, 4),
        "how_many": point.how_many(),
        "praised": point.praised,
        "complained": point.complained,
        "quotes": [_quoted(each) for each in point.quotes],
    }


def _quoted(quote: Quote) -> Mapping[str, object]:
    return {
        "review": quote.review,
        "product": quote.sku,
        "stars": quote.stars,
        "date": quote.written_on and quote.written_on.isoformat(),
        "text": quote.text,
        "judged": quote.text[quote.start : quote.end],
        "polarity": quote.polarity,
    }
