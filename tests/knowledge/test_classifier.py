"""The index's own classifier: what it learns, when it is worth it, and its file."""

from pathlib import Path

import numpy as np
import pytest

from bot.knowledge import classifier
from bot.language import regression

RNG = np.random.default_rng(3)


def phrasings(entries: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around one direction an entry."""
    middle = RNG.normal(size=(entries, 16))
    rows = np.repeat(middle, each, axis=0) + 0.4 * RNG.normal(size=(entries * each, 16))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), np.repeat(np.arange(entries), each)


def names(entries: int, each: int, of: str = "faq") -> list[str]:
    """Ids of entries, one for each of their phrasings."""
    return [f"{of}-{entry}" for entry in range(entries) for _ in range(each)]


def worth(*ids: list[str]) -> bool:
    """Whether a classifier is fitted on entries whose ids begin with "faq" if they are an FAQ's."""
    every = [each for of in ids for each in of]
    return classifier.worth_fitting(every, {each for each in every if each.startswith("faq")}, 384)


def test_entries_with_one_phrasing_each_teach_nothing() -> None:
    assert not worth(names(50, 1))
    assert not worth(names(1, 50))  # nothing to tell apart
    assert worth(names(50, 3))
    assert not worth(names(100_000, 3))  # minutes


@pytest.mark.parametrize("made_up", ["product", "section"])
def test_what_is_no_phrasing_of_the_shops_own_does_not_count(made_up: str) -> None:
    assert not worth(names(50, 7, made_up), names(50, 1))
    assert not worth(names(50, 7, made_up))
    assert worth(names(50, 7, made_up), names(50, 3))


def test_the_file_holds_what_was_learned(tmp_path: Path) -> None:
    assert classifier.load(tmp_path) is None
    weights = regression.fit(*phrasings(entries=4, each=5))
    classifier.save(tmp_path, weights)
    loaded = classifier.load(tmp_path)
    assert loaded is not None
    np.testing.assert_allclose(loaded, weights, rtol=1e-2, atol=1e-2)
