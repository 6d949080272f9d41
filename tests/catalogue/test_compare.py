"""What is held against what."""

import pytest

from bot.catalogue.acts import AskProduct, Compare
from tests.support import bikes
from tests.support.outfitter import asked, demo_table, outfitter


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("compare the harbor kettle and the breakwater one", ("JT-KET-01", "JT-KET-02")),
        ("difference between the linen and the percale duvet cover", ("JT-DUV-01", "JT-DUV-02")),
        ("亚麻被套和棉的哪个凉快", ("JT-DUV-01", "JT-DUV-02")),
    ],
)
def test_sides_lean_on_each_other_for_their_noun(text: str, skus: tuple[str, ...]) -> None:
    act = asked(demo_table(), text)
    assert isinstance(act, Compare)
    assert act.skus == skus


def test_different_sorts_of_things_can_be_compared() -> None:
    act = asked(outfitter(), "trail runner vs summit boots")
    assert isinstance(act, Compare)
    assert act.skus == ("SH-01", "SH-02")


def test_what_was_told_is_compared() -> None:
    act = asked(outfitter(), "whats the difference", "TE-01", "TE-02")
    assert isinstance(act, Compare)
    assert act.skus == ("TE-01", "TE-02")


def test_without_anything_to_compare_it_is_asked_which() -> None:
    act = asked(demo_table(), "这个和那个有什么区别")
    assert isinstance(act, AskProduct)
    assert act.skus == ()


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("how much is that together", ("LT-A", "BT-A"), "Together: $34.80."),
        ("how much are the track pump and the chain oil in total", (), "$41.80 to $52.80."),
        ("前灯和电池一共多少钱", (), "合计：34.80 美元。"),
    ],
)
def test_prices_are_summed(text: str, told: tuple[str, ...], said: str) -> None:
    assert said in bikes.answer(text, *told)


@pytest.mark.parametrize("text", ["BK-M or BK-T, which is lighter", "BK-M vs BK-T"])
def test_codes_are_names(text: str) -> None:
    act = bikes.asked(text)
    assert isinstance(act, Compare)
    assert act.skus == ("BK-M", "BK-T")


@pytest.mark.parametrize("text", ["PM-1 weight", "weight of the PM1", "pm 1 weight"])
def test_codes_are_spelt_in_several_ways(text: str) -> None:
    assert bikes.answer(text) == "Track pump: Weight: 1.6 kg."
