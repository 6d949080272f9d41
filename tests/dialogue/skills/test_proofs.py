"""Proof in the flow: asked for once, naturally, and then what was asked is answered."""

from datetime import UTC, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from bot.channels.telegram.place import Place
from bot.conversations import bursts, conversation
from bot.conversations.conversation import saved
from bot.customers import codes, identity
from bot.customers.proof_dialogue import LINK
from bot.database.db import Database
from bot.database.leases import LEASE
from bot.database.tables import ConversationRow, GuessRow, TicketRow, TurnRow
from bot.dialogue.skills.order_words import OrderWords
from bot.dialogue.skills.orders import OrderAnswers
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.orders.record import State
from bot.orders.vectors import OrderVectors
from bot.types import Claim, Incoming, Status, now
from tests.support.flows import flow_of
from tests.support.talk import KETTLE, ROBE, Talk, bought, shop_with

ANNA = "anna@example.com"


@pytest.fixture
def mail() -> bool:
    """Whether codes can be sent."""
    return True


@pytest.fixture
def talk(
    database: Database,
    demo_index: Index,
    demo_retriever: ShopRetriever,
    tmp_path: Path,
    mail: bool,
) -> Talk:
    """A shopper's chat; Anna has a kettle on its way and a robe delivered."""
    shop_with(
        database,
        bought("#W2001", State.SHIPPED, KETTLE),
        bought("#W2002", State.DELIVERED, ROBE),
    )
    vectors = OrderVectors(tmp_path / "orders", lambda: demo_index.encoder)
    orders = OrderAnswers(
        database,
        vectors,
        demo_retriever.vector,
        OrderWords(UTC, judge=demo_retriever.judge),
        mail=mail,
    )
    flow = flow_of(database, demo_retriever, orders, mail=mail)
    return Talk(database, flow)


def row(talk: Talk, session: Session) -> ConversationRow:
    found = conversation.find(session, talk.chat)
    assert found is not None
    return found


def code(talk: Talk) -> str:
    """What the mail sender would have sent."""
    with talk.db.begin() as session:
        [letter] = codes.take(session, at=now())
    return letter.code


async def test_a_question_is_answered_once_its_asker_is_proven_by_code(talk: Talk) -> None:
    assert "send your e-mail address" in await talk.says("Where is my kettle order?")
    assert "If we know that address" in await talk.says(ANNA)
    said = await talk.says(code(talk))
    assert said.startswith("Thank you, that's you.")
    assert "#W2001" in said
    assert "W2002" not in said
    assert "#W2002" in await talk.says("and the bathrobe order?")


async def test_the_same_in_chinese_by_order_number(talk: Talk) -> None:
    assert "订单号" in await talk.says("我的快递到哪了")
    assert "邮箱或手机号" in await talk.says("W2001")
    said = await talk.says("0151 12345678")
    assert said.startswith("谢谢，已确认是您本人。")
    assert "#W2001" in said


async def test_all_in_one_message_is_answered_at_once(talk: Talk) -> None:
    said = await talk.says(f"Where is my order W2001? My e-mail is {ANNA}")
    assert "#W2001" in said
    with talk.db.read() as session:
        texts = session.exec(select(TurnRow.text).where(TurnRow.author == "shopper")).all()
    assert texts == ["Where is my order W2001? My e-mail is a•••@example.com"]


async def test_one_order_is_all_that_its_number_opens(talk: Talk) -> None:
    await talk.says(f"W2001 {ANNA}")
    assert "W2002" not in await talk.says("Show me all my orders")


async def test_a_link_from_the_shop_answers_what_was_asked(talk: Talk) -> None:
    await talk.says("Where is my kettle order?")
    with talk.db.begin() as session:
        token = identity.make_link(session, "anna", at=now())
        identity.prove_by_link(session, saved(row(talk, session).id), token, at=now())
    assert "#W2001" in await talk.says("I opened the link", LINK)


async def test_a_link_that_proves_nothing_is_said_to(talk: Talk) -> None:
    await talk.says("Where is my kettle order?")
    assert "doesn't work any more" in await talk.says("I opened the link", LINK)
    assert talk.labels == ["Send me a code", "Use an order number", "Talk to a person"]


async def test_proof_comes_without_a_question_as_well(talk: Talk) -> None:
    assert "order number" in await talk.says("x", "proof:number")
    await talk.says("W2001")
    assert "What would you like to know" in await talk.says(ANNA)


