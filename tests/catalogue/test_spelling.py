"""Hyphens, and slips of the finger in the ways to ask."""

import pytest

from bot.catalogue import reading
from bot.catalogue.acts import Compare, FindProducts
from tests.support.coffee import asked, coffee


@pytest.mark.parametrize("text", ["T-shirts under 30", "tshirts under 30", "t shirts under 30"])
def test_a_hyphened_name_is_found_in_any_spelling(text: str) -> None:
    act = asked(text)
    assert isinstance(act, FindProducts)
    assert act.skus == ("TS-1",)


def test_a_hyphened_word_is_told_as_it_was_written() -> None:
    act = asked("T-shirts under 30")
    assert isinstance(act, FindProducts)
    assert act.filters.said == "t-shirts"


def test_a_misspelt_way_to_ask_is_mended() -> None:
    assert isinstance(asked("whats the diffrance between the lungo and the ristretto"), Compare)


def test_a_hyphen_between_words_that_are_no_name_parts_them() -> None:
    read = reading.read("a heavy-duty kettle", coffee())
    assert [each.text for each in read.unknown] == ["heavy", "duty"]
