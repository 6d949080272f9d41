"""/language sticks: what the shopper chose stays, whatever they write in afterwards."""

from typing import Any

import pytest

from bot.conversations import bursts, inbox
from bot.conversations.conversation import find
from bot.database.db import Database
from bot.knowledge.retriever import ShopRetriever
from bot.types import Chat, Claim, Incoming, Say, now
from tests.dialogue.test_flow import answer, claimed
from tests.support.flows import flow_of
from tests.support.shop import NOON

ANNA = Chat("web", "anna")


async def told(
    db: Database, retriever: ShopRetriever, text: str, choice: str | None = None
) -> None:
    flow = flow_of(db, retriever)
    await flow.receive(Incoming(ANNA, f"{text}{now()}", text, language="en", choice=choice))
    await flow.handle(await claimed(db))


async def test_chosen_language_stays_for_the_conversation(
    database: Database, demo_retriever: ShopRetriever
) -> None:
    await told(database, demo_retriever, "中文", "command:language:zh")
    turn = await answer(
        database, flow_of(database, demo_retriever), "How long do I have to return something?"
    )
    assert turn.language == "zh"
    assert turn.text.startswith("收到货起 30 天"), "the entry's own Chinese, without an excuse"
    assert turn.sources[0]["id"] == "return-window"
    with database.read() as session:
        row = find(session, ANNA)
        assert row is not None
        assert (row.language, row.language_fixed) == ("zh", True)
    await told(database, demo_retriever, "English", "command:language:en")
    turn = await answer(database, flow_of(database, demo_retriever), "怎么退货")
    assert turn.language == "en"
    assert "怎么" not in turn.text


def accepted(db: Database, text: str, choice: str | None, number: int, language: Any) -> Claim:
    with db.begin() as session:
        incoming = Incoming(ANNA, str(number), text, language=language, choice=choice)
        inbox.accept(session, incoming, backlog_cap=9, at=NOON)
    with db.begin() as session:
        return bursts.claim(session, "h:1:a", at=NOON, lease=inbox.LONGEST_SETTLE, limit=1)[0]


@pytest.mark.parametrize(
    ("text", "choice", "language"),
    [
        ("/help", "command:help", "zh"),
        ("[photo]", "media:photo", "zh"),
        ("Is this broken?", "media:photo:caption", "en"),
        ("/start", "command:start", "en"),
    ],
)
def test_words_that_a_channel_put_down_do_not_change_the_language(
    database: Database, text: str, choice: str, language: str
) -> None:
    first = accepted(database, "怎么退货", None, 1, "en")
    with database.begin() as session:
        bursts.finish(session, first, Say("…", "zh"), at=NOON, moods={})
    assert accepted(database, text, choice, 2, "en").language == language


@pytest.mark.parametrize(
    ("text", "dialogue", "language"),
    [
        ("Berliner Str. 5, 10713 Berlin", {"change": "address"}, "zh"),
        ("please cancel it, I want to keep my order", {"change": "address"}, "en"),
        ("Berliner Str. 5, 10713 Berlin", None, "en"),
    ],
)
def test_an_address_that_a_dialogue_asked_for_does_not_change_the_language(
    database: Database, text: str, dialogue: dict[str, Any] | None, language: str
) -> None:
    first = accepted(database, "改地址", None, 1, "en")
    with database.begin() as session:
        bursts.finish(session, first, Say("…", "zh", dialogue=dialogue), at=NOON, moods={})
    assert accepted(database, text, None, 2, "en").language == language


def test_first_command_is_answered_in_the_language_of_the_shoppers_app(
    database: Database,
) -> None:
    assert accepted(database, "/help（使用帮助）", "command:help", 1, "zh").language == "zh"
