"""Which of a shopper's orders is meant, and what is said of it: cases, without any index."""

from datetime import UTC, date
from typing import Any

import pytest

from bot.knowledge.retriever import ShopRetriever
from bot.language.heads import Judge
from bot.orders import asks, describe
from bot.orders.asks import Asked, Aspect
from bot.orders.find import Found, find
from bot.orders.record import Order
from tests.support.order_files import order

TODAY = date(2026, 11, 24)


def made(id: str, state: str, placed: str, item: str, zh: str = "", **changes: Any) -> Order:
    colour, _, name = item.partition(" ")
    line = {"name": name, "names": {"zh": zh} if zh else {}, "options": {"Colour": colour}}
    fields: dict[str, Any] = {
        "id": id,
        "state": state,
        "placed_at": f"{placed}T10:00:00Z",
        "items": [{**line, "price": "10.00"}],
        "shipments": None,
        "events": None,
        "expected_on": None,
    }
    return order(**(fields | changes))


ORDERS = [
    made(
        "W-1006",
        "shipped",
        "2026-11-20",
        "blue Harbor kettle",
        "海港水壶",
        expected_on="2026-11-26",
    ),
    made("W-1005", "delayed", "2026-11-10", "white bath towel", "浴巾", expected_on="2026-11-21"),
    made("W-1004", "delivered", "2026-10-05", "black Harbor kettle", "海港水壶"),
    made("W-1003", "refunded", "2026-09-01", "grey bathrobe", "浴袍", refunded="10.00"),
    made("W-1002", "cancelled", "2026-03-15", "oak table lamp", "台灯"),
    made("W-1001", "delivered", "2025-12-24", "red silk pyjamas", "真丝睡衣"),
]


@pytest.fixture
def judge(demo_retriever: ShopRetriever) -> Judge:
    return demo_retriever.judge


def ask(text: str, judge: Judge, orders: list[Order] = ORDERS) -> Found:
    asked = asks.read(text, judge=judge)
    assert asked is not None, text
    return find(asked, orders, {}, today=TODAY, zone=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is my order W-1005", "W-1005"),
        ("where is order #W-1004", "W-1004"),
        ("when will the blue kettle come", "W-1006"),
        ("where is my black kettle", "W-1004"),
        ("where are my towels", "W-1005"),
        ("did you refund me", "W-1003"),
        ("which of my orders was cancelled", "W-1002"),
        ("what did I order in March", "W-1002"),
        ("what did I order last month", "W-1004"),
        ("what did I buy in December", "W-1001"),
        ("when did I order the pyjamas", "W-1001"),
        ("my last order", "W-1006"),
        ("我的蓝色水壶到哪了", "W-1006"),
        ("浴巾怎么还没到", "W-1005"),
        ("退款了吗", "W-1003"),
        ("我三月买了什么", "W-1002"),
        ("台灯取消了吗", "W-1002"),
        ("我买的睡衣到了吗", "W-1001"),
        ("上一单到哪了", "W-1006"),
    ],
)
def test_the_order_that_is_meant_is_found(text: str, expected: str, judge: Judge) -> None:
    found = ask(text, judge)
    assert (found.outcome, found.orders[0].id) == ("one", expected)


@pytest.mark.parametrize(
    "text",
    ["where is my skateboard", "what did I order in May", "where is order W-9999", "滑板到哪了"],
)
def test_what_is_not_among_them_is_not_found(text: str, judge: Judge) -> None:
    assert ask(text, judge).outcome == "none"


def test_when_several_fit_the_shopper_chooses_among_three_at_most(judge: Judge) -> None:
    found = ask("where is my order", judge)
    assert found.outcome == "several"
    assert {each.id for each in found.orders} == {"W-1005", "W-1006"}
    many = [made(f"W-20{at}", "shipped", "2026-11-20", "blue kettle") for at in range(10, 16)]
    assert len(ask("where is my kettle", judge, many).orders) == 3


