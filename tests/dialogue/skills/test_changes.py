"""A wish's whole way through the flow: proof, dialogue, yes, ticket, and what gets in between."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.channels.telegram.place import Place
from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from bot.knowledge.retriever import ShopRetriever
from bot.orders.record import State
from bot.tickets import requests
from bot.types import Status, now
from tests.support.talk import STREET, Talk, bought, shop_with
from tests.support.wishes import annas_talk, filed, prove


@pytest.fixture
def talk(database: Database, demo_retriever: ShopRetriever) -> Talk:
    return annas_talk(database, demo_retriever)


def row(talk: Talk) -> ConversationRow:
    with talk.db.read() as session:
        found = conversation.find(session, talk.chat)
        assert found is not None
        return found


async def test_a_return_from_the_first_word_to_the_ticket(talk: Talk) -> None:
    assert "order number together with" in await talk.says("I want to return my order")
    assert "What would you like to send back?" in await talk.says("W2001 anna@example.com")
    assert talk.labels[:3] == ["Blue kettle", "Harbor waffle bathrobe", "All of it"]
    assert "why" in await talk.presses("Harbor")
    summary = await talk.presses("It doesn't fit")
    assert "Return from order #W2001" in summary
    assert (
        "Items: Harbor waffle bathrobe ($72.00)\nTotal: $72.00\nReason: It doesn't fit" in summary
    )
    assert STREET not in summary
    assert filed(talk) == []
    assert "colleague will look at your return" in await talk.says("yes please")
    [request] = filed(talk)
    assert (request.kind, request.order_id, request.status) == ("return", "#W2001", "open")
    assert request.details == {"items": [1], "text": "It doesn't fit"}
    with talk.db.read() as session:
        ticket = session.exec(select(TicketRow)).one()
    assert (ticket.reason, ticket.id) == ("request", request.ticket_id)
    assert "Return from order #W2001" in ticket.summary
    assert row(talk).status == Status.WAITING
    assert row(talk).dialogue is None


async def test_the_same_in_chinese(talk: Talk) -> None:
    prove(talk)
    assert "哪些商品" in await talk.says("我要退货")
    assert talk.labels[:2] == ["蓝色水壶", "华夫格浴袍"]
    await talk.says("蓝色水壶")
    summary = await talk.says("不喜欢这个颜色")
    assert "商品：蓝色水壶（49.00 美元）\n合计：49.00 美元\n原因：不喜欢这个颜色" in summary
    assert "退货申请" in await talk.says("好的")
    assert [each.language for each in filed(talk)] == ["zh"]


async def test_a_customers_orders_are_offered_as_buttons(talk: Talk) -> None:
    shop_with(talk.db, bought("#W2004", State.PLACED))
    prove(talk)
    await talk.says("cancel my order")
    assert talk.labels == [
        "#W2003 · Harbor waffle bathrobe",
        "#W2004 · Blue kettle",
        "Never mind",
    ] or talk.labels == [
        "#W2004 · Blue kettle",
        "#W2003 · Harbor waffle bathrobe",
        "Never mind",
    ]
    assert "Cancel order #W2004" in await talk.presses("#W2004")
    await talk.presses("Yes")
    assert [each.order_id for each in filed(talk)] == ["#W2004"]


async def test_the_item_named_chooses_the_order(talk: Talk) -> None:
    shop_with(talk.db, bought("#W2004", State.PLACED))
    prove(talk)
    assert "Cancel order #W2003" in await talk.says("please cancel the bathrobe order")


async def test_a_new_address_is_collected(talk: Talk) -> None:
    prove(talk)
    assert "new address" in await talk.says("I need to change my delivery address")
    assert "Address: Hauptstr. 5, 10115 Berlin" in await talk.says("Hauptstr. 5, 10115 Berlin")
    await talk.presses("Yes")
    assert filed(talk)[0].details["text"] == "Hauptstr. 5, 10115 Berlin"


async def test_an_exchange_asks_for_what_instead(talk: Talk) -> None:
    prove(talk)
    await talk.says("I want to exchange something")
    assert "instead" in await talk.says("Harbor waffle bathrobe")
    assert "Instead: size L" in await talk.says("size L")


async def test_what_has_left_cannot_be_cancelled(talk: Talk) -> None:
    await talk.says("cancel order W2002, I am anna@example.com")
    assert talk.said is not None
    assert "on its way already" in talk.said.text
    assert talk.labels == ["Talk to a person"]
    assert filed(talk) == []


async def test_too_late_is_said_with_the_day(talk: Talk) -> None:
    shop_with(talk.db, bought("#W2001", State.DELIVERED, days_ago=40))
    prove(talk)
    assert "within 30 days" in await talk.says("I want to return order W2001")


async def test_one_orders_proof_reaches_no_other_order(talk: Talk) -> None:
    await talk.says("W2003 anna@example.com")
    said = await talk.says("I want to return order W2001")
    assert "#W2001" not in said
    assert filed(talk) == []


async def test_another_customers_order_is_nobodys(talk: Talk) -> None:
    prove(talk)
    for text, choice in (
        ("I want to return order W3001", None),
        ("W3001", "request:order:#W3001"),
        ("Return", "request:begin:return"),
        ("W3001", "request:order:#W3001"),
        ("yes", "request:yes"),
    ):
        assert "W3001" not in await talk.says(text, choice)
    assert all(each.order_id != "#W3001" for each in filed(talk))


async def test_a_question_in_between_is_answered_and_the_wish_waits(talk: Talk) -> None:
    prove(talk)
    await talk.says("I want to return my order")
    said = await talk.says("How long is the warranty?")
    assert "2 years" in said
    assert "go on with your return" in said
    assert "why" in await talk.says("Blue kettle")


async def test_never_mind_ends_it(talk: Talk) -> None:
    prove(talk)
    await talk.says("I want to return the kettle")
    assert "leave the return" in await talk.says("never mind")
    assert row(talk).dialogue is None


@pytest.mark.parametrize("before", [[], ["Blue kettle"], ["Blue kettle", "too big"]])
async def test_a_person_is_there_at_any_point(talk: Talk, before: list[str]) -> None:
    prove(talk)
    await talk.says("I want to return the kettle")
    for text in before:
        await talk.says(text)
    assert "colleague" in await talk.says("I want to talk to a human")
    assert row(talk).status == Status.WAITING
    assert row(talk).dialogue is None


@pytest.mark.parametrize(
    "text",
    [
        "This is outrageous, nobody helps me, I want my money back!!",
        "Cancel my order W3001, you thieves!",
        "我要退货，你们这帮骗子！！",
        "我要投诉，马上给我退款！",
    ],
)
@pytest.mark.parametrize("before", [[], ["I want to return the kettle"]])
async def test_an_angry_wish_goes_to_a_person_at_once(
    talk: Talk, text: str, before: list[str]
) -> None:
    if before:
        prove(talk)
        await talk.says(before[0])
    said = await talk.says(text)
    assert "colleague" in said or "同事" in said
    assert row(talk).status == Status.WAITING
    assert row(talk).dialogue is None


async def test_a_proof_that_ended_meanwhile_is_asked_for_and_the_wish_goes_on(talk: Talk) -> None:
    prove(talk)
    await talk.says("I want to return my order")
    await talk.says("Blue kettle")
    with talk.db.begin() as session:
        found = conversation.lock(session, saved(row(talk).id))
        found.proven_until = now() - timedelta(seconds=1)
    assert "once more, for your safety" in await talk.says("it is too small")
    said = await talk.says("W2001 anna@example.com")
    assert "Reason: it is too small" in said
    await talk.presses("Yes")
    assert len(filed(talk)) == 1


async def test_the_same_wish_twice_is_one_request(talk: Talk) -> None:
    prove(talk)
    for _ in range(2):
        await talk.says("cancel order W2003")
        said = await talk.says("yes")
    assert len(filed(talk)) == 1
    assert "with a colleague already" in await talk.says("cancel order W2003")
    assert said


async def test_the_bot_goes_on_answering_while_a_request_waits(talk: Talk) -> None:
    prove(talk)
    await talk.says("cancel order W2003")
    await talk.says("yes")
    assert "2 years" in await talk.says("How long is the warranty?")


async def test_where_others_read_along_nothing_is_begun(talk: Talk) -> None:
    group = Talk(talk.db, talk.flow, Place(-1001).chat)
    assert "private" in await group.says("I want to return the kettle")
    assert row(group).dialogue is None


async def test_a_plain_question_costs_no_query_of_orders(talk: Talk) -> None:
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    from sqlalchemy import event

    event.listen(talk.db.engine, "before_cursor_execute", note)
    await talk.says("How long is the warranty?")
    tables = ("proofs", "orders", "requests", "guesses", "codes", "customers")
    assert [each for each in seen if any(f"FROM {name}" in each for name in tables)] == []


def cited(talk: Talk) -> list[str]:
    assert talk.said is not None
    return [source["id"] for source in talk.said.sources]


@pytest.mark.parametrize(
    ("text", "entry", "why"),
    [
        ("please cancel my order W2002", "cancel-order", 'isn\'t "packed"'),
        ("change the delivery address of W2002", "change-delivery-address", "60 minutes"),
        ("请帮我取消订单W2002", "cancel-order", "已打包"),
        ("我要把W2002的收货地址改一下", "change-delivery-address", "60 分钟"),
    ],
)
async def test_a_refusal_cites_the_record_and_the_shops_rule(
    talk: Talk, text: str, entry: str, why: str
) -> None:
    prove(talk)
    said = await talk.says(text)
    assert "W2002" in said
    assert why in said
    assert cited(talk) == ["order:#W2002", entry]


async def test_a_return_after_its_time_is_refused_with_the_rule_on_returns(talk: Talk) -> None:
    shop_with(talk.db, bought("#W2009", State.DELIVERED, days_ago=60))
    prove(talk)
    for text, why in (("I want to return order W2009", "30 days"), ("我要退货，W2009", "30 天")):
        said = await talk.says(text)
        assert said.count(why) == 2  # what it means for this order, and the rule itself
        assert cited(talk) == ["order:#W2009", "return-window"]
    assert filed(talk) == []


async def test_what_is_over_needs_no_rule(talk: Talk) -> None:
    shop_with(talk.db, bought("#W2010", State.CANCELLED))
    prove(talk)
    assert "cancelled already" in await talk.says("cancel order W2010")
    assert cited(talk) == ["order:#W2010"]


async def test_an_item_named_with_the_wish_is_not_asked_for_again(talk: Talk) -> None:
    prove(talk)
    assert "why" in await talk.says("I want to return the bathrobe of W2001")
    assert "Items: Harbor waffle bathrobe" in await talk.says("it is too small")
    assert "leave the return" in await talk.says("nah, forget it")
    assert filed(talk) == []


async def test_an_answer_of_two_sentences_is_one(talk: Talk) -> None:
    prove(talk)
    await talk.says("I want to return order W2001")
    await talk.presses("Harbor")
    summary = await talk.says("The belt is torn. The colour is off, too.")
    assert summary.count("Shall I send this") == 1
    assert "Reason: The belt is torn. The colour is off, too." in summary


async def test_a_filed_request_is_taken_back_until_an_agent_has_decided(talk: Talk) -> None:
    prove(talk)
    await talk.says("cancel order W2003")
    await talk.says("yes please")
    assert "stays as it is" in await talk.says("actually no, dont cancel it")
    [request] = filed(talk)
    assert request.status == "withdrawn"
    assert row(talk).status == Status.BOT
    await talk.says("cancel order W2003")
    await talk.says("yes please")
    newest = filed(talk)[-1]
    with talk.db.begin() as session:
        requests.decide(session, saved(newest.id), "Mei", approve=True, at=now())
    assert "has approved" in await talk.says("wait, keep the order")
    assert [each.status for each in filed(talk)] == ["withdrawn", "approved"]


async def test_a_new_reason_takes_the_place_of_the_request_that_waits(talk: Talk) -> None:
    prove(talk)
    await talk.says("I want to return the bathrobe from W2001 because it is too small")
    await talk.says("yes please")
    said = await talk.says("I want to return the bathrobe from W2001 because the belt is torn")
    assert "Reason: the belt is torn" in said
    await talk.says("yes please")
    assert [each.status for each in filed(talk)] == ["withdrawn", "open"]
