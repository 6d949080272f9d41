"""Wishes that change an order, told from questions, in both languages; and the shop's rules."""

import json
from datetime import UTC, date, datetime

import pytest

from bot.knowledge.retriever import ShopRetriever
from bot.orders.change_rules import (
    HEAD,
    Change,
    Rules,
    asked_about,
    refusal,
    wish,
    wrongly_charged,
)
from bot.orders.record import Event, Order, State
from tests.support.paths import DATA

WISHES = {
    Change.CANCEL: [
        "cancel my order",
        "I want to cancel my order",
        "Please cancel order W2001",
        "can you cancel my order please?",
        "I'd like to cancel it",
        "i need to cancel the order I just placed",
        "我要取消订单",
        "帮我取消订单",
        "取消订单",
        "取消我的订单吧",
        "麻烦把昨天那单取消一下",
        "这个订单我不想要了",
        "拍错了，帮我取消",
        "ok cancel it please",
        "yes, please cancel it",
    ],
    Change.RETURN: [
        "I want to return the blue kettle",
        "I'd like to send the robe back",
        "return my order",
        "please start a return for W2001",
        "I want a refund",
        "I want my money back",
        "我要退货",
        "我想退款",
        "申请退货",
        "帮我把水壶退了",
        "我想把这件浴袍退掉",
        "退货",
        "我要退马克杯",
        "想退那个水壶",
    ],
    Change.EXCHANGE: [
        "I want to exchange the robe for a larger size",
        "exchange my robe please",
        "I'd like to swap it for a blue one",
        "I need a different size",
        "the sandals are too narrow, can I get a 40 instead",
        "can I swap them for the green ones",
        "the vest doesn't fit, could I have it in another size",
        "靴子太紧，能不能换大一码",
        "我要换货",
        "我想换个颜色",
        "帮我换大一码",
        "把浴袍换成L码",
    ],
    Change.ADDRESS: [
        "change my delivery address",
        "I want to change the shipping address of my order",
        "please update the address for order W2001",
        "I gave you the wrong address",
        "can you ship it to my office",
        "我要改地址",
        "帮我改一下收货地址",
        "收货地址填错了",
        "篮子改成寄到公司",
        "麻烦改寄到我妈家",
        "把地址改一下",
        "麻烦修改订单的收货地址",
    ],
}
NO_WISHES = [
    "how do I cancel my order?",
    "Can I still cancel my order?",
    "can I return something after 30 days?",
    "what is your return policy",
    "how long do refunds take",
    "did you refund me?",
    "has my order been cancelled?",
    "why was my order cancelled",
    "I don't want to cancel my order",
    "where is my order",
    "cancel my subscription to the newsletter",
    "how do I change my password",
    "I want to change my email address",
    "is it possible to change the delivery address?",
    "do you exchange sizes?",
    "I want a human",
    "I want to order a kettle",
    "I would like a red rucksack",
    "can I have a bigger wok",
    "i want a bridesmaid dress",
    "I want to return it but the carton is gone, is that ok",
    "我想退货，但是纸箱扔了，可以吗",
    "怎么取消订单",
    "怎么退货？",
    "可以退货吗",
    "能换货吗",
    "退款多久到账",
    "还能取消吗",
    "我的退款到了吗",
    "退货需要付运费吗",
    "收货地址可以改吗",
    "如何修改收货地址",
    "我不想取消订单",
    "转人工",
    "我的快递到哪了",
    "我想买个水壶",
    "",
]


@pytest.mark.parametrize(("change", "text"), [(c, text) for c, of in WISHES.items() for text in of])
def test_a_wish_is_understood(demo_retriever: ShopRetriever, change: Change, text: str) -> None:
    assert wish(text, demo_retriever.judge) is change


@pytest.mark.parametrize("text", NO_WISHES)
def test_a_question_is_no_wish(demo_retriever: ShopRetriever, text: str) -> None:
    assert wish(text, demo_retriever.judge) is None


@pytest.mark.parametrize("number", ["KC-50011", "JT-10427", "#7", "W2001", "20431", "AB12-99-X"])
@pytest.mark.parametrize(
    "said", ["order {}", "{}", "order {}, kim@example.be", "my order number is {}", "订单{}"]
)
def test_an_orders_number_alone_is_no_wish_whatever_its_digits(
    demo_retriever: ShopRetriever, said: str, number: str
) -> None:
    assert wish(said.format(number), demo_retriever.judge) is None


