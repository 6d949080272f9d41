"""Labels said apart, and numbers with the label that they are said of."""

import pytest

from bot.catalogue.reading import read
from tests.catalogue.test_gist import stays


@pytest.mark.parametrize(
    ("text", "of", "ends"),
    [
        ("评分4.5分以上", "rating", (4.5, None)),
        ("4.5分以上的评分", "rating", (4.5, None)),
        ("至少4星", "rating", (4.0, None)),
        ("rating of at least 4.5", "rating", (4.5, None)),
        ("门票在20-50元之间", "门票", (20.0, 50.0)),
        ("价格在20-50元之间", "", (20.0, 50.0)),
        ("门票免费", "", (0.0, 0.0)),
    ],
)
def test_a_number_is_said_of_the_label_beside_it(
    text: str, of: str, ends: tuple[float | None, float | None]
) -> None:
    reading = read(text, stays())
    (quantity,) = reading.quantities
    assert (quantity.low, quantity.high) == ends
    assert quantity.of in (of, "门票" if "免费" in text else of)
    assert not reading.measures
    assert "price" not in reading.asks


def test_a_label_in_another_clause_is_asked_for() -> None:
    assert read("评分是多少？4.5分以上吗", stays()).measures == ("rating",)


def test_a_label_in_two_parts_is_asked_for() -> None:
    reading = read("这家酒店附近都有哪些景点", stays())
    assert reading.measures == ("周边景点",)
    assert "景点" not in [each.text for each in reading.words]
