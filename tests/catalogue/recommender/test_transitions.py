"""Pairs of what the same customers bought, with decay, and that shards add up."""

import numpy as np
import pytest

from bot.catalogue.recommender.transitions import Bought, Sums, pairs, together


def told(sums: Sums) -> dict[tuple[int, int], tuple[float, int]]:
    columns = (sums.first, sums.second, sums.weights, sums.people)
    return {(int(a), int(b)): (float(w), int(n)) for a, b, w, n in zip(*columns, strict=True)}


def test_what_comes_next_weighs_more_than_what_came_before_or_much_later() -> None:
    found = told(pairs([[Bought(1, 0), Bought(2, 1), Bought(3, 2)]]))
    assert found[1, 2][0] > found[1, 3][0] > found[2, 1][0] > 0
    assert found[1, 3][0] == pytest.approx(2**-0.5)


def test_things_in_one_order_lead_to_each_other_alike() -> None:
    found = told(pairs([[Bought(1, 0), Bought(2, 0)]]))
    assert found[1, 2] == found[2, 1] == (1.0, 1)


def test_a_customer_counts_once_for_a_pair_however_often_they_buy_it() -> None:
    faithful = [Bought(at % 2, at) for at in range(10)]
    found = told(pairs([faithful, [Bought(0, 0), Bought(1, 1)]]))
    assert found[0, 1][1] == 2
    assert (0, 0) not in found


def test_shards_add_up_to_the_whole() -> None:
    random = np.random.default_rng(1)
    customers = [
        [Bought(int(item), at) for at, item in enumerate(random.integers(0, 9, size=6))]
        for _ in range(20)
    ]
    whole = told(pairs(customers))
    parts = told(together([pairs(customers[:7]), pairs(customers[7:])]))
    assert parts.keys() == whole.keys()
    for key, (weight, people) in whole.items():
        assert parts[key][0] == pytest.approx(weight)
        assert parts[key][1] == people


def test_nothing_bought_is_no_pair() -> None:
    assert not len(together([pairs([]), pairs([[Bought(1, 0)]])]).keys)
