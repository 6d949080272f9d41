"""Which messages are about the shopper's own orders: labelled ones, with those that look alike."""

import json
from collections import Counter

import pytest

from bot.orders import asks
from tests.support.paths import DATA

LABELLED = [
    json.loads(line)
    for line in (DATA / "order_questions.jsonl").read_text(encoding="utf-8").splitlines()
]


def label(text: str) -> str | None:
    found = asks.read(text)
    return None if found is None else found.kind if found.sure else "likely"


def test_the_labelled_questions_are_enough_in_both_languages() -> None:
    count = Counter((each["lang"], each["label"] is None) for each in LABELLED)
    assert min(count.values()) > 130
    assert min(count["en", False], count["zh", False]) >= 150


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_question_about_an_order_is_told_from_one_that_looks_alike(language: str) -> None:
    wrong = [
        (each["text"], label(each["text"]))
        for each in LABELLED
        if each["lang"] == language and label(each["text"]) != each["label"]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("where is order #W2611340?", "W2611340"),
        ("JT-10427", "JT10427"),
        ("order 10427 please", "10427"),
        ("JT 10427 ?", "JT10427"),
        ("where is order jt 10427", "JT10427"),
        ("ＪＴ－１０４２７到哪了", "JT10427"),
        ("订单号JT-10427到哪了", "JT10427"),
        ("单号10427发货了吗", "10427"),
        ("where is my order", ""),
    ],
)
def test_an_order_number_is_read_however_it_is_put(text: str, number: str) -> None:
    found = asks.read(text)
    assert found is not None
    assert found.number == number


@pytest.mark.parametrize(
    "text",
    ["I want to order 5000 mugs", "is JT-KET-01 in stock", "cancel order 10427", "取消订单10427"],
)
def test_what_only_holds_a_number_is_no_question_about_an_order(text: str) -> None:
    assert asks.read(text) is None


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("did you refund me", "refund"),
        ("when did I order the lamp", "placed"),
        ("how much did I pay for the lamp", "total"),
        ("what did I order in March", "list"),
        ("my last order", "last"),
        ("what is on its way to me", "open"),
        ("退款了吗", "refund"),
        ("睡衣是什么时候买的", "placed"),
        ("我买睡衣花了多少钱", "total"),
        ("我三月买了什么", "list"),
        ("上一单到了吗", "last"),
    ],
)
def test_what_is_asked_of_the_order_is_read(text: str, aspect: str) -> None:
    found = asks.read(text)
    assert found is not None
    assert aspect in found.aspects
