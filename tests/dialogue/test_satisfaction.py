"""How content a shopper is with a person's help: asked once, in their channel and language."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot.conversations import bursts, feedback, inbox
from bot.conversations.conversation import find, history, saved
from bot.conversations.feedback import DOWN, UP, Satisfaction
from bot.database.db import Database
from bot.database.leases import LEASE
from bot.database.tables import FeedbackRow
from bot.dialogue.flow import Flow
from bot.knowledge import confidence
from bot.knowledge.index import CurrentIndex
from bot.knowledge.retriever import ShopRetriever
from bot.tickets import assignment, handover, opening
from bot.types import Chat, Incoming, Language, Reason, Turn, now
from tests.support.flows import flow_of


class Shopper:
    """Somebody whose chat a person has had."""

    def __init__(self, database: Database, folder: Path, chat: Chat) -> None:
        retriever = ShopRetriever(current=CurrentIndex(folder).get, weights=confidence.load())
        self.database, self.chat = database, chat
        self.flow: Flow = flow_of(database, retriever)
        self.said = 0

    def helped(self, language: Language = "en", outcome: str = "solved", reply: str = "Hi") -> int:
        """A ticket that is answered and closed; its id."""
        with self.database.begin() as session:
            text = "我的订单在哪" if language == "zh" else "Where is my order?"
            inbox.accept(session, self._incoming(text, None), backlog_cap=9, at=now())
            self._claim(session)
            row = find(session, self.chat)
            assert row is not None
            row.language = language
            ticket = opening.open_ticket(
                session,
                row,
                Reason.ASKED_FOR_PERSON,
                summary="",
                mood=0.0,
                language=language,
                at=now(),
            )
            number = saved(ticket.id)
            if reply:
                assignment.reply(session, number, "Mia", reply, now())
            assignment.close(session, number, "Mia", now(), takeover=True, outcome=outcome)
        return number

    def _incoming(self, text: str, choice: str | None) -> Incoming:
        self.said += 1
        return Incoming(self.chat, f"m{self.said}", text, choice=choice)

    def _claim(self, session: Session) -> None:
        for claim in bursts.claim(session, "t:1:a", at=now(), lease=LEASE, limit=9):
            bursts.finish(session, claim, None, at=now(), moods={})

    async def says(self, text: str, choice: str | None = None) -> Turn:
        """What is answered."""
        await self.flow.receive(self._incoming(text, choice))
        (claim,) = await self.database.write(
            lambda session: bursts.claim(session, "t:1:a", at=now(), lease=LEASE, limit=1)
        )
        await self.flow.handle(claim)
        return self.last()

    def last(self) -> Turn:
        with self.database.read() as session:
            row = find(session, self.chat)
            assert row is not None
            return history(session, saved(row.id))[-1]

    def content(self, ticket_id: int) -> Satisfaction | None:
        with self.database.read() as session:
            return feedback.satisfaction(session, ticket_id)


@pytest.fixture
def anna(database: Database, tmp_path: Path) -> Shopper:
    return Shopper(database, tmp_path, Chat("web", "anna"))


async def test_a_press_is_kept_and_a_word_with_it_when_asked_for(anna: Shopper) -> None:
    ticket_id = anna.helped()
    asked = anna.last()
    assert "How was our help?" in asked.text
    up, down = asked.buttons
    assert (up.label, down.label) == ("👍 Good", "👎 Not good")

    answer = await anna.says(down.label, down.value)
    assert "we are sorry" in answer.text
    assert [button.value for button in answer.buttons] == [f"rate:{ticket_id}:word", "person"]
    await anna.says("Add a word", answer.buttons[0].value)
    answer = await anna.says("It took three days, order 1234!")
    assert answer.text == "Thank you. Our team will read it."
    found = anna.content(ticket_id)
    assert found is not None
    assert (found.value, found.word) == (DOWN, "It took three days, order 1234!")

    await anna.says(up.label, up.value)
    found = anna.content(ticket_id)
    assert found is not None
    assert (found.value, found.word) == (UP, "It took three days, order 1234!")


async def test_what_was_not_asked_for_is_no_word(anna: Shopper) -> None:
    ticket_id = anna.helped()
    await anna.says("👍 Good", f"rate:{ticket_id}:up")
    assert (await anna.says("Where is my other order?")).text != "Thank you. Our team will read it."
    found = anna.content(ticket_id)
    assert found is not None
    assert found.word == ""


async def test_a_number_presses_where_there_are_no_buttons(
    database: Database, tmp_path: Path
) -> None:
    typist = Shopper(database, tmp_path, Chat("console", "typist"))
    ticket_id = typist.helped()
    assert "glad" in (await typist.says("1")).text
    found = typist.content(ticket_id)
    assert found is not None
    assert found.value == UP


async def test_it_is_asked_and_answered_in_the_shoppers_language(anna: Shopper) -> None:
    anna.helped("zh")
    asked = anna.last()
    assert "满意吗" in asked.text
    assert (await anna.says(asked.buttons[0].label, asked.buttons[0].value)).text.startswith("谢谢")


def test_it_is_asked_once_and_only_where_somebody_helped(anna: Shopper) -> None:
    first = anna.helped()
    with anna.database.begin() as session:
        handover.reopen(session, first, "Mia", now())
        assignment.close(session, first, "Mia", now())
    assert anna.last().buttons == ()
    for more in ({"outcome": "spam"}, {"reply": ""}):
        assert anna.content(anna.helped(**more)) is None  # type: ignore[arg-type]
        assert anna.last().buttons == ()


async def test_nobody_judges_another_chats_ticket(
    anna: Shopper, database: Database, tmp_path: Path
) -> None:
    ticket_id = anna.helped()
    ben = Shopper(database, tmp_path, Chat("web", "ben"))
    await ben.says("👎", f"rate:{ticket_id}:down")
    found = anna.content(ticket_id)
    assert found is not None
    assert found.value == 0
    with database.read() as session:
        assert len(session.exec(select(FeedbackRow)).all()) == 1
        assert feedback.counts(session, since=now() - timedelta(days=1), help=True) == (0, 0)