def test_all_orders_are_listed_when_all_are_asked_for(judge: Judge) -> None:
    assert ask("show my orders", judge).outcome == "list"
    assert len(ask("我的所有订单", judge).orders) == len(ORDERS)


@pytest.mark.parametrize("text", ["Show me my orders", "我的订单", "列出我的全部订单"])
def test_words_that_name_no_item_do_no_harm(text: str, judge: Judge) -> None:
    assert ask(text, judge).outcome in ("list", "several", "none")


def test_an_item_in_other_words_is_found_by_the_encoders_nearness(judge: Judge) -> None:
    asked = asks.asked("where is my nightwear", judge=judge)
    near = {ORDERS[5].vector_id: 0.6, ORDERS[0].vector_id: 0.2}
    found = find(asked, ORDERS, near, today=TODAY, zone=UTC)
    assert found.orders[0].id == "W-1001"


def test_an_only_order_needs_no_description(judge: Judge) -> None:
    assert ask("where is my order", judge, ORDERS[:1]).outcome == "one"
    assert ask("where is my order", judge, []).outcome == "none"


def said(which: Order, *aspects: Aspect, language: Any = "en") -> str:
    asked = Asked("", aspects=frozenset(aspects))
    return describe.describe(which, asked, language, today=TODAY, zone=UTC)


def test_an_order_on_its_way_says_when_it_comes_and_what_is_next() -> None:
    text = said(ORDERS[0])
    assert "W-1006" in text
    assert "on its way" in text
    assert "Thursday 26 November" in text
    assert "Next:" in text
    text = said(ORDERS[0], Aspect.STATE, language="zh")
    assert "正在运送途中" in text
    assert "11月26日（周四）" in text


def test_a_late_order_says_so() -> None:
    assert "3 days late" in said(ORDERS[1])
    assert "3 days late" in said(ORDERS[1], Aspect.ARRIVAL)
    assert "晚了 3 天" in said(ORDERS[1], language="zh")


def test_a_refund_is_told_with_amount_and_masked_payment() -> None:
    text = said(ORDERS[3], Aspect.REFUND)
    assert "$10.00 was paid back" in text
    assert "Visa ending 42" in text
    assert "No refund is recorded" in said(ORDERS[0], Aspect.REFUND)


@pytest.mark.parametrize(
    ("aspect", "en", "zh"),
    [
        (
            Aspect.PLACED,
            "You ordered it on Friday 20 November.",
            "您的下单日期是11月20日（周五）。",
        ),
        (Aspect.PAYMENT, "It was paid by Visa ending 42.", "付款方式："),
        (Aspect.CONTENTS, "In it: Harbor kettle, blue.", "包含：海港水壶"),
        (Aspect.TRACKING, "It has no tracking number yet.", "目前还没有运单号。"),
        (Aspect.ADDRESS, "the street is not shown", "不显示街道"),
        (Aspect.TOTAL, "The total is", "总金额为"),
    ],
)
def test_what_is_asked_is_told_with_the_number_and_no_more(
    aspect: Aspect, en: str, zh: str
) -> None:
    for language, expected in (("en", en), ("zh", zh)):
        text = said(ORDERS[0], aspect, language=language)
        assert "W-1006" in text
        assert expected in text
        assert "on its way" not in text
        assert "运送途中" not in text


def test_two_things_asked_at_once_are_both_told() -> None:
    text = said(ORDERS[0], Aspect.PLACED, Aspect.ARRIVAL)
    assert "You ordered it on Friday 20 November." in text
    assert "Thursday 26 November" in text


def test_neither_street_nor_name_is_ever_told() -> None:
    for which in ORDERS:
        for language in ("en", "zh"):
            for aspects in ((), *((each,) for each in Aspect), tuple(Aspect)):
                text = said(which, *aspects, language=language)
                assert "Secret Lane" not in text
                assert "4242" not in text
