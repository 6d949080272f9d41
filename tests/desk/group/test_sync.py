"""What the group shows after floods, kills, restarts, and when the group itself goes away."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select
from structlog.testing import capture_logs

from bot.channels.telegram.budget import Budget
from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import CardRow, ConversationRow
from bot.desk.group import actions, state
from bot.desk.group.updates import ButtonPress, Person
from bot.tickets import assignment
from bot.types import Author, now
from tests.support.agents_shop import GROUP, NOOR, AgentsShop, ticket
from tests.support.paths import ROOT
from tests.support.telegram import Budgets, FakeTelegram
from tests.support.telegram_shop import until


def _tickets(database: Database, count: int) -> None:
    """So many shoppers on the web ask for a person."""
    with database.begin() as session:
        for number in range(count):
            row = ConversationRow(channel="web", chat_id=f"w{number}", name=f"Shopper {number}")
            session.add(row)
            session.flush()
            said = f"Question {number}"
            conversation.add_turn(session, saved(row.id), Author.SHOPPER, said, "en")
            ticket(session, row)


def _cards(database: Database) -> list[CardRow]:
    with database.read() as session:
        return list(session.exec(select(CardRow).order_by(col(CardRow.ticket_id))))


@pytest.fixture
async def strict() -> AsyncIterator[FakeTelegram]:
    """Telegram with its real budgets."""
    async with FakeTelegram(budgets=Budgets()) as running:
        yield running


class Fast:
    """A clock on which a minute passes in a second, for our budget and for Telegram's alike."""

    def __init__(self, server: FakeTelegram) -> None:
        self._server = server

    def __call__(self) -> float:
        return self._server.clock()

    async def sleep(self, seconds: float) -> None:
        self._server.clock.advance(seconds)
        await asyncio.sleep(0.001)


async def test_sixty_tickets_in_a_minute_are_folded_and_none_is_missing(
    database: Database, strict: FakeTelegram
) -> None:
    clock = Fast(strict)
    shop = AgentsShop(database, strict, budget=Budget(clock=clock, sleep=clock.sleep))
    shop.people()
    async with shop.open():
        _tickets(database, 60)
        await until(lambda: len(_cards(database)) == 60, 60)
        sent = [call for call in strict.sent if call.chat_id == GROUP]
        assert len(sent) <= 19, "all of them within one minute's budget"
        shown = "\n".join(shop.texts())
        for number in range(1, 61):
            assert f"#{number} " in shown
        folded = await shop.shows("#60 ")
        assert "tickets" in folded.text
        # A ticket in the middle of a folded message is taken; the others stay as they were.
        await shop.noor.presses("Take #60")
        await shop.shows("#60 · 👤 Shopper 59\nQuestion 59")
        # Where the minute's budget is spent, the edit waits a minute of real time.
        await until(lambda: "Noor has it" in "\n".join(shop.texts()), 120)
        await shop.noor.writes("#60 Hello there", reply_to=folded)
        await until(lambda: shop.said(60)[-1] == ("agent", "Hello there"))
        await shop.noor.writes("Hello nobody", reply_to=folded)
        await shop.shows("Which ticket?")
    assert strict.violations == []
    assert [call for call in strict.calls if call.status == 429] == []


