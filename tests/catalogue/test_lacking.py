"""What the shop does not have is said plainly."""

import pytest

from bot.catalogue.acts import AskProduct, FindProducts
from tests.support import bikes, plants
from tests.support.coffee import answer, asked


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("do you sell skis?", "skis"),
        ("have you got any lawn mowers", "lawn mowers"),
        ("do you have machine racks for the car", "machine racks"),
        ("do you have coat-hangers in pink", "coat-hangers"),
        ("卖滑雪板吗", "滑雪板"),
    ],
)
def test_a_thing_that_nothing_is_called(text: str, thing: str) -> None:
    act = asked(text)
    assert isinstance(act, FindProducts)
    assert act.unknown == (thing,)


def test_what_a_description_mentions_is_said_with_it() -> None:
    told = answer("do you have descalers")
    assert told.startswith("We have no “descalers” as a product of its own.")
    assert "Ristretto" in told


def test_a_bare_word_asks_the_same_after_such_an_answer() -> None:
    assert asked("skates?") is None
    assert "no “skates”" in answer("skates?", lacking=True)
    assert "no “bike racks”" in answer("ok what about bike racks for the car", lacking=True)


@pytest.mark.parametrize(
    "text",
    [
        *("do you have a minute", "do you have delivery abroad", "do you ship to spain"),
        "卖洗衣机吗",  # a washing machine: the dictionary's word is one of the shop's
    ],
)
def test_other_questions_ask_for_no_thing(text: str) -> None:
    act = asked(text)
    assert not (isinstance(act, FindProducts) and act.unknown)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("do you sell receipts", "We have no “receipts”"),
        ("你们卖车铃吗", "没有单独出售“车铃”"),
    ],
)
def test_what_a_text_only_mentions_is_not_sold(text: str, said: str) -> None:
    assert said in bikes.answer(text)


def test_a_value_that_names_another_product_is_one_of_what_is_named() -> None:
    for text in ("尾灯有电池的吗", "is there a battery tail light"):
        act = bikes.asked(text)
        assert isinstance(act, AskProduct)
        assert act.skus == ("LT-B",)


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("do you have nails", "nails"),
        ("do you stock fountain pens", "fountain pens"),
        ("got any balls", "balls"),
        ("你们有盆景吗", "盆景"),
        ("有没有仓鼠用品", "仓鼠用品"),
        ("有鹦鹉饲料吗", "鹦鹉饲料"),
    ],
)
def test_what_is_asked_for_in_any_words_is_not_there(text: str, thing: str) -> None:
    act = plants.asked(text)
    assert isinstance(act, FindProducts)
    assert act.unknown == (thing,)
