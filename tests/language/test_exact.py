"""Exact phrases: all of a message or nothing."""

import pytest

from bot.language.exact import kinds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", {"yes"}),
        ("Yes please!", {"yes"}),
        ("好的，谢谢", {"yes", "thanks"}),
        ("人 工", {"wanted"}),
        ("轉人工！！", {"wanted"}),
        ("Human, please", {"wanted"}),
        ("no human", {"no", "wanted"}),
        ("forget it", {"never_mind", "leave"}),
        ("where is my order", set()),
        ("yes, and where is my order", set()),
        ("", set()),
        ("please", set()),
        ("yes " * 40, set()),
    ],
)
def test_what_a_message_is_made_of(text: str, said: set[str]) -> None:
    assert kinds(text) == said
