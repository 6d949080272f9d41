"""People in the stand-in: what shoppers send, groups with topics, business chats."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from tests.support.telegram import FakeTelegram

MIA = 11


@pytest.fixture
async def server() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as running:
        yield running


@pytest.fixture
async def bot(server: FakeTelegram) -> AsyncIterator[Bot]:
    client = Bot(server.token, base_url=server.base_url, base_file_url=server.base_file_url)
    async with client:
        yield client


async def test_shopper_sends_what_people_send(server: FakeTelegram, bot: Bot) -> None:
    mia = server.private_chat(MIA)
    first = await mia.writes("helo")
    await mia.edits("hello")
    await mia.sends_photo("broken", b"picture")
    await mia.sends_voice()
    await mia.sends_sticker()
    await mia.sends_document("bill.pdf", caption="my bill")
    await mia.sends_video("unboxing")
    await mia.sends_location()
    await mia.shares_contact()
    await mia.shares_contact(own=False)
    await mia.forwards("old news", "Leo")
    await mia.writes("this one", reply_to=first)
    updates = await bot.get_updates()
    messages = [u.message for u in updates if u.message]
    assert updates[1].edited_message is not None
    assert updates[1].edited_message.text == "hello"
    photo, voice, sticker, document, video, place, own, other, forward, reply = messages[1:]
    assert photo.caption == "broken"
    file = await bot.get_file(photo.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == b"picture"
    assert voice.voice
    assert sticker.sticker
    assert video.video
    assert place.location
    assert document.document
    assert document.document.file_name == "bill.pdf"
    assert own.contact
    assert own.contact.user_id == MIA
    assert other.contact
    assert other.contact.user_id != MIA
    assert forward.forward_origin
    assert reply.reply_to_message
    assert reply.reply_to_message.text == "hello"


async def test_bot_sends_files_and_copies_messages(server: FakeTelegram, bot: Bot) -> None:
    mia, leo = server.private_chat(MIA), server.private_chat(12, "Leo")
    await leo.starts()
    photo = await mia.sends_photo("look")
    await bot.copy_message(12, MIA, photo)
    assert leo.bot_says == ["[photo] look"]
    sent = await bot.send_document(
        12, b"%PDF", caption="<i>bill</i>", parse_mode="HTML", filename="b.pdf"
    )
    assert sent.caption == "bill"
    assert sent.document
    again = await bot.send_document(MIA, sent.document.file_id)
    assert again.document
    forwarded = await bot.forward_message(12, MIA, photo)
    assert forwarded.forward_origin


async def test_group_bot_hears_only_what_is_meant_for_it(server: FakeTelegram, bot: Bot) -> None:
    group = server.group(-1001, "Friends")
    leo = group.member(12, "Leo")
    await leo.writes("just chatting")
    await leo.mentions_bot("do you ship to Japan?")
    sent = await bot.send_message(group.id, "Yes")
    await leo.writes("thanks", reply_to=sent.message_id)
    texts = [u.message.text for u in await bot.get_updates() if u.message]
    assert texts == ["@juniper_tide_bot do you ship to Japan?", "thanks"]


async def test_topics_open_close_and_vanish(server: FakeTelegram, bot: Bot) -> None:
    group = server.group(forum=True, bot_admin=True)
    anna = group.member(50, "Anna", status="creator")
    topic = await bot.create_forum_topic(group.id, "Mia · returns")
    thread = topic.message_thread_id
    sent = await bot.send_message(group.id, "She asks", message_thread_id=thread)
    assert sent.is_topic_message
    await anna.writes("/note VIP", thread_id=thread)
    note = (await bot.get_updates())[-1].message
    assert note
    assert note.message_thread_id == thread
    await bot.close_forum_topic(group.id, thread)
    with pytest.raises(BadRequest, match=r"[Tt]opic_not_modified"):
        await bot.close_forum_topic(group.id, thread)
    await bot.reopen_forum_topic(group.id, thread)
    await group.deletes_topic(thread)
    with pytest.raises(BadRequest, match="essage thread not found"):
        await bot.send_message(group.id, "anybody?", message_thread_id=thread)
    assert (await bot.get_chat_member(group.id, 50)).status == "creator"
    assert (await bot.get_chat_member(group.id, bot.id)).status == "administrator"
    assert (await bot.get_chat(group.id)).is_forum


async def test_group_that_moves_says_where_to(server: FakeTelegram, bot: Bot) -> None:
    group = server.group(-77, "Agents")
    moved = await group.becomes_supergroup(group.member(50, "Anna"))
    with pytest.raises(ChatMigrated) as refused:
        await bot.send_message(group.id, "card")
    assert refused.value.new_chat_id == moved.id
    await moved.removes_bot(moved.member(50, "Anna"))
    with pytest.raises(Forbidden, match="kicked from the supergroup chat"):
        await bot.send_message(moved.id, "card")


async def test_business_chat_is_answered_in_the_shops_name(server: FakeTelegram, bot: Bot) -> None:
    shop = server.business()
    await shop.connects()
    mia = shop.customer(MIA, "Mia")
    await mia.writes("Do you ship to Japan?")
    updates = await bot.get_updates()
    assert updates[0].business_connection is not None
    asked = updates[1].business_message
    assert asked is not None
    assert asked.business_connection_id == shop.id
    sent = await bot.send_message(MIA, "We do", business_connection_id=shop.id)
    assert sent.from_user
    assert sent.from_user.first_name == "Juniper & Tide"
    await mia.sees("We do")
    await shop.owner(mia).writes("I take over")
    assert (await bot.get_updates())[-1].effective_user == sent.from_user
    assert (await bot.get_business_connection(shop.id)).is_enabled
    await shop.forbids_replies()
    with pytest.raises(TelegramError):
        await bot.send_message(MIA, "no", business_connection_id=shop.id)
