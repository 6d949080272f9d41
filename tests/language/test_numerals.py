"""Numbers in digits and in words."""

import pytest

from bot.language.numerals import number_at
from bot.language.phrases import tokenise


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,600", 1600),
        ("75 million", 75_000_000),
        ("thirty-five", 35),
        ("two hundred and six", 206),
        ("a thousand", 1000),
        ("10 1/2", 10.5),
        ("三百五", 350),
        ("三百零五", 305),
        ("一万二", 12_000),
        ("十二", 12),
        ("二点五", 2.5),
        ("36.57亿", 3_657_000_000),
    ],
)
def test_number_is_read(text: str, value: float) -> None:
    found = number_at(tokenise(text), 0)
    assert found is not None
    assert found[0] == pytest.approx(value)


@pytest.mark.parametrize("text", ["kettle", "水壶", "and", "𐩀", "1" * 40])
def test_other_words_are_no_numbers(text: str) -> None:
    assert number_at(tokenise(text), 0) is None
