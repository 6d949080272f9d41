"""The language of a text, by its letters."""

import pytest

from bot.language.detect import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好", "zh"),
        ("iPhone 手机壳有吗", "zh"),
        ("VISA、Mastercard可以用吗？", "zh"),
        ("How do I return a duvet?", "en"),
        ("What does 杜松与潮 mean, and where does the name of your shop come from?", "en"),
        ("Wo ist mein Paket?", "en"),
        ("订单 AB26/0452 不要了 xiaoyu.lin@mailbox.example", "zh"),
        ("退货 https://shop.example/orders/1234 谢谢", "zh"),
    ],
)
def test_language_follows_the_share_of_han_characters(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_text_without_letters_takes_the_default() -> None:
    assert detect_language("123 👍") == "en"
    assert detect_language("？？", default="zh") == "zh"
    assert detect_language("") == "en"
    assert detect_language("AB26/0452, tom@mailbox.example", default="zh") == "zh"
