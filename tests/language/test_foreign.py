"""The language of a text that is neither English nor Chinese."""

import json

import pytest

from bot.language.foreign import is_english, language_of
from tests.support.paths import DATA


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Wo ist mein Paket?", "de"),
        ("¿Cuándo llega mi pedido?", "es"),
        ("Où est mon colis ?", "fr"),
        ("注文をキャンセルしたい", "ja"),
        ("반품하고 싶어요", "ko"),
        ("Как вернуть товар?", "ru"),
        ("كيف أرجع المنتج؟", "ar"),
        ("मेरा ऑर्डर कहाँ है", "hi"),
        ("ส่งไปไทยไหม", "th"),
    ],
)
def test_a_language_is_told_by_its_script_or_its_little_words(text: str, code: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "123",
        "怎么退货",
        "可以 ship 到 Singapore 吗",
        "Klarna?",
        "XXL",
        "JT-10469",
        "iPhone case",
    ],
)
def test_what_tells_nothing_is_no_language(text: str) -> None:
    assert language_of(text) is None


def test_the_shops_english_questions_are_english() -> None:
    lines = (DATA / "demo_questions.jsonl").read_text(encoding="utf-8").splitlines()
    taken = [q for q in (json.loads(line)["question"] for line in lines) if language_of(q)]
    assert taken == []


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert language_of("wo ist mein paket " * 100_000) == "de"


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Berliner Str. 5, 10713 Berlin", False),
        ("Keizersgracht 12-3, 1015 CX Amsterdam", False),
        ("Zhang Wei, 8 Rue Cler, Paris", False),
        ("Apt 4B, 200 West 10th Street, New York, NY 10014", False),
        ("black, size 44", False),
        ("please send it to my office", True),
        ("no, keep the blue one", True),
        ("can I cancel it", True),
    ],
)
def test_a_name_or_an_address_is_no_english_sentence(text: str, english: bool) -> None:
    assert is_english(text) is english
