"""A wish for several items or orders: one summary, a request for each order."""

import pytest
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import TicketRow
from bot.knowledge.retriever import ShopRetriever
from bot.orders.record import State
from tests.support.talk import KETTLE, ROBE, Talk, bought, shop_with
from tests.support.wishes import annas_talk, filed, prove


@pytest.fixture
def talk(database: Database, demo_retriever: ShopRetriever) -> Talk:
    return annas_talk(database, demo_retriever)


async def test_several_items_are_one_request_with_what_they_cost(talk: Talk) -> None:
    prove(talk)
    assert "why" in await talk.says("I want to return the kettle and the bathrobe")
    summary = await talk.says("both are too small")
    assert "Items: Blue kettle ($49.00), Harbor waffle bathrobe ($72.00)" in summary
    assert "Total: $121.00" in summary
    await talk.says("yes please")
    [request] = filed(talk)
    assert request.details["items"] == [0, 1]
    assert "Total: $121.00" in request.summary


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("I want to send all of order W2001 back because it is too big", "$121.00"),
        ("W2001整单退货，因为颜色不喜欢", "121.00 美元"),
    ],
)
async def test_all_of_an_order_is_every_item_of_it(talk: Talk, text: str, total: str) -> None:
    prove(talk)
    said = await talk.says(text)
    if "为" in text:
        said = await talk.says("颜色不喜欢") if "合计" not in said else said
    assert total in said


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("cancel both orders", "yes please"),
        ("please cancel all my orders", "yes please"),
        ("cancel orders W2003 and W2004", "yes please"),
        ("两个订单都取消", "好的"),
        ("把我的订单全部取消", "好的"),
    ],
)
async def test_several_orders_are_one_summary_and_a_request_each(
    talk: Talk, text: str, yes: str
) -> None:
    shop_with(talk.db, bought("#W2004", State.PLACED))
    prove(talk)
    summary = await talk.says(text)
    assert "#W2003" in summary
    assert "#W2004" in summary
    await talk.says(yes)
    assert {(each.kind, each.order_id) for each in filed(talk)} == {
        ("cancel", "#W2003"),
        ("cancel", "#W2004"),
    }
    with talk.db.read() as session:
        ticket = session.exec(select(TicketRow)).one()
    assert "#W2003" in ticket.summary
    assert "#W2004" in ticket.summary


async def test_of_several_the_one_that_is_kept_is_taken_back(talk: Talk) -> None:
    shop_with(talk.db, bought("#W2004", State.PLACED))
    prove(talk)
    await talk.says("cancel both orders")
    await talk.says("yes please")
    assert "#W2004" in await talk.says("actually no, keep order W2004")
    assert {each.order_id: each.status for each in filed(talk)} == {
        "#W2003": "open",
        "#W2004": "withdrawn",
    }


async def test_what_cannot_be_granted_is_said_and_the_rest_goes_on(talk: Talk) -> None:
    prove(talk)
    said = await talk.says("cancel W2002, W2003 and W7777")
    assert "W7777" in said
    assert "Order #W2002 is on its way already" in said
    assert "Cancel order #W2003" in said
    await talk.says("yes")
    assert [each.order_id for each in filed(talk)] == ["#W2003"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("I want to return the kettle and the sofa", "“sofa”"),
        ("I want to return the sofa", "“sofa”"),
        ("我要退沙发", "“沙发”"),
    ],
)
async def test_an_item_that_is_in_no_order_is_said_so(talk: Talk, text: str, missing: str) -> None:
    prove(talk)
    assert missing in await talk.says(text)


async def test_which_order_may_be_answered_by_both(talk: Talk) -> None:
    shop_with(talk.db, bought("#W2004", State.PLACED))
    prove(talk)
    await talk.says("cancel my order")
    said = await talk.says("both")
    assert "#W2003" in said
    assert "#W2004" in said


async def test_what_a_wish_said_counts_once_its_order_is_chosen(talk: Talk) -> None:
    shop_with(talk.db, bought("#W2005", State.DELIVERED, KETTLE, ROBE))
    prove(talk)
    await talk.says("I want to return the bathrobe because it is too small")
    said = await talk.presses("#W2005")
    assert "Items: Harbor waffle bathrobe ($72.00)" in said
    assert "Reason: it is too small" in said


async def test_with_one_orders_proof_both_orders_are_that_one(talk: Talk) -> None:
    await talk.says("W2003 anna@example.com")
    said = await talk.says("cancel both orders")
    assert "I can only see the order" in said
    assert "Cancel order #W2003" in said


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("actually only the kettle", "Blue kettle ($49.00)"),
        ("just the bathrobe please", "Harbor waffle bathrobe ($72.00)"),
        ("keep the kettle", "Harbor waffle bathrobe ($72.00)"),
        ("只取消水壶", "蓝色水壶（49.00 美元）"),
    ],
)
async def test_a_summary_is_amended_to_some_items(talk: Talk, text: str, item: str) -> None:
    shop_with(talk.db, bought("#W2005", State.PAID, KETTLE, ROBE))
    prove(talk)
    assert "Blue kettle ($49.00), Harbor" in await talk.says("cancel order W2005")
    said = await talk.says(text)
    assert item in said
    assert ", Harbor" not in said
    assert "has changed" not in said
    await talk.says("yes please")
    [request] = filed(talk)
    assert request.details["items"] == [int("bathrobe" in item)]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("cancel only the kettle from order W2005", [0]),
        ("cancel W2005 but keep the kettle", [1]),
        ("cancel order W2005 with the kettle", []),
        ("只取消订单W2005里的浴袍", [1]),
    ],
)
async def test_a_wish_to_cancel_is_for_the_items_it_picks(
    talk: Talk, text: str, items: list[int]
) -> None:
    shop_with(talk.db, bought("#W2005", State.PAID, KETTLE, ROBE))
    prove(talk)
    await talk.says(text)
    await talk.says("yes please")
    assert [each.details["items"] for each in filed(talk)] == [items]


async def test_a_return_is_amended_too(talk: Talk) -> None:
    prove(talk)
    await talk.says("I want to return all of order W2001 because it is too big")
    assert "蓝色水壶" in await talk.says("浴袍不退了，只退水壶")
    await talk.says("yes please")
    assert [each.details["items"] for each in filed(talk)] == [[0]]


async def test_an_unclear_answer_to_a_summary_changes_no_order(talk: Talk) -> None:
    prove(talk)
    await talk.says("cancel order W2003")
    assert "has changed" not in await talk.says("hm maybe")
