"""Tokens for BM25: stems, characters and bigrams, after folding what only looks different."""

import pytest

from bot.language.lexical import fold, tokens


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Returns, returned RETURNING!", ["return"] * 3),
        ("the shop's gift-cards", ["the", "shop", "gift", "card"]),
        ("JT-KET-01 350ml", ["jt", "ket", "01", "350ml"]),
        ("退货", ["退", "货", "退货"]),
        ("怎么退", ["怎", "么", "退", "怎么", "么退"]),
        ("退货 label", ["退", "货", "退货", "label"]),
        ("用Klarna付", ["用", "klarna", "付"]),
        ("", []),
        ("?!… 👍", []),
    ],
)
def test_text_is_cut_into_what_can_be_found_again(text: str, cut: list[str]) -> None:
    assert tokens(text) == cut


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＶＩＰ　退貨", "vip 退货"),
        ("運費多少？", "运费多少"),
        ("crème brûlée", "creme brulee"),
        ("don’t", "don't"),
        ("退\u200b货", "退货"),
    ],
)
def test_what_only_looks_different_is_the_same(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


def test_a_mistyped_character_leaves_the_others_to_be_found() -> None:
    assert len(set(tokens("怎么申请退或")) & set(tokens("怎么申请退货"))) >= 8


def test_folding_keeps_words_apart() -> None:
    assert fold("Ａ　B\tÉ") == "a b e"
