"""The statistics that learning and measuring share."""

import math

import numpy as np
import pytest

from bot.language.statistics import auroc, logistic


def test_ties_count_half() -> None:
    right = np.array([True, True, False, False])
    assert auroc(right, np.array([0.9, 0.5, 0.5, 0.1])) == 3.5 / 4
    assert auroc(right, np.full(4, 0.3)) == 0.5
    assert math.isnan(auroc(np.array([True]), np.array([0.9])))


def test_a_weight_stays_within_its_bounds_and_the_bias_is_free() -> None:
    rows = np.array([[1.0, 0.0], [0.9, 0.1], [0.1, 0.9], [0.0, 1.0]])
    right = np.array([True, True, False, False])
    _, first, second = logistic(rows, right, [(0.0, None), (0.0, None)], ridge=0.1)
    assert first > 1
    assert second == 0


def test_balanced_classes_weigh_the_same() -> None:
    rows, right = np.zeros((10, 1)), np.arange(10) < 8
    plain, _ = logistic(rows, right, [(None, None)], ridge=1.0)
    balanced, _ = logistic(rows, right, [(None, None)], ridge=1.0, balanced=True)
    assert plain == pytest.approx(math.log(4), abs=1e-3)
    assert balanced == pytest.approx(0, abs=1e-6)
