"""Wishes for a person: a measured set of phrasings, and the cases that a shop got wrong before.

The demo shop's encoder and its shipped head read them, as they do when the shop is served.
"""

import json
from collections.abc import Callable

import pytest

from bot.dialogue import person
from bot.dialogue.mood import read
from bot.knowledge.retriever import ShopRetriever
from bot.language.smalltalk import kind, strip_pleasantries
from tests.support.paths import DATA

Reading = Callable[[str], bool]
CASES = [
    json.loads(line)
    for line in (DATA / "wants_person.jsonl").read_text(encoding="utf-8").splitlines()
]


# The least share of wishes that is heard, and the most of other questions that is taken for one.
HEARD, MISTAKEN = 0.98, 0.04


@pytest.fixture
def wants_person(demo_retriever: ShopRetriever) -> Reading:
    return lambda text: person.wants_person(text, demo_retriever.judge)


@pytest.fixture
def declines_person(demo_retriever: ShopRetriever) -> Reading:
    return lambda text: person.declines_person(text, demo_retriever.judge)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hundreds_of_ways_to_ask_for_a_person_are_caught(
    wants_person: Reading, language: str
) -> None:
    asked = [case["text"] for case in CASES if case["wants"] and case["lang"] == language]
    missed = [text for text in asked if not wants_person(text)]
    assert len(asked) >= 120
    assert len(missed) <= (1 - HEARD) * len(asked), missed


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ordinary_questions_do_not_call_a_person(wants_person: Reading, language: str) -> None:
    ordinary = [case["text"] for case in CASES if not case["wants"] and case["lang"] == language]
    assert len(ordinary) >= 70
    taken = [text for text in ordinary if wants_person(text)]
    assert len(taken) <= MISTAKEN * len(ordinary), taken


@pytest.mark.parametrize(
    "text",
    ["人工", "转人工！", "轉人工", "human", "a real person please", "hi, human agent please"],
)
def test_a_person_is_heard_without_an_index(text: str) -> None:
    assert person.wants_person(text)


@pytest.mark.parametrize("text", ["no human", "不用人工", "are you a human", "where is my order"])
def test_without_an_index_only_exact_words_call_a_person(text: str) -> None:
    assert not person.wants_person(text)


def test_case_width_and_script_make_no_difference(wants_person: Reading) -> None:
    for text in (
        "I WANT A HUMAN!!!",
        "ｉ ｗａｎｔ ａ ｈｕｍａｎ",
        "轉人工",
        "转　人　工",
        "🙏转人工🙏",
    ):
        assert wants_person(text), text


def test_a_wish_is_found_at_the_end_of_a_long_story(wants_person: Reading) -> None:
    story = "My parcel was to come on Monday and I was at home all day. " * 12
    assert wants_person(story + "Please let me talk to a person.")
    assert not wants_person(story)


def test_a_wish_turned_round_is_not_a_wish(wants_person: Reading, declines_person: Reading) -> None:
    for text in ("I don't need an agent", "no human please", "不用转人工", "先别转人工，我再看看"):
        assert not wants_person(text), text
        assert declines_person(text), text


def test_no_before_a_wish_does_not_turn_it_round(
    wants_person: Reading, declines_person: Reading
) -> None:
    for text in ("no I want a human", "No, get me an agent", "不是，我要人工", "不行，给我转人工"):
        assert wants_person(text), text
        assert not declines_person(text), text


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "No thanks!",
        "no, never mind",
        "nah it's fine",
        "I figured it out",
        "changed my mind",
        "cancel",
        "算了不用了",
        "不用人工了",
        "不需要了，谢谢",
        "没事了，我自己看看",
        "不等了",
        "算了",
        "不用麻煩了",
    ],
)
def test_an_offered_person_can_be_waved_off(declines_person: Reading, text: str) -> None:
    assert declines_person(text)


@pytest.mark.parametrize(
    "text",
    ["yes", "ok", "好的", "转人工", "where is my order?", "no, my order number is 1234", "", "👍"],
)
def test_other_answers_to_the_offer_wave_nobody_off(declines_person: Reading, text: str) -> None:
    assert not declines_person(text)


def test_empty_and_wordless_messages_are_no_wish(wants_person: Reading) -> None:
    for text in ("", "   ", "???", "👍", "1234567"):
        assert not wants_person(text)


THINGS = (
    *("spade", "canoe", "sander", "wok", "cello", "bridle", "lipstick", "rucksack", "birdcage"),
    *("toaster", "sledge", "quilt", "flask", "crib", "router", "comb", "wrench", "rake", "kite"),
    *("map", "desk", "glove", "blender", "charger", "skipping rope", "saw", "chain", "cactus"),
)


@pytest.mark.parametrize("wish", ["i want a {}", "I need a {}", "can i have a {}", "我想要一个{}"])
def test_who_wants_a_thing_wants_no_person(wants_person: Reading, wish: str) -> None:
    assert [each for each in THINGS if wants_person(wish.format(each))] == []


# A rule that looks at such a text again and again would take hours for it, not milliseconds.
@pytest.mark.parametrize(
    "word",
    ["哈", "啊", "吧", "人工客服", "不用了", "agent ", "human ", "no thanks ", "please "],
)
def test_a_held_down_key_is_neither_a_wish_nor_small_talk(
    declines_person: Reading, word: str
) -> None:
    assert not declines_person(word * 60 + "zq")
    assert kind(word * 60 + "zq") is None
    assert strip_pleasantries(word * 20 + "zq").endswith("zq")
    assert -1.0 <= read(word * 60 + "zq", {}, bridged=True).score <= 1.0
