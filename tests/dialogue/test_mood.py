"""Mood: our own sentences in both languages, and what must never count as a bad mood."""

import json

import pytest

from bot.dialogue.hearing import feel
from bot.dialogue.mood import HEAD, Mood, read, trend
from bot.errors import BuildError
from bot.knowledge import confidence
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.language.examples import read as read_examples
from bot.types import Language
from tests.support.paths import DATA

CASES, UNSEEN = (
    [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    for name in ("mood.jsonl", "mood_unseen.jsonl")
)
LANGUAGES: tuple[Language, ...] = ("en", "zh")
# No head hears everything: shares of our own sentences, none of which it has learned from.
HEARD, MISTAKEN = 0.7, 0.02
HEARD_UNSEEN = 0.4  # of those that were written before anything was learned for them


def moods(retriever: ShopRetriever, language: Language, label: str) -> list[tuple[str, Mood]]:
    return [
        (case["text"], feel(case["text"], retriever))
        for case in CASES
        if case["lang"] == language and case["mood"] == label
    ]


def test_no_sentence_of_these_tests_has_been_learned_from() -> None:
    learned = {example.text.lower() for example in read_examples()[HEAD]}
    assert len(learned) > 2000
    assert not [case["text"] for case in CASES + UNSEEN if case["text"].lower() in learned]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bad_mood_is_told_from_praise_and_plain_business_in_words_never_seen(
    language: Language, demo_retriever: ShopRetriever
) -> None:
    """Praise that curses, questions about complaints and swear words, problems told calmly."""
    told = [
        (case["text"], case["mood"] in ("angry", "upset"), feel(case["text"], demo_retriever))
        for case in UNSEEN
        if case["lang"] == language
    ]
    bad = [mood.negative for _, is_bad, mood in told if is_bad]
    taken = [text for text, is_bad, mood in told if mood.negative and not is_bad]
    assert sum(bad) >= HEARD_UNSEEN * len(bad)
    assert len(taken) <= MISTAKEN * (len(told) - len(bad)), taken
    assert not [text for text, is_bad, mood in told if mood.angry and not is_bad]


@pytest.mark.parametrize("language", LANGUAGES)
def test_angry_messages_are_enough_to_offer_a_person(
    language: Language, demo_retriever: ShopRetriever
) -> None:
    angry = moods(demo_retriever, language, "angry")
    calm = [text for text, mood in angry if not mood.angry]
    assert len(angry) >= 30
    assert len(calm) <= (1 - HEARD) * len(angry), calm


@pytest.mark.parametrize("language", LANGUAGES)
def test_upset_messages_are_negative_but_not_angry(
    language: Language, demo_retriever: ShopRetriever
) -> None:
    upset = moods(demo_retriever, language, "upset")
    missed = [text for text, mood in upset if not mood.negative]
    assert len(missed) <= (1 - HEARD) * len(upset), missed
    assert not [text for text, mood in upset if mood.angry]


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinary_shop_questions_are_no_bad_mood(
    language: Language, demo_retriever: ShopRetriever
) -> None:
    ordinary = moods(demo_retriever, language, "neutral")
    assert len(ordinary) >= 50
    taken = [(text, mood.bad) for text, mood in ordinary if mood.negative]
    assert len(taken) <= MISTAKEN * len(ordinary), taken
    assert not [text for text, mood in ordinary if mood.angry]


@pytest.mark.parametrize(
    "text",
    [
        "What the f*** is this",
        "ＵＳＥＬＥＳＳ ＢＯＴ",
        "傻 逼 客服",
        "你們是騙子吧",
        "TMD",
        "😡",
        "🤬🤬",
    ],
)
def test_masked_full_width_traditional_and_drawn_anger_is_seen(
    text: str, demo_retriever: ShopRetriever
) -> None:
    assert feel(text, demo_retriever).angry


@pytest.mark.parametrize(
    "text",
    [
        "my skillet has gone rusty :(",
        "10月8号的订单",
        "地址是北京市海淀区",
        "haha you are funny",
        "Great lamp, I love it 😭",
    ],
)
def test_practical_questions_dates_addresses_and_jokes_are_no_anger(
    text: str, demo_retriever: ShopRetriever
) -> None:
    mood = feel(text, demo_retriever)
    assert not mood.angry
    assert not mood.negative


@pytest.mark.parametrize("text", ["I will kill your driver", "信不信我砍死你"])
def test_a_threat_of_harm_is_never_missed(text: str) -> None:
    assert read(text, {"none": 1.0, "angry": 0.0}).angry


@pytest.mark.parametrize("text", ["a killer deal", "does it kill moths", "杀毒软件有吗"])
def test_words_of_harm_in_plain_business_are_no_threat(text: str) -> None:
    assert not read(text, {"none": 1.0, "angry": 0.0}).negative


def test_what_the_encoder_hears_needs_no_phrase(demo_retriever: ShopRetriever) -> None:
    text = "The parcel came late, wet and squashed, and your man just laughed at me."
    assert feel(text, demo_retriever).bad > 0.5
    assert read(text, {}).bad < 0.2  # its words alone tell nothing


def test_without_an_index_phrases_alone_are_read() -> None:
    def none() -> Index:
        raise BuildError("index.none", folder="index")

    retriever = ShopRetriever(current=none, weights=confidence.load())
    assert feel("fuck off, you thieves", retriever).angry
    assert not feel("where is my order", retriever).negative


def test_shouting_makes_a_bad_mood_worse_and_a_question_not_bad(
    demo_retriever: ShopRetriever,
) -> None:
    felt = {"angry": 0.1, "upset": 0.3, "none": 0.6}
    calm, loud = read("I am disappointed", felt), read("I AM DISAPPOINTED!!!", felt)
    assert loud.score < calm.score
    assert not feel("DO YOU SHIP TO CANADA", demo_retriever).negative
    assert not feel("你好！！！", demo_retriever).negative


def test_good_mood_is_above_zero(demo_retriever: ShopRetriever) -> None:
    assert feel("I love it, works perfectly, thank you so much!", demo_retriever).score > 0.5
    assert feel("很满意，质量很好，下次还会来", demo_retriever).score > 0.2


@pytest.mark.parametrize("text", ["", "   ", "👍", "12345", "x" * 20000, "啊" * 20000])
def test_any_text_gets_a_score_in_range(text: str) -> None:
    mood = read(text, {}, bridged=True)
    assert -1.0 <= mood.score <= 1.0
    assert not mood.angry


def test_trend_follows_the_newest_messages() -> None:
    assert trend([]) == 0.0
    assert trend([0.4]) == pytest.approx(0.4)
    assert trend([0.5, 0.0, -0.8]) < trend([-0.8, 0.0, 0.5])
    assert trend([0.0, -0.5, -0.5, -0.6]) < -0.4
    assert trend([-0.8, 0.3, 0.3, 0.3]) > 0
