"""A text that has to fit a line is cut in one way."""

import pytest

from bot.texts import shorten


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [
        ("two\n  lines", 20, "two lines"),
        ("exactly", 7, "exactly"),
        ("a long label", 8, "a long…"),
        ("运费由谁承担", 4, "运费由…"),
        ("", 8, ""),
    ],
)
def test_a_label_is_one_line(text: str, length: int, cut: str) -> None:
    assert shorten(text, length) == cut
