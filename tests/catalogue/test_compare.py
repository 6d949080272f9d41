"""What is held against what."""

import pytest

from bot.catalogue.acts import AskProduct, Compare
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
