"""Softmax regression: what it learns from a few vectors a class."""

import numpy as np

from bot.language import regression

RNG = np.random.default_rng(3)


def around(classes: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around one direction a class."""
    middle = RNG.normal(size=(classes, 16))
    rows = np.repeat(middle, each, axis=0) + 0.4 * RNG.normal(size=(classes * each, 16))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), np.repeat(np.arange(classes), each)


def test_a_vector_is_given_to_the_class_it_is_like() -> None:
    vectors, owners = around(classes=6, each=9)
    asked = np.arange(len(owners)) % 9 == 0
    weights = regression.fit(vectors[~asked], owners[~asked])
    for vector, owner in zip(vectors[asked], owners[asked], strict=True):
        sure = regression.probabilities(weights, vector)
        assert sure.argmax() == owner
        assert abs(float(sure.sum()) - 1) < 1e-5


def test_a_row_of_no_weight_is_not_learned_from() -> None:
    vectors, owners = around(classes=2, each=20)
    wrong = np.vstack([vectors, vectors]), np.concatenate([owners, 1 - owners])
    weight = np.repeat([1.0, 0.0], len(owners)).astype(np.float32)
    weights = regression.fit(*wrong, weight)
    assert (regression.probabilities(weights, vectors).argmax(axis=1) == owners).all()
