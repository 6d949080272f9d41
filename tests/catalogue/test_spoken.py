"""What a product's own text says of it answers, and variants are told where one is asked for."""

import pytest

from tests.support.bikes import answer, asked


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("can I ride it on forest trails", "BK-T", "Heron touring bike: Not for trails or jumps."),
        ("可以走山路吗", "BK-T", "不能走山路"),
        ("is the bundle in stock", "LK-1", "lock + holder + cable: sold out right now"),
    ],
)
def test_what_the_text_says_is_told(text: str, told: str, said: str) -> None:
    assert said in answer(text, told)


@pytest.mark.parametrize("text", ["do you deliver to the trails", "can I return it"])
def test_what_the_shop_does_is_no_matter_of_a_text(text: str) -> None:
    assert asked(text, "BK-T") is None
