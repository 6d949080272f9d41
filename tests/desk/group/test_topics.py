"""The agents' group as chats, with topics: a conversation in its own topic, both ways; healing."""

from collections.abc import AsyncIterator

import pytest

from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import ConversationRow
from bot.tickets import assignment
from bot.types import Author, now
from tests.support.agents_shop import STRANGER, AgentsShop, ticket
from tests.support.telegram import FakeTelegram, Line, PrivateChat
from tests.support.telegram_shop import until


@pytest.fixture
async def office(database: Database, server: FakeTelegram) -> AsyncIterator[AgentsShop]:
    shop = AgentsShop(database, server, forum=True)
    shop.people()
    async with shop.open():
        yield shop


async def _taken(office: AgentsShop, server: FakeTelegram) -> tuple[PrivateChat, int]:
    """Mia's conversation, taken by Noor; its topic."""
    mia = server.private_chat(5, "Mia")
    await mia.writes("How long is the warranty?")
    await mia.sees("warranty")
    await office.asks_for_a_person(mia)
    await office.shows("#1 ")
    await office.noor.presses("Take")
    opening = await office.shows("What you write in this topic goes to the shopper")
    assert opening.thread_id is not None
    await until(lambda: office.card().stage == "open")
    return mia, opening.thread_id


def _in_topic(office: AgentsShop, thread: int) -> list[Line]:
    return [line for line in office.group.log if line.thread_id == thread and line.from_bot]


async def test_take_makes_a_topic_with_the_card_and_what_was_said_before(
    office: AgentsShop, server: FakeTelegram
) -> None:
    _, thread = await _taken(office, server)
    assert office.group.topics[thread].name == "#1 Mia · Asked for a person"
    earlier = await office.shows("👤 Mia\nHow long is the warranty?")
    assert earlier.thread_id == thread
    assert "🤖 Bot" in earlier.text
    opening = _in_topic(office, thread)[0]
    assert "Asked: How long is the warranty?" in opening.text
    assert server.violations == []