WISHED = {"refund": Change.RETURN} | {each.value: each for each in Change}
IN_LANGUAGES = [
    json.loads(line)
    for line in (DATA / "wants_in_languages.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_a_wish_is_understood_in_languages_that_few_examples_are_in(
    demo_retriever: ShopRetriever,
) -> None:
    """Of fourteen, two of which hardly any example is in."""
    understood = 0
    for row in IN_LANGUAGES:
        told = wish(row["text"], demo_retriever.judge)
        assert told in (None, WISHED.get(row["want"])), row  # never another wish
        state = demo_retriever.judge(HEAD, row["text"])["order_state"]
        understood += told is not None or (row["want"] == "order_state" and state >= 0.8)
    assert understood >= 0.9 * len(IN_LANGUAGES)


@pytest.mark.parametrize(
    ("text", "wrongly"),
    [
        ("my card was charged twice!!", True),
        ("You took 80 euros although the price was 60", True),
        ("扣了我两次款", True),
        ("付的钱比标价多，扣错了吧", True),
        ("How can I pay?", False),
        ("When is my card charged?", False),
        ("my payment does not go through", False),
        ("怎么付款", False),
        ("什么时候扣款？", False),
    ],
)
def test_money_that_was_taken_wrongly_is_told_from_paying(
    demo_retriever: ShopRetriever, text: str, wrongly: bool
) -> None:
    assert wrongly_charged(text, demo_retriever.judge) is wrongly


DELIVERED = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)


def order(state: State, *events: Event) -> Order:
    return Order(id="W1", customer_id="anna", state=state, currency="USD", total=1, events=events)


@pytest.mark.parametrize(
    ("change", "state", "today", "reason"),
    [
        (Change.CANCEL, State.PLACED, date(2026, 11, 2), None),
        (Change.CANCEL, State.PAID, date(2026, 11, 2), None),
        (Change.CANCEL, State.PACKED, date(2026, 11, 2), "is_packed"),
        (Change.CANCEL, State.SHIPPED, date(2026, 11, 2), "has_left"),
        (Change.ADDRESS, State.DELAYED, date(2026, 11, 2), "has_left"),
        (Change.ADDRESS, State.PAID, date(2026, 11, 2), None),
        (Change.CANCEL, State.DELIVERED, date(2026, 11, 2), "delivered"),
        (Change.CANCEL, State.CANCELLED, date(2026, 11, 2), "over_cancelled"),
        (Change.RETURN, State.REFUNDED, date(2026, 11, 2), "over_refunded"),
        (Change.RETURN, State.SHIPPED, date(2026, 11, 2), "not_here_yet"),
        (Change.RETURN, State.DELIVERED, date(2026, 12, 1), None),
        (Change.RETURN, State.DELIVERED, date(2026, 12, 2), "too_late"),
        (Change.EXCHANGE, State.DELIVERED, date(2026, 12, 2), "too_late"),
    ],
)
def test_the_shops_rules(change: Change, state: State, today: date, reason: str | None) -> None:
    of = order(state, Event("delivered", DELIVERED))
    refused = refusal(change, of, Rules(), today=today, zone=UTC)
    assert (refused and refused[0]) == reason


def test_a_shop_may_change_orders_until_they_leave() -> None:
    rules = Rules(change_until=State.PACKED)
    packed = order(State.PACKED)
    assert refusal(Change.CANCEL, packed, rules, today=date(2026, 11, 2), zone=UTC) is None


def test_without_a_day_of_delivery_a_person_decides() -> None:
    of = order(State.DELIVERED)
    assert refusal(Change.RETURN, of, Rules(), today=date(2030, 1, 1), zone=UTC) is None


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("can I still cancel?", Change.CANCEL),
        ("am I still in time to send it back", Change.RETURN),
        ("could it still be exchanged", Change.EXCHANGE),
        ("is it too late to change the address", Change.ADDRESS),
        ("还能取消吗", Change.CANCEL),
        ("能退吗", Change.RETURN),
        ("还可以换吗", Change.EXCHANGE),
        ("收货地址还能改吗", Change.ADDRESS),
        ("is it covered by the warranty", None),
    ],
)
def test_which_change_a_question_is_about(
    demo_retriever: ShopRetriever, text: str, change: Change | None
) -> None:
    assert asked_about(text, demo_retriever.judge) is change
