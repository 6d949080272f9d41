"""Which messages are about the shopper's own orders, and what they ask: labelled ones, with those
that look alike."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.knowledge.retriever import ShopRetriever
from bot.orders import asks, change_rules
from bot.orders.asks import Asked, Aspect
from tests.support.paths import DATA


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


LABELLED = _rows(DATA / "order_questions.jsonl")
ASPECTS = _rows(DATA / "order_aspects.jsonl")  # none of which is learned from


def label(found: Asked | None) -> str | None:
    return None if found is None else found.kind if found.sure else "likely"


def test_the_labelled_questions_are_enough_in_both_languages() -> None:
    count = Counter((each["lang"], each["label"] is None) for each in LABELLED)
    assert min(count.values()) > 130
    assert min(count["en", False], count["zh", False]) >= 150


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_question_about_an_order_is_told_from_one_that_looks_alike(
    language: str, demo_retriever: ShopRetriever
) -> None:
    rows = [each for each in LABELLED if each["lang"] == language]
    told = [label(asks.read(each["text"], judge=demo_retriever.judge)) for each in rows]
    pairs = list(zip(rows, told, strict=True))
    missed = [row["text"] for row, said in pairs if row["label"] and said is None]
    taken = [row["text"] for row, said in pairs if not row["label"] and said]
    assert len(missed) <= 0.05 * len(rows), missed
    assert len(taken) <= 0.02 * len(rows), taken


@pytest.mark.parametrize("language", ["en", "zh", "other"])
def test_what_is_asked_of_an_order_is_read_in_words_never_seen(
    language: str, demo_retriever: ShopRetriever
) -> None:
    rows = [each for each in ASPECTS if each["lang"] == language]
    told = [asks.read(each["text"], judge=demo_retriever.judge) for each in rows]
    pairs = list(zip(rows, told, strict=True))
    own = [(row, said) for row, said in pairs if row["aspect"]]
    right = [row for row, said in own if said and said.aspects == {row["aspect"]}]
    wrong = [row["text"] for row, _ in own if row not in right]
    taken = [row["text"] for row, said in pairs if not row["aspect"] and said]
    assert len(right) >= 0.8 * len(own), wrong
    assert len(taken) <= 0.05 * len(rows), taken


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
def test_an_order_number_is_read_however_it_is_put(
    text: str, number: str, demo_retriever: ShopRetriever
) -> None:
    found = asks.read(text, judge=demo_retriever.judge)
    assert found is not None
    assert found.number == number


@pytest.mark.parametrize(
    "text",
    ["I want to order 5000 mugs", "is JT-KET-01 in stock", "cancel order 10427", "取消订单10427"],
)
def test_what_only_holds_a_number_is_no_question_about_an_order(
    text: str, demo_retriever: ShopRetriever
) -> None:
    assert asks.read(text, judge=demo_retriever.judge) is None


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("did you refund me", Aspect.REFUND),
        ("when did I order the lamp", Aspect.PLACED),
        ("how much did I pay for the lamp", Aspect.TOTAL),
        ("退款了吗", Aspect.REFUND),
        ("睡衣是什么时候买的", Aspect.PLACED),
        ("我买睡衣花了多少钱", Aspect.TOTAL),
    ],
)
def test_what_is_asked_of_the_order_is_read(
    text: str, aspect: Aspect, demo_retriever: ShopRetriever
) -> None:
    found = asks.read(text, judge=demo_retriever.judge)
    assert found is not None
    assert found.aspects == {aspect}


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("show me my orders", "all"),
        ("my last order", "last"),
        ("what is on its way to me", "open"),
        ("and the one before that?", "before"),
        ("what was my very first order", "first"),
        ("where is my lamp", ""),
        ("what did I order last week", ""),
        ("上一单到了吗", "last"),
    ],
)
def test_which_of_several_orders_is_meant_is_read(
    text: str, which: str, demo_retriever: ShopRetriever
) -> None:
    assert asks.asked(text, judge=demo_retriever.judge).which == which


def test_without_heads_only_a_number_makes_it_an_order() -> None:
    assert asks.read("where is my order") is None
    assert asks.read("where is order JT-10427") is not None


@pytest.mark.parametrize(
    ("own", "state", "certain"), [(0.95, 0.0, True), (0.6, 0.0, False), (0.6, 0.7, True)]
)
def test_it_is_certain_where_a_head_is_very_sure_or_two_agree(
    own: float, state: float, certain: bool
) -> None:
    told = {asks.HEAD: {"own": own}, change_rules.HEAD: {"order_state": state}}
    read = asks.read("when will I see my money", judge=lambda head, _: told.get(head, {}))
    assert read is not None
    assert read.certain is certain
