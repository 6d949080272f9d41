"""Numbers with units and ranges, in both languages."""

import pytest

from bot.language.quantities import parse


@pytest.mark.parametrize(
    ("text", "low", "high", "kind"),
    [
        ("mugs under 30", None, 30, ""),
        ("less than $30", None, 30, "money"),
        ("30块以下的杯子", None, 30, "money"),
        ("不超过三百块", None, 300, "money"),
        ("三百五十块以上", 350, None, "money"),
        ("over 2 litres", 2, None, "volume"),
        ("at least 500 g", 0.5, None, "mass"),
        ("between 20 and 40 dollars", 20, 40, "money"),
        ("200到300块", 200, 300, "money"),
        ("10-20 cm", 0.1, 0.2, "length"),
        ("above 1000 and below 1500", 1000, 1500, ""),
        ("大于10且小于20", 10, 20, ""),
        ("比三十大", 30, None, ""),
        ("50 or more", 50, None, ""),
        ("twenty five dollars", 25, 25, "money"),
        ("one hundred and seventy", 170, 170, ""),
        ("thirteen dollars and forty-five cents", 13.45, 13.45, "money"),
        ("900 ml", 0.9, 0.9, "volume"),
        ("0.9 litre", 0.9, 0.9, "volume"),
        ("half a litre", 0.5, 0.5, "volume"),
        ("两米半", 2.5, 2.5, "length"),
        ("1米8", 1.8, 1.8, "length"),
        ("3块5", 3.5, 3.5, "money"),
        ("5 ft 2 in", 1.5748, 1.5748, "length"),
        ("1/4 mile", 402.34, 402.34, "length"),
        ("1600万", 16_000_000, 16_000_000, ""),
        ("a 10-gallon cooler", 37.85, 37.85, "volume"),
    ],
)
def test_quantity_is_read(text: str, low: float | None, high: float | None, kind: str) -> None:
    found = parse(text)
    assert len(found) == 1
    assert found[0].kind == kind
    assert found[0].low == (None if low is None else pytest.approx(low, rel=1e-3))
    assert found[0].high == (None if high is None else pytest.approx(high, rel=1e-3))


def test_sides_are_in_centimetres() -> None:
    assert [each.sides for each in parse("70 x 150 cm or 1.4 × 2 m")] == [
        pytest.approx((70, 150)),
        pytest.approx((140, 200)),
    ]


def test_around_is_rough() -> None:
    assert parse("around 50 dollars")[0].about
    assert parse("50块左右")[0].about


def test_money_keeps_its_currency() -> None:
    assert [each.currency for each in parse("rmb 10 or usd 20 or €5")] == ["CNY", "USD", "EUR"]


@pytest.mark.parametrize("text", ["the second one", "一起", "3XL", "half of them", "#12"])
def test_what_counts_nothing_is_no_quantity(text: str) -> None:
    assert not parse(text)


@pytest.mark.parametrize("text", ["~" * 900, "9" * 900, "between " * 100, "1x" * 400, "十" * 900])
def test_a_long_row_ends_quietly(text: str) -> None:
    assert isinstance(parse(text), list)