async def test_what_is_said_in_the_topic_goes_both_ways_and_ends_with_the_ticket(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia, thread = await _taken(office, server)
    await office.noor.writes("Two years. What happened?", thread_id=thread)
    await mia.sees("👤 Noor\nTwo years")
    await mia.writes("The zip broke")
    relayed = await office.shows("The zip broke")
    assert (relayed.thread_id, relayed.text) == (thread, "👤 Mia\nThe zip broke")
    await office.noor.writes("/note zip, not seam", thread_id=thread)
    await until(lambda: office.notes() == ["Noor: zip, not seam"])
    await office.noor.writes("/close", thread_id=thread)
    await mia.sees("We have closed this chat")
    ending = await office.shows("This conversation is over")
    assert ending.thread_id == thread
    await until(lambda: office.group.topics[thread].closed)
    await until(lambda: office.card().stage == "done")
    assert not any("/note" in text or "zip, not seam" in text for text in mia.bot_says)
    assert not any("Two years" in line.text for line in _in_topic(office, thread)), "no echo"


async def test_the_next_ticket_opens_the_same_topic_again(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia, thread = await _taken(office, server)
    await office.noor.writes("/back", thread_id=thread)
    await mia.sees("assistant is back")
    await until(lambda: office.card().stage == "done")
    await office.asks_for_a_person(mia, "still a human please")
    await office.shows("#2 ")
    await office.pia.presses("Take")
    again = await office.shows("👤 Mia\nstill a human please")
    assert again.thread_id == thread
    assert not office.group.topics[thread].closed
    assert "How long is the warranty?" not in again.text, "that was said in the topic before"
    await office.pia.writes("Here I am", thread_id=thread)
    await mia.sees("👤 Pia\nHere I am")
    assert office.said(2)[-1] == ("agent", "Here I am")


async def test_deleted_topic_is_made_again_and_nothing_is_lost(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia, thread = await _taken(office, server)
    await office.noor.writes("Hello Mia", thread_id=thread)
    await mia.sees("Hello Mia")
    await office.group.deletes_topic(thread)
    for number in range(3):
        await mia.writes(f"lost? {number}")
    last = await office.shows("lost? 2")
    assert last.thread_id is not None
    assert last.thread_id != thread
    shown = "\n".join(line.text for line in _in_topic(office, last.thread_id))
    for words in ("Asked: How long", "🎧 Noor\nHello Mia", "lost? 0", "lost? 1", "lost? 2"):
        assert words in shown
    await office.noor.writes("Nothing is", thread_id=last.thread_id)
    await mia.sees("Nothing is")


async def test_topic_closed_by_hand_is_opened_again_while_the_shopper_has_a_person(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia, thread = await _taken(office, server)
    await office.group.closes_topic(office.pia, thread)
    await office.shows("the topic was opened again")
    assert not office.group.topics[thread].closed
    await mia.writes("hello?")
    assert (await office.shows("hello?")).thread_id == thread


async def test_only_the_one_who_has_it_speaks_to_the_shopper(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia, thread = await _taken(office, server)
    await office.pia.writes("I would say no", thread_id=thread)
    await office.shows("Noor already has ticket 1")
    await office.ada.writes("So would I", thread_id=thread)
    eve = office.group.member(STRANGER, "Eve")
    await eve.writes("Give me the goods", thread_id=thread)
    await office.shows("Only the shop's agents")
    await office.pia.writes("/note ask Ada", thread_id=thread)
    await until(lambda: "Pia: ask Ada" in office.notes())
    await office.ada.writes("/take", thread_id=thread)
    await mia.sees("Ada from our team has joined")
    await office.ada.writes("Now it is mine", thread_id=thread)
    await mia.sees("👤 Ada\nNow it is mine")
    said = [text for author, text in office.said() if author == "agent"]
    assert said == ["Now it is mine"]


async def test_photos_and_files_go_both_ways_and_voice_is_heard_by_the_agent(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia, thread = await _taken(office, server)
    await mia.sends_photo("See the seam")
    photo = await office.shows("See the seam")
    assert (photo.thread_id, photo.text) == (thread, "[photo] 👤 Mia\nSee the seam")
    await mia.sends_voice()
    assert (await office.shows("[voice]")).thread_id == thread
    await mia.sends_document("invoice.pdf")
    assert (await office.shows("[document]")).message["document"]["file_id"]
    await office.noor.sends_photo("The new one", thread_id=thread)
    await mia.sees("[photo] 👤 Noor\nThe new one")
    await office.noor.sends_voice(thread_id=thread)
    await mia.sees("[voice]")


async def test_file_for_a_shopper_on_the_web_is_refused_honestly(
    office: AgentsShop, database: Database, server: FakeTelegram
) -> None:
    with database.begin() as session:
        row = ConversationRow(channel="web", chat_id="w1")
        session.add(row)
        session.flush()
        conversation.add_turn(session, saved(row.id), Author.SHOPPER, "A human!", "en")
        ticket(session, row)
    card = await office.shows("#1 ")
    assert "Shopper · Web chat" in card.text
    await office.noor.presses("Take")
    thread = (await office.shows("What you write in this topic")).thread_id
    await office.noor.sends_photo("Look", thread_id=thread)
    await office.shows("This shopper is not on Telegram")
    await office.noor.writes("I describe it", thread_id=thread)
    await until(lambda: office.said()[-1] == ("agent", "I describe it"))
    assert "Look" not in [text for _, text in office.said()]


async def test_what_is_done_at_the_desk_is_seen_in_the_topic(
    office: AgentsShop, server: FakeTelegram, database: Database
) -> None:
    mia, thread = await _taken(office, server)
    with database.begin() as session:
        assignment.reply(session, 1, "Noor", "From my desk", now())
    shown = await office.shows("🎧 Noor\nFrom my desk")
    assert shown.thread_id == thread
    await mia.sees("From my desk")
    with database.begin() as session:
        assignment.close(session, 1, "Noor", now())
    await office.shows("This conversation is over")
    await until(lambda: office.group.topics[thread].closed)


async def test_long_and_odd_texts_arrive_whole_in_the_topic(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia, thread = await _taken(office, server)
    with_marks = "a < b & <b>c</b> 👍 " + "很长 " * 1300
    await mia.writes(with_marks[:4000])
    await mia.writes("x" * 4000)
    await office.shows("x" * 500)
    await until(lambda: office.card().relayed >= 6)
    said = "".join(line.text for line in _in_topic(office, thread)[1:])
    assert "a < b & <b>c</b> 👍" in said
    assert said.count("很长") == with_marks[:4000].count("很长")
    assert said.count("x") >= 4000


async def test_without_the_right_to_manage_topics_cards_are_answered_until_it_is_there(
    database: Database, server: FakeTelegram
) -> None:
    from structlog.testing import capture_logs

    shop = AgentsShop(database, server, forum=True)
    shop.group.chat.members[server.world.bot["id"]] = "member"
    shop.people()
    with capture_logs() as logs:
        async with shop.open():
            mia = server.private_chat(5, "Mia")
            await shop.asks_for_a_person(mia)
            card = await shop.shows("#1 ")
            await shop.noor.presses("Take")
            await shop.shows("#1 · 👤 Mia\nI want a human")
            await shop.noor.writes("Hello", reply_to=card)
            await mia.sees("👤 Noor\nHello")
            await shop.group.adds_bot(shop.ada, admin=True)
            tom = server.private_chat(6, "Tom")
            await until(lambda: shop.agents.sync and shop.agents.sync.presence.topics)
            await shop.asks_for_a_person(tom)
            await shop.shows("#2 ")
            await shop.pia.presses("Take")
            assert (await shop.shows("What you write in this topic")).thread_id is not None
    assert [each for each in logs if each["event"] == "agents_group.no_topic_rights"]