@pytest.mark.parametrize(
    ("question", "number"),
    [("Can I still cancel my order?", "W2001"), ("我的订单还能取消吗", "W2001")],
)
async def test_what_the_shops_rules_answered_is_answered_from_the_record_once_it_may(
    talk: Talk, question: str, number: str
) -> None:
    assert number not in await talk.says(question)
    said = await talk.says(f"{number} {ANNA}")
    assert "can't be changed any more" in said or "无法再改动" in said


@pytest.mark.parametrize(
    ("question", "asked_for"),
    [("Where is order W2001?", "e-mail or phone number on it"), ("订单W2001到哪了", "预留的邮箱")],
)
@pytest.mark.parametrize("mail", [False])
async def test_a_number_that_was_named_is_not_asked_for_again(
    talk: Talk, question: str, asked_for: str
) -> None:
    said = await talk.says(question)
    assert asked_for in said
    assert "number together" not in said
    assert "#W2001" in await talk.says(ANNA)


async def test_telegram_offers_the_shoppers_own_contact(talk: Talk) -> None:
    private = Talk(talk.db, talk.flow, Place(7).chat)
    assert "share your phone number" in await private.says("Where is my order?")
    assert [button.value for button in private.buttons] == [
        *("proof:contact", "proof:code", "person"),
    ]
    business = Talk(talk.db, talk.flow, Place(7, business="bc").chat)
    await business.says("Where is my order?")
    assert "proof:contact" not in [button.value for button in business.buttons]


async def test_in_a_group_a_private_chat_is_asked_for(talk: Talk) -> None:
    group = Talk(talk.db, talk.flow, Place(-1001).chat)
    assert "private chat" in await group.says("Where is my order?")
    assert "private chat" in await group.says(f"W2001 {ANNA}")


async def test_an_ended_proof_is_asked_for_again_in_a_sentence(talk: Talk) -> None:
    await talk.says(f"W2001 {ANNA}")
    with talk.db.begin() as session:
        row(talk, session).proven_until = now() - timedelta(seconds=1)
    said = await talk.says("Where is my order?")
    assert said.startswith("It has been quiet for a while")
    assert "#W2001" in await talk.says(f"W2001 {ANNA}")


async def test_never_mind_and_other_questions_are_understood_in_between(talk: Talk) -> None:
    await talk.says("Where is my order?")
    assert "2 years" in await talk.says("How long is the warranty?")
    assert "leave it" in await talk.says("never mind")
    assert "2 years" in await talk.says("How long is the warranty?")


async def test_a_person_is_there_at_any_point(talk: Talk) -> None:
    await talk.says("Where is my order?")
    assert "同事" in await talk.says("转人工")
    with talk.db.read() as session:
        assert row(talk, session).status == Status.WAITING


async def test_guessing_reaches_the_desk(talk: Talk) -> None:
    await talk.says("Where is my order?")
    for number in range(5):
        with talk.db.begin() as session:  # each after the pause that the one before cost
            for each in session.exec(select(GuessRow)):
                each.times = [
                    (now() - timedelta(hours=2 + place)).isoformat()
                    for place in range(len(each.times))
                ]
        said = await talk.says(f"W900{number} {ANNA}")
    assert "A colleague has been told" in said
    with talk.db.read() as session:
        ticket = session.exec(select(TicketRow).order_by(col(TicketRow.id).desc())).one()
    assert (ticket.reason, ticket.priority) == ("guessing", 2)
    assert ANNA not in ticket.summary


async def test_a_burst_with_a_failed_proof_still_has_its_question_answered(talk: Talk) -> None:
    await talk.says("Where is my order?")
    for place, text in enumerate(("W9999 anna@example.com", "How long is the warranty?")):
        await talk.flow.receive(Incoming(talk.chat, f"burst {place}", text))

    def claimed(session: Session) -> list[Claim]:
        return bursts.claim(session, "host:1:a", at=now(), lease=LEASE, limit=1)

    [claim] = await talk.db.write(claimed)
    await talk.flow.handle(claim)
    with talk.db.read() as session:
        newest = session.exec(select(TurnRow).order_by(col(TurnRow.id).desc())).first()
    assert newest is not None
    assert "can't find an order with these details" in newest.text
    assert "2 years" in newest.text
