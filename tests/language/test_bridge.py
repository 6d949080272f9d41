"""The bridge: Chinese as a bag of English words, and nothing else touched."""

import re

import pytest

from bot.language.bridge import encodable, shop_terms, to_english
from bot.language.wording import HAN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("怎么退货", ["return"]),
        ("怎麼退貨", ["return"]),
        ("什么时候发货", ["ship"]),
        ("枕头", ["pillow"]),
        ("支持 PayPal 付款吗", ["paypal", "pay"]),
        ("我要开发票", ["invoice"]),
    ],
)
def test_chinese_becomes_english_words(text: str, words: list[str]) -> None:
    said = to_english(text).lower()
    assert said.isascii()
    for word in words:
        assert word in said


def test_what_stands_between_stays() -> None:
    assert to_english("iPhone 枕头 350ml").startswith("iphone")
    assert to_english("iPhone 枕头 350ml").endswith("350ml")


@pytest.mark.parametrize("text", ["How do I return an item?", "", "123", "Ünïcode"])
def test_other_languages_are_left_alone(text: str) -> None:
    assert encodable(text, multilingual=False) == text


def test_an_encoder_that_knows_chinese_gets_chinese() -> None:
    assert encodable("怎么退货", multilingual=True) == "怎么退货"
    assert encodable("怎么退货", multilingual=False) == to_english("怎么退货")


def test_particles_say_nothing_but_a_text_of_particles_is_still_a_text() -> None:
    assert to_english("怎么退货呢") == to_english("怎么退货")
    assert to_english("吗") == "吗"


def test_the_shops_terms_are_english_and_found_after_folding() -> None:
    for chinese, english in shop_terms().items():
        assert not re.search(HAN, english), chinese
        assert english == english.strip(), chinese
