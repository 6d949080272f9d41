"""What a long message is after: criteria or one product's attributes, the rest passed over."""

from functools import cache

import pytest

from bot.catalogue import reading
from bot.catalogue.acts import AskProduct, FindProducts
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.catalogue.understand import understand
from bot.knowledge.documents import read_knowledge
from tests.support.outfitter import TODAY, asked, demo_table, outfitter
from tests.support.paths import DATA


@cache
def stays() -> Table:
    """Hotels and sights: a catalogue in Chinese with labels of its own."""
    return Table(read_knowledge(DATA / "stays", TODAY).entries)


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("好的，玩累了，想找个评分4.5分以上的舒适型酒店住下，有推荐吗？", ("H-1", "H-3")),
        ("你好，帮我找一家最低价格300-400元的酒店吧，谢谢", ("H-1",)),
        ("吃完饭我们想去一个门票免费的景点走走，去哪好呢", ("P-1",)),
        ("那请帮我找一个游玩时间3小时 - 4小时的景点", ("P-2",)),
        ("我们打算找一家能提供24小时热水、评分是4.8分以上的酒店", ("H-3",)),
        ("门票不是免费的景点帮我推荐一个", ("P-2",)),
    ],
)
def test_criteria_are_kept_and_all_are_met(text: str, skus: tuple[str, ...]) -> None:
    act = asked(stays(), text)
    assert isinstance(act, FindProducts)
    assert act.skus == skus


def test_criteria_in_english() -> None:
    text = "we are off to the alps, so could you find us a northpeak backpack below 90 euros?"
    act = asked(outfitter(), text)
    assert isinstance(act, FindProducts)
    assert act.skus == ("HB-02",)


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("太好了，就住这家酒店吧，麻烦把它家电话发我一下", ("phone",)),
        ("挺不错的，那附近有什么景点可以逛逛呀", ("周边景点",)),
        ("听起来不错，这是什么类型的酒店？", ("酒店类型",)),
        ("好的，酒店的评分和电话告诉我一下吧，谢谢啦", ("rating", "phone")),
    ],
)
def test_attributes_are_asked_of_what_was_told(text: str, measures: tuple[str, ...]) -> None:
    act = asked(stays(), text, "H-1")
    assert isinstance(act, AskProduct)
    assert act.skus == ("H-1",)
    assert act.measures == measures


def test_a_whole_name_is_what_is_asked_of() -> None:
    act = asked(stays(), "那我们就去山脚客栈(北门店)吧，电话给我一个", "H-1")
    assert isinstance(act, AskProduct)
    assert act.skus == ("H-2",)


def test_a_name_of_a_kind_with_a_word_that_no_product_has_finds_the_nearest() -> None:
    act = asked(demo_table(), "leather mugs")
    assert isinstance(act, FindProducts)
    assert act.skus == ("JT-MUG-01",)
    assert [each.text for each in act.filters.missed] == ["leather"]


@pytest.mark.parametrize(
    "text",
    [
        "I want to return the blue kettle that I bought for 52 dollars",
        "my blue kettle arrived with a dent, what now",
        "我买的蓝色水壶坏了，怎么退货",
    ],
)
def test_dealings_and_what_is_ones_own_have_no_gist(text: str) -> None:
    assert asked(demo_table(), text) is None


def test_what_is_said_not_to_be_about_products_is_left_alone() -> None:
    read = reading.read("which blue kettle leaks least under 60 dollars", demo_table())
    assert understand(read, demo_table(), Focus(), lambda text: not text) is None
