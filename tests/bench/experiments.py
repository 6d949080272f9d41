"""The tests of an experiment against reference figures, and how often an A/A test finds something.

    python -m tests.bench.experiments --data FOLDER [--simulations 2000]

FOLDER holds `ab_reference.json`: cases from GrowthBook's own tests (MIT), with what they expect.
The A/A test gives two halves the same shop, looks at them on each of 28 days and stops at the first
certain difference; the share of simulations in which there is one is to be at most 5 %. Beside it
stands what the t-test would have found, which is not made to be looked at daily.
"""

import argparse
import json
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.insights.experiments.tests import (
    TUNING,
    Belief,
    Effect,
    Summary,
    bayesian,
    decided,
    sequential,
    t_test,
)

DAYS = 28
_DAILY = 100  # shoppers of each half
_RATE = 0.08  # of them who order, both ways


def main() -> None:
    """Compare, simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the cases")
    parser.add_argument("--simulations", type=int, default=2000)
    asked = parser.parse_args()
    cases = json.loads((asked.data / "ab_reference.json").read_text(encoding="utf-8"))
    table = Table(title="against the reference cases")
    for name in ("case", "largest difference"):
        table.add_column(name)
    for case in cases:
        table.add_row(case["test"], f"{difference(case):.1e}")
    Console().print(table)
    table = Table(title=f"A/A, {DAYS} daily looks, {asked.simulations:,} simulations")
    for name in ("outcome", "as the verdict looks", "t-test looked at daily"):
        table.add_column(name, justify="left" if name == "outcome" else "right")
    for name, of in (("ordered", False), ("order value", True)):
        found = false_positives(asked.simulations, value=of)
        table.add_row(name, *(f"{each:.2%}" for each in found))
    Console().print(table)


def difference(case: dict[str, Any]) -> float:
    """The largest absolute difference to what a case expects."""
    first, second = (_summary(case[each]) for each in ("a", "b"))
    relative = "relative" in case["test"]
    found: Effect | Belief | None
    if "sequential" in case["test"]:
        tuning = 1000.0 if "tuning 1000" in case["test"] else TUNING
        found = sequential(first, second, relative=relative, tuning=tuning)
    elif "bayes" in case["test"]:
        prior = (0.1, 0.1) if "prior N" in case["test"] else (0.0, inf)
        found = bayesian(first, second, relative=relative, prior=prior)
    else:
        found = t_test(first, second, relative=relative)
    if found is None:
        return inf
    expected = case["expected"]
    pairs = [
        (found.effect, expected["effect"]),
        (found.low, expected["ci95"][0]),
        (found.high, expected["ci95"][1]),
        (found.error, expected["stderr"]),
    ]
    if isinstance(found, Belief):
        pairs += [(found.chance, expected["chance_to_win"])]
        pairs += [(found.risk_first, expected["risk"][0]), (found.risk_second, expected["risk"][1])]
    else:
        pairs += [(found.p, expected["p"])]
    # The reference is given to five places.
    return float(max(abs(round(mine, 5) - theirs) for mine, theirs in pairs))


def _summary(given: dict[str, Any]) -> Summary:
    if "successes" in given:
        return Summary.of_share(given["n"], given["successes"])
    return Summary.of_values(given["n"], given["sum"], given["sum_squares"])


def false_positives(simulations: int, *, value: bool, seed: int = 1) -> tuple[float, float]:
    """The share of A/A tests in which the sequential test, and the t-test, ever find something."""
    random = np.random.default_rng(seed)
    found = [0, 0]
    for _ in range(simulations):
        halves = [_days(random, value=value) for _ in range(2)]
        looks = [False, False]
        for day in range(DAYS):
            first, second = (
                Summary.of_values((day + 1) * _DAILY, float(total[day]), float(squares[day]))
                for total, squares in halves
            )
            told = t_test(first, second)
            looks[0] = looks[0] or decided(first, second)
            looks[1] = looks[1] or (told is not None and told.certain)
        found = [count + look for count, look in zip(found, looks, strict=True)]
    return found[0] / simulations, found[1] / simulations


def _days(random: np.random.Generator, *, value: bool) -> tuple[Any, Any]:
    """Sums and sums of squares up to each day, of a half."""
    values = (random.random((DAYS, _DAILY)) < _RATE).astype(float)
    if value:
        values *= random.lognormal(4.0, 0.8, (DAYS, _DAILY))
    return np.cumsum(values.sum(axis=1)), np.cumsum((values**2).sum(axis=1))


if __name__ == "__main__":
    main()
