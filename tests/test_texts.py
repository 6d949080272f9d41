"""A text that has to fit a line is cut in one way, and a browser's language read in one."""

import pytest

from bot.texts import preferred, shorten


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


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.9,zh-Hans;q=0.2", "en"),
        ("fr-FR, ZH-TW ; q=0.5, en;q=.4", "zh"),
        ("en,zh", "en"),  # of two that are wanted alike, the first
        ("zh,en", "zh"),
        ("de, *;q=0.5", "en"),
        ("zh;q=0", "en"),
        ("zh;q=high, en;q=0.1", "en"),
        ("", "en"),
    ],
)
def test_a_browser_is_answered_in_the_language_that_it_wants_most(
    header: str, language: str
) -> None:
    assert preferred({"accept-language": header}) == language


def test_without_a_header_it_is_english() -> None:
    assert preferred({}) == "en"
