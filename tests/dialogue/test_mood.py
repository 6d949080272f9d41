"""Mood: our own sentences in both languages, and what must never count as a bad mood."""

import json

import pytest

from bot.dialogue.mood import Mood, read, trend
from tests.support.paths import DATA

CASES = [
    json.loads(line) for line in (DATA / "mood.jsonl").read_text(encoding="utf-8").splitlines()
]


def moods(language: str, label: str) -> list[tuple[str, Mood]]:
    return [
        (case["text"], read(case["text"], language))
        for case in CASES
        if case["lang"] == language and case["mood"] == label
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_angry_messages_are_enough_to_offer_a_person(language: str) -> None:
    assert not [text for text, mood in moods(language, "angry") if not mood.angry]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_upset_messages_are_negative_but_not_angry(language: str) -> None:
    upset = moods(language, "upset")
    assert not [text for text, mood in upset if not mood.negative]
    assert not [text for text, mood in upset if mood.angry]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ordinary_shop_questions_are_no_bad_mood(language: str) -> None:
    ordinary = moods(language, "neutral")
    assert len(ordinary) >= 60
    assert not [(text, mood.score) for text, mood in ordinary if mood.negative or mood.angry]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What the f*** is this", "en"),
        ("ＵＳＥＬＥＳＳ ＢＯＴ", "en"),
        ("卧槽 怎么还没到", "zh"),
        ("你們是騙子吧", "zh"),
        ("TMD", "zh"),
        ("😡", "zh"),
        ("🤬🤬", "en"),
    ],
)
def test_masked_full_width_traditional_and_drawn_anger_is_seen(text: str, language: str) -> None:
    assert read(text, language).angry


def test_shouting_makes_a_bad_mood_worse_and_a_question_not_bad() -> None:
    calm, loud = read("I am disappointed", "en"), read("I AM DISAPPOINTED!!!", "en")
    assert loud.score < calm.score
    assert not read("DO YOU SHIP TO CANADA", "en").negative
    assert not read("你好！！！", "zh").negative


def test_good_mood_is_above_zero() -> None:
    assert read("I love it, works perfectly, thank you so much!", "en").score > 0.5
    assert read("很满意，质量很好，下次还会来", "zh").score > 0.5


@pytest.mark.parametrize("text", ["", "   ", "👍", "12345", "x" * 20000, "啊" * 20000])
def test_any_text_gets_a_score_in_range(text: str) -> None:
    for language in ("en", "zh"):
        mood = read(text, language)
        assert -1.0 <= mood.score <= 1.0
        assert not mood.angry


def test_trend_follows_the_newest_messages() -> None:
    assert trend([]) == 0.0
    assert trend([0.4]) == pytest.approx(0.4)
    assert trend([0.5, 0.0, -0.8]) < trend([-0.8, 0.0, 0.5])
    assert trend([0.0, -0.5, -0.5, -0.6]) < -0.4
    assert trend([-0.8, 0.3, 0.3, 0.3]) > 0
