"""The dictionary: one gloss a word, the sounds of a character, the English words that exist."""

import pytest

from bot.language import cedict


@pytest.mark.parametrize(
    ("word", "gloss"),
    [("枕头", "pillow"), ("发票", "invoice"), ("红色", "red"), ("学生", "student")],
)
def test_a_word_has_one_clean_gloss(word: str, gloss: str) -> None:
    found = cedict.gloss(word)
    assert found is not None
    assert gloss in found
    assert not set(found) & set("()[]|;,/")
    assert not found.startswith(("to ", "a ", "the "))


def test_a_name_is_the_last_thing_that_a_word_is_taken_for() -> None:
    assert cedict.gloss("王") != "Wang"
    assert cedict.gloss("北海") is not None


@pytest.mark.parametrize("word", ["退或", "", "abc", "退貨"])
def test_what_is_not_in_it_has_no_gloss(word: str) -> None:
    assert cedict.gloss(word) is None


def test_a_character_may_have_several_sounds() -> None:
    assert cedict.sounds("货") == {"huo"}
    assert {"hang", "xing"} <= cedict.sounds("行")
    assert cedict.sounds("x") == frozenset()


def test_english_words_are_those_of_its_english_side() -> None:
    words = cedict.english_words()
    assert {"pillow", "return", "warranty"} <= words
    assert "parcle" not in words
    assert all(word.islower() and len(word) >= 4 for word in words)


def test_names_are_told_from_words_in_both_languages() -> None:
    assert all(map(cedict.is_name, ["amazon", "ikea", "亚马逊", "支付宝"]))
    assert not any(map(cedict.is_name, ["kettle", "adress", "礼拜", "订单"]))
