"""What a wish says already is not asked for."""

import pytest

from bot.orders.change_rules import Change
from bot.orders.given import given


@pytest.mark.parametrize(
    ("text", "replacement"),
    [
        ("the boots are too small, can I get 44 instead?", "44"),
        ("could I have it in blue instead please", "blue"),
        ("can I swap it for the green one", "green one"),
        ("鞋子紧了，能不能换大一码", "大一码"),
        ("能给我换43的吗", "43的"),
        ("I want to exchange it instead", ""),
        ("我要换货", ""),
    ],
)
def test_the_replacement_that_a_wish_names(text: str, replacement: str) -> None:
    assert given(Change.EXCHANGE, text) == replacement
