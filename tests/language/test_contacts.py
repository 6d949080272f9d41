"""Addresses and numbers, however written."""

import pytest

from bot.language.contacts import EMAIL, email_key, masked_email, masked_phone, phone_digits


@pytest.mark.parametrize(
    ("written", "like", "digits"),
    [
        ("+86 138 0013 8000", None, "8613800138000"),
        ("138 0013 8000", "8613912345678", "8613800138000"),
        ("0151 12345678", "4915199999999", "4915112345678"),
        ("(415) 555-2671", "14155550000", "14155552671"),
        ("138 0013 8000", None, None),
        ("hello", "8613912345678", None),
        ("+1", None, None),
    ],
)
def test_a_phone_has_one_spelling(written: str, like: str | None, digits: str | None) -> None:
    assert phone_digits(written, like) == digits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it is anna.b+shop@mail.example.com, thanks", "anna.b+shop@mail.example.com"),
        ("我的邮箱是anna@example.com。", "anna@example.com"),
        ("anna@example", None),
        ("@anna", None),
    ],
)
def test_an_address_is_found_in_a_sentence(text: str, found: str | None) -> None:
    match = EMAIL.search(text)
    assert (match and match.group()) == found


def test_an_address_has_one_spelling() -> None:
    assert email_key(" Anna@Example.COM ") == "anna@example.com"


def test_masked_forms_show_hardly_anything() -> None:
    assert masked_email("anna@example.com") == "a•••@example.com"
    assert masked_phone("8613800138000") == "•••00"