async def test_flood_control_delays_the_group_and_loses_nothing(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(sqlite_database, server)
    shop.people()
    server.close_chat(GROUP, 2)
    async with shop.open():
        _tickets(sqlite_database, 3)
        await shop.shows("#3 ")
        await until(lambda: len(_cards(sqlite_database)) == 3)


async def test_what_happened_while_nothing_ran_is_shown_at_the_next_start(
    database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(database, server)
    shop.people()
    _tickets(database, 2)
    async with shop.open():
        await shop.shows("#2 ")
        await shop.noor.presses("Take #1" if "Take #1" in str(shop.texts()) else "Take")
        await until(lambda: any(card.stage == "open" for card in _cards(database)))
    taken = next(card.ticket_id for card in _cards(database) if card.stage == "open")
    with database.begin() as session:
        assignment.close(session, taken, "Noor", now())
        assignment.take(session, 3 - taken, "Pia", now())
    async with AgentsShop(database, server).open():
        await shop.shows("Closed by Noor")
        await shop.shows("Pia has it since")
        await until(lambda: [card.stage for card in _cards(database)].count("done") == 1)
    cards = [line for line in shop.group.log if line.from_bot and "Asked for" in line.text]
    assert len({line.message_id for line in cards}) == 2, "each ticket has one card"


async def test_kill_between_ticket_and_card_forgets_nothing(
    database: Database, tmp_path: Path
) -> None:
    server = FakeTelegram(budgets=Budgets.unlimited()).start_thread()
    url = database.url.render_as_string(hide_password=False)
    group = server.group(GROUP)

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.support.agents_process",
                url,
                server.base_url,
                server.token,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    try:
        for round_ in range(2):
            # The second is killed while its message is under way, the first at once.
            if round_ == 1:
                server.slow_next("sendMessage", 60, chat_id=GROUP)
            process = start()
            with database.begin() as session:
                _one(session, round_)
            if round_ == 1:
                await until(lambda: server.slowed)
            process.kill()
            process.wait()
        server.release()
        process = start()
        await until(lambda: len(_cards(database)) == 2)
        process.kill()
        process.wait()
    finally:
        server.stop_thread()
    said = {n: [line for line in group.log if f"#{n} " in line.text] for n in (1, 2)}
    assert all(said.values())
    assert sum(map(len, said.values())) <= 2 + 2, "a kill repeats at most what was under way"


def _one(session: Session, number: int) -> None:
    row = ConversationRow(channel="web", chat_id=f"k{number}")
    session.add(row)
    session.flush()
    conversation.add_turn(session, saved(row.id), Author.SHOPPER, f"Question {number}", "en")
    ticket(session, row)


async def test_press_in_the_moment_in_which_the_card_is_noted_harms_neither(
    database: Database, server: FakeTelegram
) -> None:
    AgentsShop(database, server).people()
    _tickets(database, 12)
    for card in await database.query(lambda session: state.unfinished(session, GROUP)):
        number = card.id
        press = ButtonPress("q", Person(NOOR, None), GROUP, 100 + number, "take", number)
        await asyncio.gather(
            database.write(partial(state.posted, card=card, **_noted(number))),
            database.write(partial(actions.press, what=press, at=now())),
        )
    cards = _cards(database)
    assert [card.stage for card in cards] == ["wanted"] * 12
    assert [card.message_id for card in cards] == [100 + card.ticket_id for card in cards]
    assert {card.shown for card in cards} == {"digest"}


def _noted(number: int) -> dict[str, Any]:
    return {"chat_id": GROUP, "message_id": 100 + number, "shown": "digest", "at": now()}


async def test_two_processes_keep_one_group_between_them(
    database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(database, server)
    shop.people()
    other = AgentsShop(database, server, owner="elsewhere:1:a")
    async with shop.open():
        await until(lambda: shop.agents.sync and shop.agents.sync.presence.arrived.is_set())
        keeping = asyncio.create_task(other.agents.run())
        other.channel.me = shop.channel.me
        other.channel.connected.set()
        for number in range(5):
            with database.begin() as session:
                _one(session, number)
            await shop.shows(f"#{number + 1} ")
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    await other.channel.aclose()
    assert len([line for line in shop.group.log if "Asked: Question" in line.text]) == 5


async def test_deleted_card_is_posted_again(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(sqlite_database, server)
    shop.people()
    async with shop.open():
        _tickets(sqlite_database, 1)
        card = await shop.shows("#1 ")
        with server.world.lock:
            message = shop.group.chat.screen[card.message_id]
            shop.group.chat.show("delete", message, server.world.bot["id"])
        with sqlite_database.begin() as session:
            assignment.take(session, 1, "Noor", now())
        again = await shop.shows("Noor has it since")
        assert again.message_id != card.message_id


async def test_group_that_became_a_supergroup_gets_its_cards_again(
    database: Database, server: FakeTelegram
) -> None:
    small = server.group(-4200, "Small")
    noor = small.member(21, "Noor")
    shop = AgentsShop(database, server, chat_id=-4200)
    shop.people()
    with capture_logs() as logs:
        async with shop.open():
            _tickets(database, 1)
            await small.sees("#1 ")
            bigger = await small.becomes_supergroup(noor)
            await bigger.sees("#1 ")
            await bigger.members[21].presses("Take")
            await bigger.sees("Noor has it")
        # The setting still has the old number after a restart.
        again = AgentsShop(database, server, chat_id=-4200)
        async with again.open():
            _tickets_more(database)
            await bigger.sees("#2 ")
    moved = [each for each in logs if each["event"] == "agents_group.moved"]
    assert f"TELEGRAM_AGENTS_CHAT={bigger.id}" in moved[0]["cause"]


def _tickets_more(database: Database) -> None:
    with database.begin() as session:
        _one(session, 9)


async def test_bot_removed_from_the_group_says_so_once_and_comes_back(
    database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(database, server)
    shop.people()
    with capture_logs() as logs:
        async with shop.open():
            await until(lambda: shop.agents.sync and shop.agents.sync.presence.arrived.is_set())
            await shop.group.removes_bot(shop.ada)
            _tickets(database, 2)
            await until(lambda: any(each["event"] == "agents_group.away" for each in logs))
            await asyncio.sleep(0.3)
            with database.begin() as session:  # the desk goes on
                assignment.take(session, 1, "Noor", now())
            await shop.group.adds_bot(shop.ada)
            await shop.shows("#2 ")
            await shop.shows("Noor has it")
    assert len([each for each in logs if each["event"] == "agents_group.away"]) == 1


async def test_wrong_group_is_explained_and_shoppers_are_still_answered(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(sqlite_database, server, chat_id=-1009999)
    shop.people()
    with capture_logs() as logs:
        async with shop.open():
            mia = server.private_chat(5)
            await mia.writes("still there?")
            await mia.sees("still there?")
            await until(lambda: any(each["event"] == "agents_group.away" for each in logs))
    cause = next(each["cause"] for each in logs if each["event"] == "agents_group.away")
    assert "TELEGRAM_AGENTS_CHAT" in cause


async def test_keeper_ends_when_it_is_told_to_whatever_it_does(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(sqlite_database, server)
    shop.people()
    for number in range(5):
        async with AgentsShop(sqlite_database, server).open():
            with sqlite_database.begin() as session:
                _one(session, number)
            await asyncio.sleep(0.02 * number)
    async with AgentsShop(sqlite_database, server).open():
        await until(lambda: len(_cards(sqlite_database)) == 5)
