"""Price hints: elasticities that are known, limits that are kept, and silence on too little."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from bot.database.db import Database
from bot.errors import InputError
from bot.insights.prices import history, limits
from bot.insights.prices.elasticity import Elasticity, elasticity
from bot.insights.prices.hints import hint, hints, sentence
from bot.insights.prices.history import Sales, Week
from bot.insights.prices.limits import NO_LIMITS, Limits
from bot.types import now
from tests.bench.prices import covered
from tests.support.baskets import ordered


def sold(truth: float, *, weeks: int = 104, busy: float = 60) -> Sales:
    """A product whose price went up and down between 45.00 and 55.00; it is 50.00 now."""
    prices = [
        5000.0 * (0.9 if at // 8 % 3 == 1 else 1.1 if at // 8 % 3 == 2 else 1.0)
        for at in range(weeks)
    ]
    prices[-1] = 5000.0
    random = np.random.default_rng(2)
    pieces = random.poisson([busy * (price / 5000) ** truth for price in prices])
    return Sales(
        "LAMP", "Lamp", "USD", [Week(int(n), p, 300) for n, p in zip(pieces, prices, strict=True)]
    )


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    told, held, _ = covered(100, 20.0)
    assert told > 0.9
    assert held >= 0.88


def test_a_price_that_hardly_matters_may_rise_and_one_that_matters_much_may_fall() -> None:
    rise, fall = hint(sold(-0.3), NO_LIMITS), hint(sold(-3.0), NO_LIMITS)
    assert (rise.answer, fall.answer) == ("raise", "lower")
    for each in (rise, fall):
        assert each.suggested is not None
        assert 42.5 <= each.suggested <= 57.5
        assert 0 <= each.gain_low <= each.gain <= each.gain_high
    assert "Try 57.5" in sentence(rise, "en")
    assert hint(sold(-1.0), NO_LIMITS).answer == "keep"


def test_the_owners_limits_cost_and_competitor_are_kept() -> None:
    rise = hint(sold(-0.3), Limits(highest=52.0))
    assert (rise.suggested, rise.bound) == (52.0, True)
    assert hint(sold(-0.3), Limits(competitor=51.0)).suggested == 51.0
    assert hint(sold(-0.3), Limits(lowest=60.0, highest=70.0)).answer == "keep"
    with_cost = hint(sold(-1.6), Limits(cost=40.0))
    assert (with_cost.answer, with_cost.of_margin) == ("raise", True)  # takings alone would fall


@pytest.mark.parametrize(
    ("weeks", "lack"),
    [
        (sold(-1).weeks[:8], "weeks"),
        (sold(-1, busy=0.2).weeks[:20], "pieces"),
        ([replace(each, price=5000.0) for each in sold(-1).weeks], "prices"),
    ],
)
def test_too_little_is_said(weeks: list[Week], lack: str) -> None:
    assert elasticity(weeks) == lack
    found = hint(Sales("LAMP", "Lamp", "USD", weeks), NO_LIMITS)
    assert found.suggested is None
    assert sentence(found, "en").startswith("Too little data")


def test_orders_are_weeks_of_a_product(database: Database) -> None:
    for number in range(3):
        ordered(database, f"c{number}", ["LAMP", "MUG"])
    with database.begin() as session:
        found = history.sales(session, at=now())
        limits.keep(session, limits.read("SKU,Cost\nLAMP,7.5\n", "l.csv"), "Ada")
        [only] = hints(session, at=now(), sku="LAMP")
        assert limits.kept(session) == {"LAMP": Limits(cost=7.5)}
    assert set(found) == {"LAMP", "MUG"}
    first = found["LAMP"].weeks[0]
    assert (first.sold, first.price, first.others) == (3, 2000.0, 3)
    assert len(found["LAMP"].weeks) == pytest.approx(timedelta(days=90).days // 7, abs=1)
    assert only.answer == "pieces"
    assert not isinstance(elasticity(found["LAMP"].weeks), Elasticity)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("price\n1\n", "prices.bad_head"),
        ("sku,cost\n,1\n", "prices.no_sku"),
        ("sku,cost\nA,=1+1\n", "prices.no_amount"),
        ("sku,cost\nA,NaN\n", "prices.no_amount"),
        ("sku,lowest,highest\nA,5,4\n", "prices.crossed"),
    ],
)
def test_a_file_of_limits_that_cannot_be_read_names_its_line(text: str, key: str) -> None:
    with pytest.raises(InputError) as refused:
        limits.read(text, "l.csv")
    assert refused.value.key == key
