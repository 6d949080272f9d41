"""Amounts: exact in, readable out."""

import pytest

from bot.orders import money


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
    assert money.shown(6400, "CHF", "en") == "64.00 CHF"
