"""Before an experiment starts: the least effect that it can find, and how many days that takes.

By the test that will be looked at daily, with a power of 80 %: an effect is found when even the
lower end of what is measured in four of five cases is outside of the sequential interval.
"""

from math import ceil, sqrt

from bot.insights.experiments.distributions import NORMAL
from bot.insights.experiments.tests import TUNING, halfwidth

POWER = 0.8
LONGEST = 365  # days; what takes longer is not worth beginning


def least_effect(
    mean: float, variance: float, count: int, *, tuning: float = TUNING
) -> float | None:
    """The smallest relative effect that `count` shoppers in all are enough for; None where the
    present mean is 0."""
    if not mean or count < 2:
        return None
    of_effect = 2 * variance / (count / 2) / mean**2
    return halfwidth(of_effect, count, tuning) + NORMAL.inv_cdf(POWER) * sqrt(of_effect)


def shoppers(mean: float, variance: float, effect: float, *, most: int) -> int | None:
    """How many shoppers in all a relative effect takes; None where even `most` are too few."""
    found = least_effect(mean, variance, most)
    if found is None or found > abs(effect):
        return None
    low, high = 2, most
    while low < high:
        middle = (low + high) // 2
        needs = least_effect(mean, variance, middle)
        if needs is not None and needs <= abs(effect):
            high = middle
        else:
            low = middle + 1
    return low


def days(mean: float, variance: float, effect: float, daily: float) -> int | None:
    """How many days a relative effect takes with `daily` shoppers in all; None for more than a
    year."""
    if daily <= 0:
        return None
    needs = shoppers(mean, variance, effect, most=max(2, int(daily * LONGEST)))
    return None if needs is None else ceil(needs / daily)
