"""An answer written by a model, through the whole flow: checked, shown as it grows, or replaced by
the entry's own text."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.database.db import Database
from bot.knowledge.retriever import ShopRetriever
from bot.types import Author, Source, Turn, now
from tests.support.model_server import Behaviour, answers_nothing, cuts, fails, hangs, says, sends
from tests.support.shop import heard
from tests.support.writer_shop import HELD, OWN_TEXT, RETURNS, WRITTEN, shop


async def test_the_model_words_the_answer_and_the_turn_says_so(
    database: Database, demo_retriever: ShopRetriever
) -> None:
    async with shop(database, demo_retriever, says(WRITTEN)) as opened:
        turn = await opened.ask(RETURNS)
    assert turn.text == HELD
    assert [source["id"] for source in turn.sources] == ["return-window"]
    assert turn.meta["model"] == "openai:small"
    assert turn.meta["prompt"] == "answer-en-1"
    assert turn.meta["action"] == "reply"
    assert "rejected" not in turn.meta
    assert RETURNS in opened.prompt()
    assert OWN_TEXT in opened.prompt()


async def test_a_draft_grows_sentence_by_sentence_and_is_never_ahead_of_the_check(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    text = f"{WRITTEN} We pay you 500 dollars. Thank you for asking! Elephants fly low."
    async with shop(sqlite_database, demo_retriever, says(text, pause=0.05)) as opened:
        turn = await opened.ask(RETURNS)
        drafts = [draft.text for draft in opened.screen.drafts]
    assert drafts == [
        HELD,
        f"{HELD} Thank you for asking!",
    ]
    assert turn.text == drafts[-1]
    assert len({draft.id for draft in opened.screen.drafts}) == 1
    assert [each["reason"] for each in turn.meta["rejected"]] == ["money", "unsupported"]
    assert opened.screen.typed


@pytest.mark.parametrize(
    "text",
    [
        "I do not know.",
        "Refunds of 500 dollars for all. Write to www.evil.example. It is 77 days.",
        "您有30天的时间。",
    ],
)
async def test_where_nothing_useful_holds_the_entrys_own_text_is_sent(
    sqlite_database: Database, demo_retriever: ShopRetriever, text: str
) -> None:
    async with shop(sqlite_database, demo_retriever, says(text)) as opened:
        turn = await opened.ask(RETURNS)
    assert turn.text.startswith(OWN_TEXT)
    assert turn.meta["model"] == "none"
    assert not opened.screen.drafts


@pytest.mark.parametrize(
    "behaviour",
    [
        hangs(),
        hangs("You have 30 days from delivery. Th"),
        cuts("You have 30 days from delivery. Th"),
        cuts("You have", politely=True),
        sends("<html>nginx</html>", "text/html"),
        sends("data: {oops\n\n"),
        fails(401),
        fails(429),
        fails(429, retry_after="3600"),
        fails(500),
        answers_nothing,
    ],
)
async def test_whatever_the_server_does_the_shopper_gets_the_entrys_own_text(
    sqlite_database: Database, demo_retriever: ShopRetriever, behaviour: Behaviour
) -> None:
    async with shop(sqlite_database, demo_retriever, behaviour, timeout=2.5) as opened:
        async with asyncio.timeout(30):
            turn = await opened.ask(RETURNS)
    assert turn.text.startswith(OWN_TEXT)
    assert [source["id"] for source in turn.sources] == ["return-window"]
    assert turn.meta["own_text"] == "no_model"


@pytest.mark.parametrize(
    ("question", "text", "own_text"),
    [
        (
            RETURNS,
            'Hello! You have 60 days from delivery. [1] Items marked "Final sale" can\'t be '
            "returned. [1] I am glad to help!",
            OWN_TEXT,
        ),
        (
            "多少天内可以退货？",
            "您好！收到货起60天内可以退。[1]标有「Final sale（清仓不退）」的商品不能退。[1]"
            "很高兴为您服务！",
            "收到货起 30 天内可以退",
        ),
    ],
)
async def test_a_side_remark_is_no_answer_once_the_answer_was_dropped(
    sqlite_database: Database,
    demo_retriever: ShopRetriever,
    question: str,
    text: str,
    own_text: str,
) -> None:
    async with shop(sqlite_database, demo_retriever, says(text, pause=0.02)) as opened:
        turn = await opened.ask(question)
        drafts = [draft.text for draft in opened.screen.drafts]
    assert any("Final sale" in draft for draft in drafts), "it is true, and was shown meanwhile"
    assert turn.text.startswith(own_text)
    assert (turn.meta["model"], turn.meta["own_text"]) == ("none", "not_held")


@pytest.mark.parametrize(
    ("question", "said", "dropped"),
    [
        (RETURNS, HELD, " Sale items have 20 days. [1]"),
        (
            "多少天内可以退货？",
            "收到货起30天内可以退，商品需未使用、吊牌和原包装齐全。",
            "打折商品是20天。[1]",
        ),
    ],
)
async def test_the_answer_is_sent_without_the_side_remark_that_was_dropped(
    sqlite_database: Database,
    demo_retriever: ShopRetriever,
    question: str,
    said: str,
    dropped: str,
) -> None:
    async with shop(sqlite_database, demo_retriever, says(said + dropped)) as opened:
        turn = await opened.ask(question)
    assert turn.text == said
    assert turn.meta["model"] == "openai:small"
    assert len(turn.meta["rejected"]) == 1


async def test_of_two_questions_both_are_answered(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    async with shop(sqlite_database, demo_retriever, says(WRITTEN)) as opened:
        turn = await opened.ask(RETURNS, "Do gift cards expire?")
    assert {source["id"] for source in turn.sources} >= {"return-window", "gift-card-expiry"}
    assert OWN_TEXT in turn.text
    assert turn.meta["model"] == "none"


async def test_half_a_sentence_is_not_sent_where_a_model_was_stopped_at_its_most_tokens(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    half = ' Items marked "Final sale" can\'t be returned'
    async with shop(sqlite_database, demo_retriever, says(HELD + half)) as opened:
        whole = await opened.ask(RETURNS)
        opened.server.script.append(says(HELD + half, ending="length"))
        stopped = await opened.ask(RETURNS, chat="ben")
    assert whole.text == HELD + half
    assert stopped.text == HELD


@pytest.mark.parametrize(
    ("text", "sent", "rejected"),
    [
        (f"{WRITTEN} " * 50, HELD, 0),
        ("Elephants fly low. Bees fly high. Whales fly far. " + "Birds walk. " * 50, OWN_TEXT, 3),
    ],
)
async def test_a_model_that_goes_in_circles_or_astray_is_stopped(
    sqlite_database: Database, demo_retriever: ShopRetriever, text: str, sent: str, rejected: int
) -> None:
    async with shop(sqlite_database, demo_retriever, says(text, pause=0.03)) as opened:
        turn = await opened.ask(RETURNS)
        async with asyncio.timeout(60):
            while not opened.server.abandoned:
                await asyncio.sleep(0.01)
    assert turn.text.startswith(sent)
    assert len(turn.meta.get("rejected", ())) == rejected


@pytest.mark.parametrize("text", ["hello", "I want to talk to a human"])
async def test_small_talk_and_people_need_no_model(
    sqlite_database: Database, demo_retriever: ShopRetriever, text: str
) -> None:
    async with shop(sqlite_database, demo_retriever, says(WRITTEN)) as opened:
        await opened.ask(text)
        assert opened.server.requests == []


async def test_an_entry_that_was_chosen_is_sent_as_it_stands(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    async with shop(sqlite_database, demo_retriever, says(WRITTEN)) as opened:
        turn = await opened.ask("Returns", choice="entry:return-window")
        assert opened.server.requests == []
    assert turn.text.startswith(OWN_TEXT)


async def test_chinese_is_asked_for_and_answered_in_chinese(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    text = "收到货起30天内可以退，商品需未使用、吊牌和原包装齐全。[1]"
    async with shop(sqlite_database, demo_retriever, says(text)) as opened:
        turn = await opened.ask("多少天内可以退货？")
    assert turn.text == "收到货起30天内可以退，商品需未使用、吊牌和原包装齐全。"
    assert turn.meta["prompt"] == "answer-zh-1"


async def test_a_follow_up_is_rewritten_for_a_model_without_tools(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    async with shop(sqlite_database, demo_retriever, says(WRITTEN), tools=False) as opened:
        await opened.ask("Do you ship to Canada?")
        opened.server.script.append(says("How long does delivery to Canada take?"))
        before = len(opened.server.requests)
        turn = await opened.ask("and how long does it take?")
        assert len(opened.server.requests) == before + 2
        assert "Do you ship to Canada?" in opened.prompt(-2)
        assert "How long does delivery to Canada take?" in opened.prompt()
    assert turn.meta["standalone"] is True


async def test_personal_data_and_orders_are_not_given_to_a_model(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    at = now()
    order = Source("order:77123456", "orders", 1.0)
    entry = Source("shipping-cost", "faq", 1.0)
    history = [
        Turn(1, Author.SHOPPER, "I am anna@example.org, order 77123456", "en", at),
        Turn(2, Author.BOT, "Your kettle is on its way to Elm Street.", "en", at, sources=(order,)),
        Turn(3, Author.AGENT, "Hello Anna, I see your address.", "en", at, agent="Mei"),
        Turn(4, Author.SHOPPER, "Do you ship to Canada?", "en", at),
        Turn(5, Author.BOT, "Yes, in 7 to 10 days.", "en", at, sources=(entry,)),
    ]
    async with shop(sqlite_database, demo_retriever, says(WRITTEN)) as opened:
        await opened.flow.receive(heard("and how long does it take? I am on +14155550123"))
        claims = await opened.db.write(opened._claims)
        await opened.flow.handle(replace(claims[0], history=tuple(history)))
        given = opened.prompt(0) + opened.prompt()
    assert "Do you ship to Canada?" in given
    assert "Yes, in 7 to 10 days." in given
    for private in ("anna@", "77123456", "Elm Street", "Hello Anna", "4155550123"):
        assert private not in given


@pytest.mark.parametrize(
    "rewriting",
    [says("Is it 99 dollars to Canada?"), says("多久到加拿大？"), fails(400), says("x" * 400)],
)
async def test_a_rewriting_that_is_none_changes_nothing(
    sqlite_database: Database, demo_retriever: ShopRetriever, rewriting: Behaviour
) -> None:
    async with shop(sqlite_database, demo_retriever, says(WRITTEN), tools=False) as opened:
        await opened.ask("Do you ship to Canada?")
        opened.server.script.append(rewriting)
        turn = await opened.ask("and how long does it take?")
        assert "and how long does it take?" in opened.prompt()
    assert "standalone" not in turn.meta


async def test_chats_that_need_no_model_do_not_wait_for_those_that_do(
    sqlite_database: Database, demo_retriever: ShopRetriever
) -> None:
    slow = says("word " * 100, pause=0.5)
    async with shop(sqlite_database, demo_retriever, slow, seats=3) as opened:
        waiting = [asyncio.create_task(opened.ask(RETURNS, chat=f"slow{n}")) for n in range(10)]
        while len(opened.server.requests) < 3:
            await asyncio.sleep(0.01)
        turn = await opened.ask("hello", chat="ben")
        assert turn.text
        while sum(task.done() for task in waiting) < 7:  # no seat: the entry's own text at once
            await asyncio.sleep(0.01)
        assert len(opened.server.requests) == 3
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def logged(capsys: pytest.CaptureFixture[str]) -> Sequence[str]:
    return capsys.readouterr().out.splitlines()


async def test_the_operator_gets_a_line_without_the_shoppers_words(
    sqlite_database: Database,
    demo_retriever: ShopRetriever,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with shop(sqlite_database, demo_retriever, fails(401)) as opened:
        await opened.ask(RETURNS)
    lines = logged(capsys)
    assert [line for line in lines if "model.failed" in line and "OPENAI_API_KEY" in line]
    assert not [line for line in lines if "return something" in line]
