"""Which of a shopper's orders is meant, and what is said of it: cases, without any index."""

from datetime import UTC, date
from typing import Any

import pytest

from bot.orders import asks, describe
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


def ask(text: str, orders: list[Order] = ORDERS) -> Found:
    asked = asks.read(text)
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
def test_the_order_that_is_meant_is_found(text: str, expected: str) -> None:
    found = ask(text)
    assert (found.outcome, found.orders[0].id) == ("one", expected)


@pytest.mark.parametrize(
    "text",
    ["where is my skateboard", "what did I order in May", "where is order W-9999", "滑板到哪了"],
)
def test_what_is_not_among_them_is_not_found(text: str) -> None:
    assert ask(text).outcome == "none"


def test_when_several_fit_the_shopper_chooses_among_three_at_most() -> None:
    found = ask("where is my order")
    assert found.outcome == "several"
    assert {each.id for each in found.orders} == {"W-1005", "W-1006"}
    many = [made(f"W-20{at}", "shipped", "2026-11-20", "blue kettle") for at in range(10, 16)]
    assert len(ask("where is my kettle", many).orders) == 3


def test_all_orders_are_listed_when_all_are_asked_for() -> None:
    assert ask("show my orders").outcome == "list"
    assert len(ask("我的所有订单").orders) == len(ORDERS)


@pytest.mark.parametrize("text", ["Show me my orders", "我的订单", "列出我的全部订单"])
def test_words_that_name_no_item_do_no_harm(text: str) -> None:
    assert ask(text).outcome in ("list", "several", "none")


def test_an_item_in_other_words_is_found_by_the_encoders_nearness() -> None:
    asked = asks.read("where is my nightwear")
    assert asked is not None
    near = {ORDERS[5].vector_id: 0.6, ORDERS[0].vector_id: 0.2}
    found = find(asked, ORDERS, near, today=TODAY, zone=UTC)
    assert found.orders[0].id == "W-1001"


def test_an_only_order_needs_no_description() -> None:
    assert ask("where is my order", ORDERS[:1]).outcome == "one"
    assert ask("where is my order", []).outcome == "none"


def said(text: str, which: Order, language: Any = "en") -> str:
    asked = asks.asked(text)
    return describe.describe(which, asked, language, today=TODAY, zone=UTC)


def test_an_order_on_its_way_says_when_it_comes_and_what_is_next() -> None:
    text = said("where is my order", ORDERS[0])
    assert "W-1006" in text
    assert "on its way" in text
    assert "Thursday 26 November" in text
    assert "Next:" in text
    text = said("到哪了", ORDERS[0], "zh")
    assert "正在运送途中" in text
    assert "11月26日（周四）" in text


def test_a_late_order_says_so() -> None:
    assert "3 days late" in said("where is it", ORDERS[1])
    assert "晚了 3 天" in said("到哪了", ORDERS[1], "zh")


def test_a_refund_is_told_with_amount_and_masked_payment() -> None:
    text = said("did you refund me", ORDERS[3])
    assert "$10.00 was paid back" in text
    assert "Visa ending 42" in text
    assert "No refund is recorded" in said("did you refund me", ORDERS[0])


def test_neither_street_nor_name_is_ever_told() -> None:
    asked = "where is my order, what did i order, how much did i pay, did you refund me"
    for which in ORDERS:
        for language in ("en", "zh"):
            text = said(asked, which, language)
            assert "Secret Lane" not in text
            assert "4242" not in text
