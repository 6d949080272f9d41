"""How much more or less of a product is bought at another price.

Pieces a week are a Poisson regression on the logarithm of the price, beside how busy the shop was
that week and a trend; what they scatter more than Poisson's widens the interval (quasi-Poisson,
McCullagh & Nelder 1989). It tells what went along with price in the past, no more: a price that was
lowered for a holiday looks better than it is, as far as the shop's other sales do not show that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bot.insights.experiments.distributions import t_quantile
from bot.insights.prices.history import Week

WEEKS, PIECES = 12, 30  # least that is looked at
APART = 0.04  # share by which two prices differ, to be two
_EACH = 3  # weeks, and pieces, on either side of the middle price
_ROUNDS = 60
Numbers = npt.NDArray[np.float64]
Lack = Literal["weeks", "pieces", "prices", "unclear"]


@dataclass(frozen=True)
class Elasticity:
    """By how many percent what is bought changes with the price by one: `low` to `high` holds the
    truth in 95 of 100 cases."""

    value: float
    low: float
    high: float
    weeks: int
    pieces: int


def elasticity(weeks: Sequence[Week]) -> Elasticity | Lack:
    """The elasticity of these weeks; else what there is too little of."""
    sold = np.array([each.sold for each in weeks], dtype=float)
    prices = np.array([each.price for each in weeks], dtype=float)
    if len(weeks) < WEEKS:
        return "weeks"
    if sold.sum() < PIECES:
        return "pieces"
    middle = (prices.min() + prices.max()) / 2
    dear = prices > middle
    enough = all(side.sum() >= _EACH and sold[side].sum() >= _EACH for side in (dear, ~dear))
    if prices.max() < prices.min() * (1 + APART) or not enough:
        return "prices"
    others = np.log1p(np.array([each.others for each in weeks], dtype=float))
    columns = [np.ones(len(weeks)), np.log(prices / prices.mean())]
    columns += [each - each.mean() for each in (others, np.arange(len(weeks)) / len(weeks))]
    # What never varies explains nothing.
    kept = [each for at, each in enumerate(columns) if at < 2 or each.std() > 1e-9]
    fitted = _fit(np.column_stack(kept), sold)
    if fitted is None:
        return "unclear"
    value, error, freedom = fitted
    reach = t_quantile(0.975, freedom) * error
    return Elasticity(value, value - reach, value + reach, len(weeks), int(sold.sum()))


def _fit(matrix: Numbers, sold: Numbers) -> tuple[float, float, float] | None:
    """The second column's coefficient, its standard error and degrees of freedom, by iteratively
    reweighted least squares; None where they do not settle."""
    weights = np.zeros(matrix.shape[1])
    weights[0] = np.log(max(sold.mean(), 1e-9))
    for _ in range(_ROUNDS):
        mean = np.exp(np.clip(matrix @ weights, -30, 30))
        information = matrix.T @ (matrix * mean[:, None])
        try:
            step = np.linalg.solve(information, matrix.T @ (sold - mean))
        except np.linalg.LinAlgError:
            return None
        weights = weights + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    else:
        return None
    mean = np.exp(np.clip(matrix @ weights, -30, 30))
    freedom = float(len(sold) - matrix.shape[1])
    scatter = max(1.0, float(((sold - mean) ** 2 / mean).sum()) / freedom)
    variance = float(np.linalg.inv(matrix.T @ (matrix * mean[:, None]))[1, 1])
    return float(weights[1]), float(np.sqrt(scatter * variance)), freedom
