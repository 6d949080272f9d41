"""The copilot over the demo shop: drafts as the bot would answer, and not a word to the shopper."""

import pytest
from sqlmodel import col, select

from bot.conversations import conversation
from bot.customers import identity
from bot.database.db import Database
from bot.database.tables import OutboxRow, TicketRow, TurnRow
from bot.desk.copilot import Copilot
from bot.errors import NotFoundError
from bot.knowledge.retriever import ShopRetriever
from bot.orders.record import State
from bot.tickets import assignment
from bot.types import OneCustomer, now
from tests.support.flows import flow_of
from tests.support.model_server import says
from tests.support.talk import Talk, bought, shop_with
from tests.support.writer_shop import HELD, RETURNS, WRITTEN
from tests.support.writer_shop import shop as shop_with_model


class Desk:
    """A shopper's chat with the bot, and an agent with the copilot."""

    def __init__(self, db: Database, retriever: ShopRetriever) -> None:
        self.db = db
        self.flow = flow_of(db, retriever)
        self.talk = Talk(db, self.flow)
        self.copilot = Copilot(db, self.flow, retriever)

    @property
    def ticket(self) -> int:
        with self.db.read() as session:
            return session.exec(select(TicketRow.id)).one() or 0

    def replies(self, text: str) -> None:
        with self.db.begin() as session:
            assignment.reply(session, self.ticket, "Mia", text, now())

    def said(self) -> list[tuple[str, str]]:
        with self.db.read() as session:
            turns = session.exec(select(TurnRow).order_by(col(TurnRow.id)))
            return [(turn.author, turn.text) for turn in turns]


@pytest.fixture
def desk(sqlite_database: Database, demo_retriever: ShopRetriever) -> Desk:
    return Desk(sqlite_database, demo_retriever)


async def test_the_question_is_drafted_although_a_person_was_called_after_it(desk: Desk) -> None:
    await desk.talk.says("How long do I have to return something?")
    await desk.talk.says("I want to talk to a person")
    before = desk.said()
    drafted = await desk.copilot.draft(desk.ticket)
    assert drafted is not None
    assert "30 days" in drafted.text
    assert drafted.sure
    assert [each.id for each in drafted.sources] == ["return-window"]
    assert desk.said() == before, "nothing is said by drafting"


async def test_what_the_bot_has_told_already_gives_way_to_what_it_has_not(desk: Desk) -> None:
    await desk.talk.says("How long do I have to return something?")
    asked = await desk.talk.says("And who pays for sending the robe back to you?")
    assert "Did you mean" in asked
    await desk.talk.says("I want to talk to a person")
    drafted = await desk.copilot.draft(desk.ticket)
    assert drafted is not None
    assert not drafted.sure
    assert "30 days" not in drafted.text


async def test_what_the_shopper_says_next_is_drafted_next(desk: Desk) -> None:
    await desk.talk.says("I want to talk to a person")
    desk.replies("Hello, Mia here. What can I do for you?")
    assert await desk.copilot.draft(desk.ticket) is None, "nothing waits"
    await desk.talk.says("Do you ship to Norway?")
    drafted = await desk.copilot.draft(desk.ticket)
    assert drafted is not None
    assert drafted.language == "en"
    assert drafted.sources
    with desk.db.read() as session:
        newest = session.exec(select(TurnRow.id).order_by(col(TurnRow.id).desc())).first()
        sent = session.exec(select(OutboxRow)).all()
    assert drafted.upto == newest
    assert len(sent) == 3, "the hand-over, who has joined, and Mia's own words"
    desk.replies("Yes, we do.")
    assert await desk.copilot.draft(desk.ticket) is None


async def test_what_was_told_to_another_customer_is_in_no_draft(desk: Desk) -> None:
    shop_with(desk.db, bought("#W2001", State.SHIPPED))
    await desk.talk.says("I want to talk to a person")
    with desk.db.begin() as session:
        row = conversation.lock(session, 1)
        identity.bind(session, 1, OneCustomer("anna"), "link", at=now())
        row.proven_until = None  # the proof is over
    await desk.talk.says("Where is my order?")
    drafted = await desk.copilot.draft(desk.ticket)
    assert drafted is None or not any(each.id.startswith("order:") for each in drafted.sources)


async def test_the_knowledge_is_asked_with_any_question(desk: Desk) -> None:
    found = await desk.copilot.ask("How long is the warranty?", "en")
    assert "2 years" in found[0].text
    chinese = await desk.copilot.ask("多久可以退货？", "zh")
    assert chinese[0].language == "zh"
    assert await desk.copilot.ask("  ", "en") == []
    with pytest.raises(NotFoundError):
        await desk.copilot.draft(77)


async def test_a_model_words_the_draft_and_the_shopper_sees_none_of_it(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    async with shop_with_model(sqlite_database, demo_retriever, says(WRITTEN)) as shop:
        desk = Desk(sqlite_database, demo_retriever)
        desk.copilot = Copilot(sqlite_database, shop.flow, demo_retriever)
        shop.flow.channels["web"] = shop.screen
        await desk.talk.says(RETURNS)
        await desk.talk.says("I want to talk to a person")
        drafted = await desk.copilot.draft(desk.ticket)
        assert drafted is not None
        assert drafted.text == HELD
        assert drafted.model
        assert shop.screen.drafts == []
