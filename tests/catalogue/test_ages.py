"""An age in a need finds what says that it is for that age, and nothing at random."""

import pytest

from bot.catalogue import reading
from bot.catalogue.acts import Recommend
from bot.catalogue.ages import age_said
from tests.support.bikes import answer, asked, bikes
from tests.support.toys import asked as in_toys


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("a gift for a 7 year old", 7),
        ("a present for my nephew, he is 7", 7),
        ("he turns 6", 6),
        ("3岁的孩子", 3),
        ("a bike for 7 euros", None),
        ("is it 20 inch", None),
    ],
)
def test_an_age_is_read(text: str, years: float | None) -> None:
    assert age_said(reading.read(text, bikes())) == years


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("a present for my nephew, he is 7", ("BK-20",)),
        ("a bike for my daughter, she is 3", ("BK-16",)),
        ("3岁孩子骑的车", ("BK-16",)),
        ("a gift for a 1 year old", ()),
        ("gift for my dad", ()),
    ],
)
def test_what_states_that_age_is_recommended(text: str, skus: tuple[str, ...]) -> None:
    act = asked(text)
    assert isinstance(act, Recommend)
    assert act.skus == skus


def test_a_text_states_ages_too() -> None:
    act = in_toys("a game for a 7 year old")
    assert isinstance(act, Recommend)
    assert act.skus == ("GM-2",)


def test_where_nothing_speaks_of_it_what_it_is_for_is_asked() -> None:
    assert answer("gift for my dad").startswith("What is it for")


def test_a_budget_is_kept_to() -> None:
    act = asked("想送给骑车的朋友，预算35左右")
    assert isinstance(act, Recommend)
    assert "PM-1" in act.skus
    assert "BT-A" not in act.skus
