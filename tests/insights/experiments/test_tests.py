"""The tests of an experiment: against figures from elsewhere, and an A/A test looked at daily."""

import numpy as np
import pytest

from bot.insights.experiments.planning import days, least_effect
from bot.insights.experiments.tests import (
    Summary,
    bayesian,
    decided,
    sequential,
    skew,
    t_test,
)

# From GrowthBook's own tests (MIT), packages/stats/tests at 8f1db44.
FIRST = Summary.of_values(3407, 1396.87, 52377.9767)
SECOND = Summary.of_values(3461, 2422.7, 134698.29)


def test_the_t_test_is_the_published_one() -> None:
    told = t_test(FIRST, SECOND)
    assert told is not None
    found = (told.effect, told.low, told.high, told.error, told.p)
    assert found == pytest.approx((0.70732, -0.03526, 1.44989, 0.37879, 0.06191), abs=1e-5)
    absolute = t_test(FIRST, SECOND, relative=False)
    assert absolute is not None
    assert absolute.p == pytest.approx(0.02016, abs=1e-5)


def test_the_sequential_interval_is_the_published_one() -> None:
    told = sequential(Summary.of_share(3000, 1396), Summary.of_share(3461, 2422))
    assert told is not None
    assert (told.low, told.high) == pytest.approx((0.40098, 0.60675), abs=1e-5)


def test_what_a_bayesian_believes_is_the_published_one() -> None:
    told = bayesian(Summary.of_share(100, 49), Summary.of_share(100, 51))
    assert told is not None
    found = (told.chance, told.risk_first, told.risk_second, told.low, told.high)
    assert found == pytest.approx((0.60918, 0.0814, 0.04058, -0.24779, 0.32943), abs=1e-5)


def test_equal_halves_looked_at_daily_are_hardly_ever_told_apart() -> None:
    random = np.random.default_rng(3)
    wrong = 0
    for _ in range(60):
        first, second = (np.cumsum(random.binomial(100, 0.08, size=28)) for _ in range(2))
        wrong += any(
            decided(*(Summary.of_share(100 * (day + 1), int(of[day])) for of in (first, second)))
            for day in range(28)
        )
    assert wrong <= 6  # 5 % of 60 are 3


def test_too_little_is_no_effect_and_uneven_halves_are_seen() -> None:
    assert t_test(Summary(0, 0, 0), SECOND) is None
    assert sequential(Summary.of_share(10, 0), Summary.of_share(10, 3)) is None
    assert not decided(Summary.of_share(40, 1), Summary.of_share(40, 20))  # one order
    assert skew(500, 500) == 1.0
    assert skew(500, 620) < 0.001 < skew(500, 540)


def test_a_smaller_effect_takes_longer() -> None:
    share = Summary.of_share(1000, 80)
    small, large = (days(share.mean, share.variance, each, 200) for each in (0.2, 0.5))
    assert small is not None
    assert large is not None
    assert small > 4 * large
    assert days(share.mean, share.variance, 0.001, 200) is None
    least = least_effect(share.mean, share.variance, small * 200)
    assert least == pytest.approx(0.2, rel=0.02)
