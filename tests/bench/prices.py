"""Whether the interval of an elasticity holds the truth as often as it says, on made-up shops.

    python -m tests.bench.prices [--products 500]

Each product has two years of weeks, a known elasticity, prices that change now and then, a season
that the whole shop has and a trend of its own; sales scatter more than Poisson's.
"""

import argparse

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.insights.prices.elasticity import Elasticity, elasticity
from bot.insights.prices.history import Week

_WEEKS = 104


def main() -> None:
    """Make, estimate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=500)
    asked = parser.parse_args()
    table = Table(title=f"{asked.products} products each")
    for name in ("pieces a week", "told", "interval holds the truth", "median width"):
        table.add_column(name, justify="right")
    for busy in (1.0, 4.0, 20.0):
        told, held, width = covered(asked.products, busy)
        table.add_row(f"{busy:g}", f"{told:.0%}", f"{held:.1%}", f"{width:.2f}")
    Console().print(table)


def covered(products: int, busy: float, *, seed: int = 1) -> tuple[float, float, float]:
    """The share of products of which something is told, of these the share whose interval holds
    the truth, and the median width of the intervals."""
    random = np.random.default_rng(seed)
    held, widths = 0, []
    for _ in range(products):
        truth = float(random.uniform(-3.0, -0.3))
        found = elasticity(made_up(random, truth, busy))
        if isinstance(found, Elasticity):
            held += found.low <= truth <= found.high
            widths.append(found.high - found.low)
    told = len(widths)
    return told / products, held / max(1, told), float(np.median(widths)) if widths else 0.0


def made_up(random: np.random.Generator, truth: float, busy: float) -> list[Week]:
    """The weeks of a product with that elasticity and so many pieces a week."""
    season = np.exp(0.4 * np.sin(2 * np.pi * (np.arange(_WEEKS) + random.uniform(0, 52)) / 52))
    changes = np.sort(random.integers(5, _WEEKS, size=6))
    steps = np.exp(random.normal(0, 0.08, size=7))
    prices = 50 * steps[np.searchsorted(changes, np.arange(_WEEKS), side="right")]
    trend = np.exp(random.uniform(-0.4, 0.4) * np.arange(_WEEKS) / _WEEKS)
    mean = busy * season * trend * (prices / 50) ** truth
    # Gamma-mixed: the variance is 1.5 times Poisson's and more.
    sold = random.poisson(mean * random.gamma(2 * busy, 1 / (2 * busy), size=_WEEKS))
    others = random.poisson(300 * season)
    return [
        Week(int(one), float(price), int(rest))
        for one, price, rest in zip(sold, prices, others, strict=True)
    ]


if __name__ == "__main__":
    main()
