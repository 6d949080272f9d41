"""Groups, and a channel's direct messages: every person there is a shopper of their own."""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import col, select

from bot.channels.telegram.moved import Moved, move
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from tests.support.agents_shop import AgentsShop
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import Shop, chat, until

FRIENDS = -4242  # a group that is no supergroup yet


@pytest.fixture
async def office(database: Database, server: FakeTelegram) -> AsyncIterator[AgentsShop]:
    shop = AgentsShop(database, server)
    shop.people()
    async with shop.open():
        yield shop


def _chats(db: Database) -> list[str]:
    with db.read() as session:
        rows = session.exec(select(ConversationRow).order_by(col(ConversationRow.id)))
        return [row.chat_id for row in rows]


async def test_everybody_in_a_group_is_answered_by_a_reply_to_their_own_message(
    shop: Shop, server: FakeTelegram
) -> None:
    group = server.group(FRIENDS, "Friends")
    mia, tom = group.member(5, "Mia"), group.member(6, "Tom")
    asked = await mia.mentions_bot("do you ship to Norway?")
    other = await tom.mentions_bot("and to Japan?")
    norway, japan = await mia.sees("Norway?"), await tom.sees("Japan?")
    assert norway.message["reply_to_message"]["message_id"] == asked
    assert japan.message["reply_to_message"]["message_id"] == other
    assert sorted(_chats(shop.db)) == [f"{FRIENDS}:5", f"{FRIENDS}:6"]


async def test_answer_comes_though_the_message_it_answers_was_deleted(
    shop: Shop, server: FakeTelegram
) -> None:
    group = server.group(FRIENDS, "Friends")
    mia = group.member(5, "Mia")
    server.slow_next("sendMessage", 60)
    asked = await mia.mentions_bot("do you ship to Norway?")
    await until(lambda: server.slowed)
    with server.world.lock:
        group.chat.show("delete", group.chat.screen[asked], 0)
    server.release()
    line = await mia.sees("Norway?")
    assert "reply_to_message" not in line.message


async def test_one_persons_ticket_silences_nobody_else_in_the_group(
    office: AgentsShop, server: FakeTelegram
) -> None:
    group = server.group(FRIENDS, "Friends")
    mia, tom = group.member(5, "Mia"), group.member(6, "Tom")
    await mia.mentions_bot("I want a human")
    answer = await group.sees("A person will come.")
    await office.shows("#1")
    card = await office.shows("Mia")
    await office.noor.writes("I am Noor, how can I help?", reply_to=card)
    said = await group.sees("I am Noor")
    assert "human" in said.message["reply_to_message"]["text"]
    await tom.mentions_bot("do you ship to Japan?")
    await tom.sees("Japan?")
    await mia.writes("my lamp is broken", reply_to=answer)
    before = len(group.log)
    await office.quiet(server)
    assert not [line for line in group.log[before:] if line.from_bot]
    assert ("shopper", "my lamp is broken") in office.said()


async def test_button_in_a_group_is_pressed_for_oneself(shop: Shop, server: FakeTelegram) -> None:
    group = server.group(FRIENDS, "Friends")
    mia, tom = group.member(5, "Mia"), group.member(6, "Tom")
    await mia.mentions_bot("choose")
    asked = await group.sees("Did you mean")
    await tom.presses("Other")
    await group.sees("entry:y")
    assert shop.heard[-1].chat.id == f"{FRIENDS}:6"
    with server.world.lock:
        left = group.chat.screen[asked.message_id]["reply_markup"]["inline_keyboard"]
    assert len(left) == 3, "what Mia may choose from is not Tom's to take away"


async def test_group_that_becomes_a_supergroup_keeps_conversation_and_ticket(
    office: AgentsShop, server: FakeTelegram
) -> None:
    group = server.group(FRIENDS, "Friends")
    mia = group.member(5, "Mia")
    first = await mia.mentions_bot("I want a human")
    await group.sees("A person will come.")
    card = await office.shows("Mia")
    moved = await group.becomes_supergroup(mia)
    await server.confirmed()
    await office.noor.writes("I am Noor", reply_to=card)
    line = await moved.sees("I am Noor")
    assert "reply_to_message" not in line.message, "the numbers of old messages mean others now"
    await moved.members[5].writes("It is broken", reply_to=line)
    await server.confirmed()
    assert _chats(office.db) == [f"{moved.id}:5"]
    assert ("shopper", "It is broken") in office.said()
    with office.db.read() as session:
        assert len(session.exec(select(TicketRow)).all()) == 1
    assert first > 0


async def test_message_of_the_supergroup_is_not_taken_for_one_of_the_group(
    shop: Shop, server: FakeTelegram
) -> None:
    group = server.group(FRIENDS, "Friends")
    mia = group.member(5, "Mia")
    number = await mia.mentions_bot("Where is it?")
    await group.sees("Where is it?")
    moved = await group.becomes_supergroup(mia)
    moved.chat.last_id = number - 1
    again = await moved.members[5].mentions_bot("And now?")
    assert again == number
    await moved.sees("And now?")


async def test_group_that_moved_unheard_is_followed_when_something_is_sent(
    shop: Shop, server: FakeTelegram
) -> None:
    group = server.group(FRIENDS, "Friends")
    mia = group.member(5, "Mia")
    server.slow_next("sendMessage", 60)
    await mia.mentions_bot("Where is it?")
    await until(lambda: server.slowed)
    with server.world.lock:
        server.world.updates.allowed = ("callback_query",)  # so nothing tells of the move
    moved = await group.becomes_supergroup(mia)
    server.release()
    await moved.sees("Where is it?")
    await until(lambda: _chats(shop.db) == [f"{moved.id}:5"])


def test_what_was_said_in_a_group_before_people_were_told_apart_moves_too(
    database: Database,
) -> None:
    with database.begin() as session:
        for number in (str(FRIENDS), f"{FRIENDS}:5", f"{FRIENDS}1:5", "5"):
            session.add(ConversationRow(channel="telegram", chat_id=number))
    with database.begin() as session:
        move(session, Moved(FRIENDS, -1000000004242))
        move(session, Moved(FRIENDS, -1000000004242))
    assert _chats(database) == ["-1000000004242", "-1000000004242:5", f"{FRIENDS}1:5", "5"]


async def test_each_topic_of_a_channels_direct_messages_is_answered_in_it(
    shop: Shop, server: FakeTelegram
) -> None:
    channel = server.direct_messages()
    mia, tom = channel.customer(5, "Mia"), channel.customer(6, "Tom")
    await mia.writes("Do you ship to Norway?")
    await tom.writes("And to Japan?")
    await mia.sees("Norway?")
    await tom.sees("Japan?")
    await mia.writes("choose")
    await mia.sees("Did you mean")
    await mia.presses("Other")
    await mia.sees("entry:y")
    assert sorted(_chats(shop.db)) == [f"{channel.chat.id}/d5", f"{channel.chat.id}/d6"]
    assert not [call for call in server.calls if call.status == 400]


async def test_group_of_before_is_still_spoken_to(shop: Shop, server: FakeTelegram) -> None:
    from bot.conversations import conversation, outbox
    from bot.conversations.conversation import saved
    from bot.types import Author, now

    group = server.group(FRIENDS, "Friends")
    with shop.db.begin() as session:
        row, _ = conversation.opened(session, chat(FRIENDS), "en", at=now())
        said = conversation.add_turn(session, saved(row.id), Author.AGENT, "Still here.", "en")
        outbox.put(session, row, said, at=now())
    await group.sees("Still here.")
