"""Where somebody is named in what belongs to others: only what is one person's alone is hidden."""

import pytest

from bot.customers import mentions

ANNA = mentions.patterns(["Anna.B@Example.com"], ["4915112345678"], ["#W2001", "2024", "W1001/2"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to anna.b@example.com.", "write to •••."),
        ("写信到ANNA.B@EXAMPLE.COM。", "写信到•••。"),
        ("call +49 151 1234-5678 now", "call ••• now"),
        ("0049 (0)151/12345678", "•••"),
        ("her number: 0151 12345678", "her number: •••"),
        ("it ends with 12345678", "it ends with •••"),
        ("尾号是1234-5678,或者 234 5678", "尾号是•••,或者 •••"),
        ("order w2001 and W-2001", "order ••• and •••"),
        ("「W2001」", "「•••」"),
        ("w1001/2 and W1001-2", "••• and •••"),
        ("about order 2024, please", "about •••, please"),
        ("他的订单2024到了", "他的•••到了"),
    ],
)
def test_email_phone_and_order_are_hidden_however_they_are_typed(text: str, left: str) -> None:
    assert mentions._without(text, ANNA) == left


@pytest.mark.parametrize(
    "text",
    [
        "joanna.b@example.com",
        "anna.b@example.com.au",
        "anna.b+shop@example.com",
        "in 2024 for 1234567890 points, 2345679 and 345678",
        "+49 151 123456789",
        "W20011 and XW2001",
    ],
)
def test_what_is_somebody_elses_stays(text: str) -> None:
    assert mentions._without(text, ANNA) == text


def test_plain_values_are_looked_into() -> None:
    value = {"items": [1, "W2001"], "text": "for anna.b@example.com", "none": None}
    assert mentions._without(value, ANNA) == {
        "items": [1, "•••"],
        "text": "for •••",
        "none": None,
    }
