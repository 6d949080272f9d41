"""One experiment: its figures day by day, and a plain sentence on them.

The sentence stands on the test that may be looked at at any time; the t-test and what a Bayesian
would believe stand beside it. Whether the halves are those that were drawn is looked at first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from bot.database.insight_tables import ExperimentRow
from bot.insights.experiments import outcomes, planning, tests
from bot.insights.experiments.outcomes import OUTCOMES, Seen
from bot.insights.experiments.running import RUNNING
from bot.insights.experiments.tests import SKEWED, Belief, Effect, Summary
from bot.texts import t
from bot.types import Language

Answer = Literal["none_yet", "skewed", "too_little", "better", "worse", "open", "no_difference"]
_DAY = timedelta(days=1)
_MOST_DAYS = 120  # that are drawn


@dataclass(frozen=True)
class Day:
    """How it stood at the end of a day, counted from 1; None where too little was known."""

    number: int
    effect: Effect | None


@dataclass(frozen=True)
class Verdict:
    """`first` and `second` are the variants' shoppers; `effect` is the sequential test's, `once`
    the t-test's; `skew` is how likely the halves are so unequal by chance; `least` the smallest
    effect that so many shoppers are enough for; `days` so long it has run, of `planned` (0: not
    known)."""

    answer: Answer
    first: Summary
    second: Summary
    effect: Effect | None
    once: Effect | None
    belief: Belief | None
    skew: float
    least: float | None
    days: int
    planned: int
    course: Sequence[Day]


def verdict(session: Session, row: ExperimentRow, *, at: datetime) -> Verdict:
    """How the experiment stands at that time, or stood when it was stopped."""
    until = row.stopped_at or at
    assert row.id is not None
    # What shoppers do in the two weeks after they were shown something counts also when it is over.
    last = min(at, until + outcomes.COUNTED)
    seen = outcomes.seen(session, row.id, row.outcome, row.started_at, last)
    first, second = _summaries(seen, row.outcome)
    days = max(1, -(-(until - row.started_at) // _DAY))
    effect = tests.sequential(first, second)
    skew = tests.skew(first.count, second.count)
    whole = first.count + second.count
    least = planning.least_effect(first.mean, first.variance, whole) if first.variance else None
    return Verdict(
        _answer(row, first, second, effect, skew, days),
        first,
        second,
        effect,
        tests.t_test(first, second),
        tests.bayesian(first, second),
        skew,
        least,
        days,
        row.days,
        _course(seen, row, days),
    )


def _answer(
    row: ExperimentRow,
    first: Summary,
    second: Summary,
    effect: Effect | None,
    skew: float,
    days: int,
) -> Answer:
    if not (first.count and second.count):
        return "none_yet"
    if skew < SKEWED:
        return "skewed"
    over = row.state != RUNNING or (row.days and days >= row.days)
    if effect is None or not (first.firm and second.firm):
        return "too_little"
    if tests.decided(first, second):
        return "better" if (effect.effect > 0) != OUTCOMES[row.outcome].fewer else "worse"
    return "no_difference" if over else "open"


def sentence(found: Verdict, row: ExperimentRow, language: Language) -> str:
    """What came of it, in words that need no statistics."""
    effect = found.effect
    return t(
        f"experiments.verdict_{found.answer}",
        language,
        outcome=t(f"experiments.outcome_{row.outcome}", language),
        effect=percent(effect.effect) if effect else "",
        low=percent(effect.low) if effect else "",
        high=percent(effect.high) if effect else "",
        first=found.first.count,
        second=found.second.count,
        days=found.days,
        planned=found.planned or "?",
        least=f"{100 * found.least:.0f} %" if found.least else "?",
    )


def percent(share: float) -> str:
    """A relative effect with its sign."""
    return f"{100 * share:+.1f} %"


def mean_of(summary: Summary, outcome: str) -> str:
    """What a variant's shoppers did, in words: a share, or a mean."""
    if OUTCOMES[outcome].share:
        return f"{100 * summary.mean:.1f} %"
    return f"{summary.mean / 100:.2f}" if outcome == "value" else f"{summary.mean:.2f}"


def _summaries(seen: Sequence[Seen], outcome: str) -> tuple[Summary, Summary]:
    """Of the two variants, the first one before."""
    found = []
    for variant in (0, 1):
        values = [each.value for each in seen if each.variant == variant]
        if OUTCOMES[outcome].share:
            found.append(Summary.of_share(len(values), round(sum(values))))
        else:
            squares = sum(each * each for each in values)
            found.append(Summary.of_values(len(values), sum(values), squares))
    return found[0], found[1]


def _course(seen: Sequence[Seen], row: ExperimentRow, days: int) -> list[Day]:
    """The effect at the end of each day, of those who had been shown something until then."""
    course = []
    for number in range(max(1, days - _MOST_DAYS + 1), days + 1):
        until = row.started_at + number * _DAY
        first, second = _summaries([each for each in seen if each.at < until], row.outcome)
        firm = first.firm and second.firm
        course.append(Day(number, tests.sequential(first, second) if firm else None))
    return course
