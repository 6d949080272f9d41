"""Admins on Telegram: /status and /reindex; connecting accounts; /id. As chats."""

import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import FeedbackRow, TicketRow, TurnRow
from bot.desk.group.reindex import Reindex, result
from bot.health import Report
from bot.tickets import accounts
from bot.types import now
from tests.support.agents_shop import ADA, GROUP, NOOR, STRANGER, AgentsShop
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import until
from tests.support.tiny import make_model, write_knowledge


@pytest.fixture
async def office(database: Database, server: FakeTelegram) -> AsyncIterator[AgentsShop]:
    shop = AgentsShop(database, server)
    shop.people()
    async with shop.open():
        yield shop


# /status


async def test_status_tells_an_admin_how_things_are(
    office: AgentsShop, server: FakeTelegram, database: Database
) -> None:
    mia, tom = server.private_chat(5, "Mia"), server.private_chat(6, "Tom")
    await office.asks_for_a_person(mia)
    await office.asks_for_a_person(tom)
    await office.shows("#2 ")
    await office.noor.presses("Take")
    await until(lambda: office.noor.notices)
    later = now() + timedelta(hours=1)  # midnight may come meanwhile
    with database.begin() as session:
        for turn in session.exec(select(TurnRow)):
            turn.at = later
        for ticket in session.exec(select(TicketRow)):
            ticket.created_at = later
        turn = session.get_one(TurnRow, 2)
        session.add(FeedbackRow(turn_id=2, conversation_id=turn.conversation_id, value=1, at=later))
    await office.ada.writes("/status")
    said = (await office.shows("All is well")).text
    assert "Index build-1, 2 hours old" in said
    assert "0 messages wait for the bot" in said
    assert "1 shoppers wait for a person, 1 have one" in said
    assert "2 messages, 2 answers by the bot, 2 tickets, 0 closed, 👍 1 👎 0" in said


async def test_status_names_what_is_wrong_and_in_the_admins_language(
    database: Database, server: FakeTelegram
) -> None:
    async def health() -> Report:
        return Report(None, None, True, 7, ("ops.no_index",))

    shop = AgentsShop(database, server, health=health)
    shop.people()
    shop.ada.person["language_code"] = "zh-hans"
    async with shop.open():
        await shop.ada.writes("/status")
        said = await shop.shows("有问题")
        assert "7 条消息等待机器人处理" in said.text
        assert "⚠️" in said.text


async def test_agents_and_strangers_get_no_admins_commands(
    office: AgentsShop, server: FakeTelegram
) -> None:
    await office.noor.writes("/reindex")
    await office.shows("Only an admin can do this")
    eve = office.group.member(STRANGER, "Eve")
    await eve.writes("/status")
    await office.shows("Only the shop's agents")
    assert not [line for line in office.group.log if "All is well" in line.text]


async def test_admin_has_the_commands_in_private_and_for_others_they_are_no_commands(
    office: AgentsShop, server: FakeTelegram
) -> None:
    ada = server.private_chat(ADA, "Ada")
    await ada.writes("/status")
    await ada.sees("All is well")
    eve = server.private_chat(STRANGER, "Eve")
    await eve.writes("/status")
    await eve.sees("command:unknown")
    noor = server.private_chat(NOOR, "Noor")
    await noor.writes("/reindex")
    await noor.sees("Only an admin can do this")


