"""Superlatives and comparatives."""

import pytest

from bot.catalogue.acts import FindProducts
from tests.support.outfitter import asked, demo_table, outfitter


@pytest.mark.parametrize(
    ("text", "first", "measure"),
    [
        ("cheapest tent", "TE-01", "price"),
        ("whats the lightest jacket", "JA-01", "weight"),
        ("biggest backpack", "HB-01", "capacity"),
        ("the most expensive shoes", "SH-02", "price"),
    ],
)
def test_the_first_of_an_order(text: str, first: str, measure: str) -> None:
    act = asked(outfitter(), text)
    assert isinstance(act, FindProducts)
    assert (act.skus[0], act.measure) == (first, measure)


def test_the_cheaper_one_is_of_what_was_told() -> None:
    act = asked(demo_table(), "the cheaper one", "JT-KET-01", "JT-KET-02")
    assert isinstance(act, FindProducts)
    assert (act.skus[0], act.limit) == ("JT-KET-02", 1)


def test_anything_cheaper_is_of_the_same_sort() -> None:
    act = asked(demo_table(), "anything cheaper?", "JT-PIL-02")
    assert isinstance(act, FindProducts)
    assert act.skus == ("JT-PIL-03",)


def test_in_chinese() -> None:
    act = asked(demo_table(), "最便宜的枕头")
    assert isinstance(act, FindProducts)
    assert act.skus[0] == "JT-PIL-03"


@pytest.mark.parametrize(
    ("text", "told", "first"),
    [
        ("which holds more", ("HB-01", "HB-02"), "HB-01"),
        ("which sleeps more people", ("TE-01", "TE-02"), "TE-02"),
        ("which weighs less", ("TE-01", "TE-02"), "TE-01"),
    ],
)
def test_more_and_less_of_a_measure(text: str, told: tuple[str, ...], first: str) -> None:
    act = asked(outfitter(), text, *told)
    assert isinstance(act, FindProducts)
    assert (act.skus[0], act.limit) == (first, 1)


def test_cheaper_than_one_that_is_named_is_of_its_sort() -> None:
    act = asked(outfitter(), "is there a lighter tent than the basecamp")
    assert isinstance(act, FindProducts)
    assert act.skus == ("TE-01",)


def test_a_plain_chinese_word_for_a_quality_is_an_order_of_some() -> None:
    act = asked(demo_table(), "哪个容量大", "JT-KET-01", "JT-KET-02")
    assert isinstance(act, FindProducts)
    assert act.skus[0] == "JT-KET-02"
