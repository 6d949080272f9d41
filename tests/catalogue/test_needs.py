"""What is looked for in more words than the catalogue explains."""

import pytest

from bot.catalogue.acts import AskProduct, FindProducts, Recommend
from tests.support.coffee import answer, asked
from tests.support.outfitter import asked as in_outfitter
from tests.support.outfitter import outfitter
from tests.support.toys import answer as told_in_toys
from tests.support.toys import asked as in_toys


def test_what_is_named_is_listed_and_the_rest_said_to_be_missing() -> None:
    told = answer("I need a grinder for camping, one that doesn't break")
    assert "Conical grinder" in told
    assert "says nothing of “camping" in told


@pytest.mark.parametrize(
    "text",
    ["how do I clean the grinder", "I need to return a grinder", "where is my kettle", "我要退货"],
)
def test_what_is_no_search_is_none(text: str) -> None:
    assert asked(text) is None


def test_a_word_said_of_what_is_named_is_missing_wherever_it_stands() -> None:
    act = asked("is the kettle for campers too")
    assert isinstance(act, AskProduct)
    assert [each.text for each in act.missed] == ["campers"]


def test_a_label_of_the_shops_own_finds_what_has_it() -> None:
    act = asked("anything rustproof?")
    assert isinstance(act, FindProducts)
    assert act.skus == ("GR-2",)


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("machine with at least 10 bar", ("CM-1",)),
        ("grinders under 60 dB", ("GR-2",)),
        ("grinder 30 settings", ("GR-1",)),
        ("what about 12 settings", ("GR-2",)),
    ],
)
def test_units_and_labels_are_learned_from_the_catalogue(text: str, skus: tuple[str, ...]) -> None:
    act = asked(text, *(("GR-1",) if "about" in text else ()))
    assert isinstance(act, FindProducts)
    assert act.skus == skus


def test_a_comparative_before_a_number_bounds_it() -> None:
    act = in_outfitter(outfitter(), "a headlamp brighter than 300 lumens")
    assert act is not None
    assert act.skus == ("HL-01",)
    above = in_outfitter(outfitter(), "a headlamp brighter than 500 lumens")
    assert above is not None
    assert above.skus == ()


def test_a_unit_that_nothing_has_is_no_money() -> None:
    act = asked("grinders with at least 40 lumens")
    assert not (isinstance(act, FindProducts) and act.filters.numbers)


def test_a_chinese_word_finds_what_is_in_english_alone() -> None:
    act = asked("有水壶吗")
    assert act is not None
    assert act.skus == ("KE-1",)


def test_what_speaks_of_a_need_is_recommended_with_its_words() -> None:
    act = in_toys("a kite for beginners who never flew one", sense=True)
    assert isinstance(act, Recommend)
    assert act.skus == ("KT-2",)


def test_an_age_is_held_against_the_ages_that_a_text_names() -> None:
    fits = in_toys("a game for a 7 year old", sense=True)
    assert isinstance(fits, Recommend)
    assert fits.skus == ("GM-2",)
    older = in_toys("a game for a 12 year old", sense=True)
    assert older is None or "GM-2" not in older.skus[:1]


def test_a_need_that_nothing_speaks_of_is_said_to_be_missing() -> None:
    assert "says nothing of “astronauts”" in told_in_toys("a kite for astronauts", sense=True)
