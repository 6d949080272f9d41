"""What is masked in texts that leave the database, and what stays."""

import pytest

from bot.language.mask import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to ann.lee+x@mail.example.co.uk.", "Write to [email]."),
        ("邮箱a@b.cn，谢谢", "邮箱[email]，谢谢"),
        ("call +49 30 901820 please", "call [phone] please"),
        ("手机13812345678", "手机[phone]"),
        ("my number is (415) 555-2671", "my number is [phone]"),
        ("Order W2378156 is late", "Order [number] is late"),
        ("order number: 4711?", "order number: [number]?"),
        ("it is #4711", "it is [number]"),
        ("我的订单号是JT-20934", "我的订单号是[number]"),
        ("运单 SF1234567890123 到哪了", "运单 [number] 到哪了"),
        ("parcel 1Z999AA10123456784", "parcel [number]"),
        ("card 4111 1111 1111 1111", "card [number]"),
        ("IBAN DE89370400440532013000", "IBAN [number]"),
        ("id 5123456789012", "id [number]"),
        ("https://x.example/t?tok=abc now", "[link] now"),
        ("https://x.example/r/8fh3k2j4h5k6j7h8g9f0aa", "[link]"),
        ("https://me:pw@x.example/", "[link]"),
        ("微信号：abc_123", "微信号：[name]"),
        ("I am @anna_b there", "I am [name] there"),
    ],
)
def test_what_is_personal_by_its_form_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "It costs €1,299.00, or 1299 yuan, with 30 % off.",
        "Delivered on 2026-11-24 at 14:00, within 5-7 business days.",
        "Wash at 40 degrees; 100% linen, size M-42, 140 x 200 cm.",
        "I would like to order 500 cups.",
        "See https://shop.example/help/returns or www.shop.example.",
        "满三百元减30元，3天内发货，快递5天到。",
    ],
)
def test_prices_dates_quantities_and_public_links_stay(text: str) -> None:
    assert mask(text) == text


def test_known_names_are_masked_as_words() -> None:
    names = ["Anna Smith", "Anna", "Smith", "王小明", "X"]
    assert mask("I am Anna Smith, Annabel's sister", names) == "I am [name], Annabel's sister"
    assert mask("收件人王小明", names) == "收件人[name]"
    assert mask("Size X", names) == "Size X"
