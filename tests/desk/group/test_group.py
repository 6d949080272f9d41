"""The agents' group as chats, without topics: cards, Take, answers to cards, who may do what."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlmodel import select

from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import TurnRow
from bot.tickets import amending, assignment
from bot.types import now
from tests.support.agents_shop import GROUP, STRANGER, AgentsShop
from tests.support.telegram import FakeTelegram, Line
from tests.support.telegram_shop import until


@pytest.fixture
async def office(database: Database, server: FakeTelegram) -> AsyncIterator[AgentsShop]:
    """An open shop with an agents' group, on both databases."""
    shop = AgentsShop(database, server)
    shop.people()
    async with shop.open():
        yield shop


async def _card(shop: AgentsShop, number: int = 1) -> Line:
    return await shop.shows(f"#{number} ")


async def test_ticket_is_a_card_with_who_why_mood_summary_and_since_when(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5, "Mia <3 & co")
    await mia.writes("How long is the warranty?")
    await mia.sees("warranty")
    await office.asks_for_a_person(mia)
    card = await _card(office)
    for words in ("Asked for a person", "High", "Mia <3 & co", "Telegram", "English", "upset"):
        assert words in card.text
    assert "Asked: How long is the warranty? → I want a human" in card.text
    assert "Waiting since" in card.text
    assert card.buttons == ["Take", "Open the desk"]
    keyboard = card.message["reply_markup"]["inline_keyboard"]
    assert keyboard[0][1]["url"] == "https://shop.example/desk/tickets/1"
    assert server.violations == []


async def test_card_has_no_link_where_the_desk_has_no_public_address(
    database: Database, server: FakeTelegram
) -> None:
    shop = AgentsShop(database, server, public_url=None)
    shop.people()
    async with shop.open():
        await shop.asks_for_a_person(server.private_chat(5))
        assert (await _card(shop)).buttons == ["Take"]


async def test_conversation_is_taken_answered_and_handed_back_by_answers_to_its_card(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5, "Mia")
    await office.asks_for_a_person(mia)
    card = await _card(office)
    await office.noor.presses("Take")
    await mia.sees("Noor from our team has joined")
    taken = await office.shows("Noor has it since")
    assert taken.kind == "edit"
    await until(lambda: office.noor.notices)
    assert office.noor.notices == ["Ticket 1 is yours. The bot is silent in it now."]
    shown = await office.shows("👤 Mia\nI want a human")
    assert shown.text.startswith("#1 · ")

    await mia.writes("My robe is torn")
    relayed = await office.shows("My robe is torn")
    await office.noor.writes("I am sorry! A new one leaves today.", reply_to=relayed)
    answer = await mia.sees("A new one leaves today")
    assert answer.text == "👤 Noor\nI am sorry! A new one leaves today."
    await office.shows("Answered by Noor")
    await office.noor.writes("/note prefers linen", reply_to=card)
    await until(lambda: office.notes() == ["Noor: prefers linen"])
    await office.noor.writes("/back", reply_to=card)
    await mia.sees("assistant is back")
    await office.shows("Closed by Noor")
    await until(lambda: office.card().stage == "done")
    await mia.writes("and the colour?")
    await mia.sees("and the colour?")
    assert server.violations == []


async def test_answering_an_open_card_takes_the_ticket(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5, "Mia")
    await office.asks_for_a_person(mia)
    await office.pia.writes("Hello, Pia here", reply_to=await _card(office))
    await mia.sees("Hello, Pia here")
    assert (office.ticket().status, office.ticket().agent) == ("taken", "Pia")
    await office.pia.writes("/close@juniper_tide_bot", reply_to=await office.shows("#1 "))
    await mia.sees("We have closed this chat")


