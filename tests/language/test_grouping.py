"""Texts of one meaning come together, and nothing else does."""

import numpy as np

from bot.language.grouping import grouped
from bot.language.regression import Floats


def around(*angles: float) -> Floats:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_what_is_alike_is_one_group_and_the_largest_comes_first() -> None:
    vectors = around(0, 90, 3, 180, 6, 93)
    assert grouped(vectors, [1] * 6, 0.9) == [[0, 2, 4], [1, 5], [3]]


def test_how_often_a_text_was_asked_counts() -> None:
    assert grouped(around(0, 90), [1, 5], 0.9) == [[1], [0]]


def test_a_chain_of_neighbours_is_not_one_group() -> None:
    groups = grouped(around(*range(0, 180, 15)), [1] * 12, 0.9)
    assert max(map(len, groups)) < 5


def test_nothing_has_no_groups() -> None:
    assert grouped(np.zeros((0, 4), dtype=np.float32), [], 0.5) == []


def test_ten_thousand_texts_are_each_in_one_group() -> None:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(100, 32))
    vectors = (centres[np.arange(10_000) % 100] + rng.normal(size=(10_000, 32)) / 5).astype("f4")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = grouped(vectors, [1] * len(vectors), 0.6)
    assert sorted(at for group in groups for at in group) == list(range(10_000))
    largest = groups[:100]
    assert all(len({at % 100 for at in group}) == 1 for group in largest)
    assert sum(map(len, largest)) > 9_000
