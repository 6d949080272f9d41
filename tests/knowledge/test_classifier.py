"""The index's own classifier: what it learns, when it is worth it, and its file."""

from pathlib import Path

import numpy as np

from bot.knowledge import classifier
from bot.language import regression
from bot.types import PRODUCT

RNG = np.random.default_rng(3)


def phrasings(entries: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around one direction an entry."""
    middle = RNG.normal(size=(entries, 16))
    rows = np.repeat(middle, each, axis=0) + 0.4 * RNG.normal(size=(entries * each, 16))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), np.repeat(np.arange(entries), each)


def names(entries: int, each: int, product: bool = False) -> list[str]:
    """Ids of entries, one for each of their phrasings."""
    return [f"{PRODUCT * product}{entry}" for entry in range(entries) for _ in range(each)]


def test_entries_with_one_phrasing_each_teach_nothing() -> None:
    assert not classifier.worth_fitting(names(50, 1), 384)
    assert not classifier.worth_fitting(names(1, 50), 384)  # nothing to tell apart
    assert classifier.worth_fitting(names(50, 3), 384)
    assert not classifier.worth_fitting(names(100_000, 3), 384)  # minutes


def test_questions_made_up_for_products_do_not_count() -> None:
    products = names(50, 7, product=True)
    assert not classifier.worth_fitting([*products, *names(50, 1)], 384)
    assert classifier.worth_fitting([*products, *names(50, 3)], 384)


def test_the_file_holds_what_was_learned(tmp_path: Path) -> None:
    assert classifier.load(tmp_path) is None
    weights = regression.fit(*phrasings(entries=4, each=5))
    classifier.save(tmp_path, weights)
    loaded = classifier.load(tmp_path)
    assert loaded is not None
    np.testing.assert_allclose(loaded, weights, rtol=1e-2, atol=1e-2)