async def test_of_two_who_press_take_together_one_gets_it_and_the_other_is_told_who(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    await _card(office)
    await asyncio.gather(office.ada.presses("Take"), office.noor.presses("Take"))
    await until(lambda: office.ada.notices and office.noor.notices)
    holder = office.ticket().agent
    assert holder in ("Ada", "Noor")
    loser = office.noor if holder == "Ada" else office.ada
    assert loser.notices == [
        f"{holder} already has ticket 1. "
        f"Ask {holder} to hand it over, or ask an admin to take it over."
    ]
    await mia.sees(f"{holder} from our team has joined")
    await office.quiet(server)
    assert sum("has joined" in text for text in mia.bot_says) == 1


async def test_stranger_who_presses_or_writes_is_refused_politely_and_changes_nothing(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    card = await _card(office)
    eve = office.group.member(STRANGER, "Eve")
    await eve.presses("Take")
    await until(lambda: eve.notices)
    assert "Only the shop's agents" in eve.notices[0]
    for number in range(3):
        await eve.writes(f"I am the manager {number}", reply_to=card)
    for command in ("/close", "/back", "/note x", "/take", "/status", "/reindex"):
        await eve.writes(command, reply_to=card)
    await office.shows("Only the shop's agents")
    await server.confirmed()
    await office.stays_silent(0.2)  # once is enough
    assert office.ticket().status == "open"
    assert [author for author, _ in office.said()] == ["shopper", "bot"]
    assert office.notes() == []


async def test_only_an_admin_takes_over_and_only_when_asking_for_it(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    await _card(office)
    await office.noor.presses("Take")
    card = await office.shows("Noor has it")
    await office.pia.presses("Take over")
    await until(lambda: office.pia.notices)
    assert "Noor already has ticket 1" in office.pia.notices[0]
    await office.pia.writes("Let me answer", reply_to=card)
    await office.shows("Noor already has ticket 1")
    await office.ada.writes("I would say yes", reply_to=card)
    await office.shows("Noor already has ticket 1")
    assert office.ticket().agent == "Noor"
    await office.ada.presses("Take over")
    await mia.sees("Ada from our team has joined")
    assert office.ticket().agent == "Ada"
    assert "I would say yes" not in mia.bot_says


async def test_agents_talk_among_themselves_is_nobodys_message(
    office: AgentsShop, server: FakeTelegram
) -> None:
    await office.noor.writes("Lunch at noon?")
    await office.noor.mentions_bot("what is the warranty?")
    await office.pia.writes("human, please")
    eve = office.group.member(STRANGER, "Eve")
    await eve.mentions_bot("where is my order?")
    await server.confirmed()
    await office.stays_silent(0.2)
    assert office.heard == []


async def test_card_follows_what_happens_at_the_desk(
    office: AgentsShop, server: FakeTelegram, database: Database
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    await _card(office)
    with database.begin() as session:
        assignment.take(session, 1, "Pia", now())
    taken = await office.shows("Pia has it since")
    assert taken.buttons == ["Handle here", "Open the desk"]
    with database.begin() as session:
        assignment.reply(session, 1, "Pia", "From the desk", now())
    await office.shows("Answered by Pia")
    await mia.writes("Thank you")
    await office.stays_silent(0.3)  # handled at the desk: nothing is relayed
    await office.pia.presses("Handle here")
    shown = await office.shows("Thank you")
    assert "🎧 Pia\nFrom the desk" in shown.text
    with database.begin() as session:
        assignment.close(session, 1, "Pia", now())
    closed = await office.shows("Closed by Pia")
    assert closed.buttons == ["Open the desk"]


async def test_shopper_who_needs_nobody_any_more_ends_the_card(
    office: AgentsShop, server: FakeTelegram, database: Database
) -> None:
    from bot.conversations import conversation
    from bot.database.tables import TicketRow
    from bot.tickets import opening

    await office.asks_for_a_person(server.private_chat(5))
    await _card(office)
    with database.begin() as session:
        row = conversation.lock(session, session.get_one(TicketRow, 1).conversation_id)
        opening.withdraw(session, row, at=now())
    await office.shows("needs nobody any more")
    await until(lambda: office.card().stage == "done")


async def test_photos_go_both_ways(office: AgentsShop, server: FakeTelegram) -> None:
    mia = server.private_chat(5, "Mia")
    await office.asks_for_a_person(mia)
    await _card(office)
    await office.noor.presses("Take")
    await office.shows("👤 Mia\nI want a human")
    await mia.sends_photo("The torn seam")
    photo = await office.shows("The torn seam")
    assert photo.message["photo"]
    assert photo.text.startswith("[photo] #1 · 👤 Mia")
    await mia.sends_voice()
    voice = await office.shows("[voice]")
    await office.noor.sends_photo("Like this?", reply_to=voice)
    seen = await mia.sees("Like this?")
    assert seen.message["photo"]
    assert seen.text == "[photo] 👤 Noor\nLike this?"
    await office.noor.sends_document("label.pdf", reply_to=voice)
    label = await mia.sees("[document]")
    assert label.message["document"]
    await office.noor.sends_sticker(reply_to=voice)
    await mia.sees("[sticker]")
    assert office.said()[-1] == ("agent", "I have sent you a sticker.")


async def test_edited_answer_is_edited_at_the_shoppers_too(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    await office.noor.writes("It costs 10", reply_to=await _card(office))
    first = await mia.sees("It costs 10")
    await office.noor.edits("It costs 20")
    second = await mia.sees("👤 Noor\nIt costs 20")
    assert (second.kind, second.message_id) == ("edit", first.message_id)
    await office.noor.edits("It costs 30")
    third = await mia.sees("👤 Noor\nIt costs 30")
    assert third.message_id == first.message_id
    before = len(mia.log)
    await office.noor.touches()
    await office.quiet(server)
    assert not [line for line in mia.log[before:] if line.from_bot]
    assert office.said()[-2:] == [
        ("agent", "Corrected: It costs 20"),
        ("agent", "Corrected: It costs 30"),
    ]


async def test_correction_is_said_where_telegram_cannot_edit(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    await office.noor.writes("It costs 10", reply_to=await _card(office))
    await mia.sees("It costs 10")
    server.fail_next("editMessageText", 400, "Bad Request: message can't be edited", chat_id=5)
    await office.noor.edits("It costs 20")
    line = await mia.sees("Corrected: It costs 20")
    assert line.kind == "message"


async def test_what_the_desk_takes_back_is_deleted_or_else_said(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    said = []
    for words in ("It costs 10", "It costs 20"):
        await office.noor.writes(words, reply_to=await _card(office))
        said.append((await mia.sees(words)).message_id)
    with office.db.read() as session:
        rows = session.exec(select(TurnRow.id).where(TurnRow.author == "agent")).all()
    for turn_id in rows:
        with office.db.begin() as session:
            amending.amend(session, 1, "Noor", saved(turn_id), "", now())
        await office.quiet(server)
        server.fail_next("deleteMessage", 400, "Bad Request: message can't be deleted")
    await mia.sees("I have taken back a message of mine")
    deleted = [line.message_id for line in mia.log if line.kind == "delete"]
    assert deleted == said[:1]
    assert len([line for line in mia.log if "taken back" in line.text]) == 1


async def test_words_under_a_photo_are_corrected_and_none_are_made_up(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    card = await _card(office)
    photo = await office.noor.sends_photo(reply_to=card)
    bare = await mia.sees("[photo]")
    assert "caption" not in bare.message
    assert office.said()[-1] == ("agent", "I have sent you a photo.")
    await office.noor.recaptions(photo, "The blue one")
    named = await mia.sees("The blue one")
    assert (named.kind, named.message_id) == ("edit", bare.message_id)
    await office.noor.recaptions(photo, "")
    await office.shows("The shopper still has your first words")


async def test_repeated_update_is_one_answer_and_one_note(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    card = await _card(office)
    await office.noor.writes("Once", reply_to=card)
    await mia.sees("Once")
    await office.noor.writes("/note once", reply_to=card)
    await until(office.notes)
    await server.confirmed()
    said = [line for line in office.group.log if line.message.get("text") in ("Once", "/note once")]
    with server.world.lock:
        for line in said:
            message = dict(line.message)
            server.world.emit("message", message, office.group.chat.queue)
    await server.confirmed()
    assert [text for author, text in office.said() if author == "agent"] == ["Once"]
    assert office.notes() == ["Noor: once"]


async def test_unclear_answers_are_sent_to_nobody_and_the_agent_is_told(
    office: AgentsShop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await office.asks_for_a_person(mia)
    card = await _card(office)
    await office.noor.writes("/frobnicate", reply_to=card)
    await office.shows("nothing was sent to the shopper")
    await office.noor.writes("/close")
    await office.shows("Which ticket?")
    await office.noor.writes("x" * 4096, reply_to=card)
    await office.shows("longer than 4000 characters")
    await office.noor.writes("/note", reply_to=card)
    await office.shows("Write something first")
    assert office.ticket().status == "open"


async def test_group_is_ours_alone_and_shoppers_groups_stay_shoppers(
    office: AgentsShop, server: FakeTelegram
) -> None:
    friends = server.group(-1001000000077, "Friends")
    mia = friends.member(5, "Mia")
    await mia.mentions_bot("warranty?")
    await friends.sees("warranty?")
    assert [each.text for each in office.heard] == ["warranty?"]
    assert office.group.id == GROUP
