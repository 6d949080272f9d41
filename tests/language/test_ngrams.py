"""Hashed pieces of words: alike where texts are, never longer than one."""

import numpy as np
import pytest

from bot.language.ngrams import SIZE, hashed


def alike(one: str, other: str) -> float:
    return float(hashed(one) @ hashed(other))


@pytest.mark.parametrize("text", ["cancel my order", "帮我转人工", "1", "x" * 10_000])
def test_a_text_is_a_unit_vector(text: str) -> None:
    assert hashed(text).shape == (SIZE,)
    assert np.linalg.norm(hashed(text)) == pytest.approx(1)


def test_nothing_has_no_pieces() -> None:
    assert not hashed("").any()
    assert not hashed("  ").any()


def test_numbers_case_and_width_make_no_difference() -> None:
    assert alike("Cancel order 123", "cancel ORDER 99999") == pytest.approx(1)
    assert alike("ｈｕｍａｎ", "human") == pytest.approx(1)


def test_a_typing_error_leaves_most_of_a_word() -> None:
    assert alike("representative", "represenative") > 0.4
    assert alike("representative", "delivery") < 0.2


def test_order_of_words_counts() -> None:
    assert alike("不用人工", "人工不用") < 0.9