# /reindex


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_model(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture
def knowledge(tmp_path: Path, model: str) -> tuple[Path, Reindex]:
    """A knowledge folder, and the real `bot index` for it."""
    folder = tmp_path / "knowledge"
    write_knowledge(folder, {"returns": "By post."})
    environment = {
        "BOT_KNOWLEDGE_DIR": str(folder),
        "BOT_INDEX_DIR": str(tmp_path / "index"),
        "BOT_EMBEDDING_MODEL": model,
        "BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}",
    }
    command = [sys.executable, "-m", "bot", "index", "--json"]
    return folder, Reindex(command, environment=environment, every=0.05)


async def test_reindex_shows_progress_in_one_message_and_what_changed(
    sqlite_database: Database, server: FakeTelegram, knowledge: tuple[Path, Reindex]
) -> None:
    folder, reindex = knowledge
    shop = AgentsShop(sqlite_database, server, reindex=reindex)
    shop.people()
    async with shop.open():
        await shop.ada.writes("/reindex")
        await shop.shows("Reading the knowledge folder")
        await shop.ada.writes("/reindex")
        await shop.shows("being built already")
        mia = server.private_chat(5)
        await mia.writes("still answered?")
        await mia.sees("still answered?")
        done = await shop.shows("is served", 90)
        assert done.kind == "edit"
        assert "1 entries" in done.text
        assert "1 added: returns" in done.text
        about = [line for line in shop.group.log if line.message_id == done.message_id]
        assert len(about) > 2, "there was something to see in between"

        (folder / "broken.jsonl").write_text('{"id": "x", "question": \n', encoding="utf-8")
        await shop.ada.writes("/reindex")
        await shop.shows("broken.jsonl:1: ", 90)
        await shop.shows("Nothing has changed")

        for file in folder.iterdir():
            file.unlink()
        await shop.ada.writes("/reindex")
        refused = await shop.shows("There is no new build", 90)
        assert "the one before is served on" in refused.text


async def test_build_that_breaks_says_how_and_the_next_may_run(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    broken = "import sys; print('out of memory', file=sys.stderr); sys.exit(3)"
    shop = AgentsShop(
        sqlite_database, server, reindex=Reindex([sys.executable, "-c", broken], every=0.05)
    )
    shop.people()
    async with shop.open():
        for number in (1, 2):
            await shop.ada.writes("/reindex")
            await until(lambda number=number: _broken(shop) == number)  # type: ignore[misc]


def _broken(shop: AgentsShop) -> int:
    """How many builds were said to have broken, and why."""
    return sum("out of memory" in text and "There is no new build" in text for text in shop.texts())


def test_many_problems_are_named_by_file_and_line_and_the_rest_is_counted() -> None:
    problems = [
        {"path": "faq.csv", "line": number, "severity": "error", "message": "empty"}
        for number in range(1, 31)
    ]
    said = result({"build": "b", "new": True, "problems": problems}, 0, [], "en")
    assert "❌ faq.csv:12: empty" in said
    assert "faq.csv:13" not in said
    assert "and 18 more" in said


# accounts and /id


async def test_link_from_the_desk_connects_the_account_once(
    database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(database, server)
    shop.people()
    with database.begin() as session:
        accounts.disconnect(session, "Noor")
        link = accounts.make_link(session, "Noor", now())
    async with shop.open():
        mia = server.private_chat(5)
        await shop.asks_for_a_person(mia)
        await shop.shows("#1 ")
        await shop.noor.presses("Take")
        await until(lambda: shop.noor.notices)
        assert shop.ticket().status == "open"
        noor = server.private_chat(NOOR, "Noor")
        await noor.starts(link)
        await noor.sees("You are connected as Noor")
        await shop.noor.presses("Take")
        await mia.sees("Noor from our team has joined")
        eve = server.private_chat(STRANGER, "Eve")
        await eve.starts(link)
        await eve.sees("This link was used before")
    assert [each.text for each in shop.heard] == ["I want a human"], "links are no questions"


async def test_id_explains_until_there_is_a_group_and_then_tells_agents_only(
    database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(database, server, chat_id=None)
    shop.people()
    async with shop.open():
        await shop.group.member(STRANGER, "Owner").writes("/id")
        said = (await shop.shows("TELEGRAM_AGENTS_CHAT")).text
        assert f"TELEGRAM_AGENTS_CHAT={GROUP} in .env and restart" in said
        assert f"bot users telegram NAME {STRANGER}" in said
    shop = AgentsShop(database, server)
    async with shop.open():
        await shop.noor.writes("/id")
        await shop.shows(f"This is the agents' group, {GROUP}")
        other = server.group(-1001000000077, "Other")
        await other.member(STRANGER, "Eve").writes("/id")
        await other.member(NOOR, "Noor").writes("/id")
        await other.sees("This group's number is -1001000000077")
        assert len([line for line in other.log if line.from_bot]) == 1


async def test_group_speaks_one_language_where_one_is_set(
    database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(database, server, language="zh")
    shop.people()
    async with shop.open():
        await shop.asks_for_a_person(server.private_chat(5, "Mia"))
        card = await shop.shows("#1 ")
        assert card.buttons == ["接单", "打开工作台"]
        await shop.noor.presses("接单")
        await until(lambda: shop.noor.notices == ["工单 1 已由您接手，机器人不再回复。"])
