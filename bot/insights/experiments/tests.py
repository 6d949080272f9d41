"""How different two variants are: in a t-test, in one that may be looked at daily, and Bayesian.

All three take the same two summaries and give an effect with its interval; relative effects are
shares of the first variant's mean, with the variance of a ratio (delta method). The test that may
be looked at at any time is the asymptotic confidence sequence of Waudby-Smith et al. 2021
(arXiv 2103.06476, eq. 24): the chance that it is ever wrong, however often one looks, stays below
`ALPHA`. Nothing here reads a database.
"""

from dataclasses import dataclass
from math import exp, inf, log, sqrt

from bot.insights.experiments.distributions import (
    NORMAL,
    chi_squared_tail,
    t_cdf,
    t_quantile,
)

ALPHA = 0.05
TUNING = 5000.0
"""The number of shoppers at which the sequential interval is to be narrowest."""

FIRM = 5.0
"""So many standard errors of its own a mean must be from nothing before the intervals hold, which
are those of many shoppers; a few large orders would tell too much."""

SKEWED = 0.001  # below which the halves are not those that were drawn


@dataclass(frozen=True)
class Summary:
    """What was measured of `count` shoppers: their mean, and the variance of one of them."""

    count: int
    mean: float
    variance: float

    @classmethod
    def of_values(cls, count: int, total: float, squares: float) -> "Summary":
        """Of numbers, from their sum and the sum of their squares."""
        if not count:
            return cls(0, 0.0, 0.0)
        mean = total / count
        rest = max(0.0, squares - total * mean)
        return cls(count, mean, rest / (count - 1) if count > 1 else 0.0)

    @classmethod
    def of_share(cls, count: int, successes: int) -> "Summary":
        """Of a yes or no each."""
        share = successes / count if count else 0.0
        return cls(count, share, share * (1 - share))

    @property
    def firm(self) -> bool:
        """Whether there is enough of it for an interval to hold."""
        error = sqrt(self.variance / self.count) if self.count else inf
        return self.mean >= FIRM * error and self.mean > 0


@dataclass(frozen=True)
class Effect:
    """How much more the second variant has than the first. `low` to `high` is the interval that
    holds the truth in 95 of 100 cases; `p` how likely such an effect is without any."""

    effect: float
    low: float
    high: float
    error: float
    p: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out that there is no effect."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Belief:
    """What to believe of the effect, given the data and a prior: `chance` that the second variant
    has more; `risk_first` and `risk_second` are the mean loss of taking the first or the second,
    where it is the wrong one."""

    effect: float
    low: float
    high: float
    error: float
    chance: float
    risk_first: float
    risk_second: float


def spread(first: Summary, second: Summary, *, relative: bool) -> tuple[float, float] | None:
    """The effect and its variance; None where too little was measured to tell."""
    if not (first.count and second.count) or (relative and not first.mean):
        return None
    a, b = first.variance / first.count, second.variance / second.count
    if relative:
        effect = (second.mean - first.mean) / first.mean
        return effect, b / first.mean**2 + a * second.mean**2 / first.mean**4
    return second.mean - first.mean, a + b


def t_test(first: Summary, second: Summary, *, relative: bool = True) -> Effect | None:
    """Welch's test, to be looked at once, when all is there; None for too little."""
    found = spread(first, second, relative=relative)
    if found is None or found[1] <= 0:
        return None
    effect, error = found[0], sqrt(found[1])
    freedom = _freedom(first, second)
    reach = t_quantile(1 - ALPHA / 2, freedom) * error
    p = 2 * (1 - t_cdf(abs(effect) / error, freedom))
    return Effect(effect, effect - reach, effect + reach, error, p)


def _freedom(first: Summary, second: Summary) -> float:
    """Welch and Satterthwaite's degrees of freedom."""
    a, b = first.variance / first.count, second.variance / second.count
    below = a**2 / max(1, first.count - 1) + b**2 / max(1, second.count - 1)
    return max(1.0, (a + b) ** 2 / below) if below else float(first.count + second.count)


def sequential(
    first: Summary, second: Summary, *, relative: bool = True, tuning: float = TUNING
) -> Effect | None:
    """The test that may be looked at at any time, as often as one likes; None for too little."""
    found = spread(first, second, relative=relative)
    if found is None or found[1] <= 0:
        return None
    effect, error, count = found[0], sqrt(found[1]), first.count + second.count
    reach = halfwidth(found[1], count, tuning)
    rho = _rho(tuning)
    grown = count * rho
    evidence = grown * effect**2 / found[1] / (2 * (1 + grown)) - log(grown + 1) / 2
    p = min(1.0, exp(-evidence)) if evidence > -700 else 1.0
    return Effect(effect, effect - reach, effect + reach, error, p)


def decided(first: Summary, second: Summary, *, tuning: float = TUNING) -> bool:
    """Whether it is certain, at whichever look, that one of them has more."""
    told = sequential(first, second, tuning=tuning)
    return told is not None and told.certain and first.firm and second.firm


def halfwidth(variance: float, count: int, tuning: float = TUNING) -> float:
    """Half of the sequential interval, of an effect with that variance after `count` shoppers."""
    grown = count * _rho(tuning)
    return sqrt(variance) * sqrt(2 * (grown + 1) / grown * log(sqrt(grown + 1) / ALPHA))


def _rho(tuning: float) -> float:
    """The square of the paper's ρ."""
    return (-2 * log(ALPHA) + log(-2 * log(ALPHA) + 1)) / tuning


def bayesian(
    first: Summary,
    second: Summary,
    *,
    relative: bool = True,
    prior: tuple[float, float] = (0.0, inf),
) -> Belief | None:
    """The posterior of the effect under a normal prior (mean, variance); None for too little."""
    found = spread(first, second, relative=relative)
    if found is None or found[1] <= 0:
        return None
    weight, prior_weight = 1 / found[1], 0.0 if prior[1] == inf else 1 / prior[1]
    effect = (weight * found[0] + prior_weight * prior[0]) / (weight + prior_weight)
    error = sqrt(1 / (weight + prior_weight))
    reach = NORMAL.inv_cdf(1 - ALPHA / 2) * error
    chance = NORMAL.cdf(effect / error)
    gain = effect * chance + error * NORMAL.pdf(effect / error)
    return Belief(effect, effect - reach, effect + reach, error, chance, gain, gain - effect)


def skew(first: int, second: int) -> float:
    """How likely halves come out so unequal by chance: the sample ratio check."""
    whole = first + second
    return chi_squared_tail((first - second) ** 2 / whole) if whole else 1.0
