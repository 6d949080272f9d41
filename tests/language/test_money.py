"""Amounts: exact in, readable out."""

from decimal import Decimal

import pytest

from bot.language import money


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("64.00", "USD", 6400),
        (64, "USD", 6400),
        (0.1, "USD", 10),
        ("64", "JPY", 64),
        ("64.000", "KWD", 64000),
        ("64.10", "JPY", None),
        ("64.00", "JPY", 64),
        ("1e400", "USD", None),
        ("Infinity", "USD", None),
        ("12,50", "EUR", None),
        (None, "USD", None),
    ],
)
def test_an_amount_is_taken_exactly_or_not_at_all(
    amount: object, currency: str, expected: int | None
) -> None:
    assert money.minor(amount, currency) == expected


def test_an_amount_reads_as_it_does_in_each_language() -> None:
    assert money.shown(123456, "USD", "en") == "$1,234.56"
    assert money.shown(6400, "USD", "zh") == "64.00 美元"
    assert money.shown(6400, "JPY", "en") == "¥6,400"
    assert money.shown(6400, "JPY", "zh") == "6,400 日元"
    assert money.shown(6400, "KWD", "en") == "6.400 KWD"
    assert money.shown(6400, "CHF", "en") == "64.00 CHF"


def test_a_price_has_as_many_decimal_places_as_its_currency() -> None:
    assert money.written(Decimal("12.5"), "EUR", "en") == "€12.50"
    assert money.written(Decimal("1299"), "JPY", "en") == "¥1,299"
    assert money.written(Decimal("4.5"), "KWD", "zh") == "4.500 KWD"
