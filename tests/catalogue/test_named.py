"""Products that a text names in passing."""

import pytest

from bot.catalogue.focus import Focus
from bot.catalogue.named import named
from tests.support.coffee import coffee


@pytest.mark.parametrize(
    ("asked", "told", "skus"),
    [
        ("how do I descale", "For the CM-1 take citric acid.", ("CM-1",)),
        ("怎么除垢", "CM-2用柠檬酸。", ("CM-2",)),
        ("which is for two", "Take the Lungo 200 espresso machine.", ("CM-1",)),
        ("can you repair my lungo", "Yes, we repair what we sold.", ("CM-1",)),
    ],
)
def test_a_number_a_whole_name_or_the_question_names_it(
    asked: str, told: str, skus: tuple[str, ...]
) -> None:
    assert named(asked, told, coffee()) == Focus(skus, aside=True)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("what is your address", "Harbour Street 12, open from 9 to 17."),
        ("do you repair espresso machines, grinders and kettles", "Yes, all that we sold."),
    ],
)
def test_no_product_or_many_are_not_it(asked: str, told: str) -> None:
    assert named(asked, told, coffee()) is None
