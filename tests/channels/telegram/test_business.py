"""The bot in the shop's own account, as chats: connected, muted, disconnected, spoken past."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel import col, select
from structlog.testing import capture_logs

from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import AttachmentRow, TicketRow, TurnRow, UserRow
from bot.tickets import accounts, assignment, queue
from bot.tickets.shop_account import SILENCE, ShopAccount
from bot.types import now
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import Shop, until


@asynccontextmanager
async def staffed(db: Database, server: FakeTelegram) -> AsyncIterator[Shop]:
    """A shop whose people may write in its account themselves."""
    shop, account = Shop(db, server), ShopAccount(db, poll=0.05)
    shop.channel.colleague = account.take
    async with shop.open():
        looking = asyncio.create_task(account.run())
        yield shop
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def said(db: Database) -> list[tuple[str, str, str | None]]:
    """The transcript as the desk shows it: author, text, agent."""
    with db.read() as session:
        turns = session.exec(select(TurnRow).order_by(col(TurnRow.id)))
        return [(turn.author, turn.text, turn.agent) for turn in turns]


def half_an_hour_passes(db: Database) -> None:
    with db.begin() as session:
        for turn in session.exec(select(TurnRow)):
            turn.at -= SILENCE


async def stored(db: Database, text: str) -> None:
    """Wait until that was said, by whomever."""
    await until(lambda: any(text == each for _, each, _ in said(db)))


def ticket(db: Database) -> queue.TicketView:
    """The newest one, as the desk shows it."""
    with db.read() as session:
        newest = session.exec(select(TicketRow.id).order_by(col(TicketRow.id).desc())).first()
        return assignment.show(session, saved(newest)).ticket


async def test_owner_and_operator_hear_of_the_connection(shop: Shop, server: FakeTelegram) -> None:
    business = server.business(900, "Juniper & Tide")
    owner = server.private_chat(900)
    with capture_logs() as logs:
        await business.connects()
        await owner.sees("from now on I answer the customers")
        await business.forbids_replies()
        await owner.sees("I may only read")
        await business.disconnects()
        await owner.sees("no longer answer")
    told = {each["event"]: each["log_level"] for each in logs if "business" in each["event"]}
    assert told == {
        "telegram.business_on": "info",
        "telegram.business_mute": "warning",
        "telegram.business_off": "info",
    }
    await server.confirmed()
    assert server.violations == []


async def test_answers_typing_and_buttons_go_through_the_connection(
    shop: Shop, server: FakeTelegram
) -> None:
    business = server.business()
    customer = business.customer(21, "Noa")
    await customer.writes("choose")
    line = await customer.sees("Did you mean one of these?")
    await customer.presses("Send it back")
    await customer.sees("Send it back")
    assert line.message["business_connection_id"] == business.id
    assert "typing" in customer.actions
    sent = [call for call in server.calls if call.method in ("sendMessage", "sendChatAction")]
    assert {call.params["business_connection_id"] for call in sent} == {business.id}


async def test_answer_that_is_not_allowed_ends_quietly(shop: Shop, server: FakeTelegram) -> None:
    business = server.business(can_reply=False)
    customer = business.customer(21, "Noa")
    with capture_logs() as logs:
        await customer.writes("Hello?")
        await until(lambda: any(each["event"] == "outbox.gone" for each in logs))
    assert not [each for each in logs if each["log_level"] == "error"]
    assert customer.bot_says == []


async def test_same_person_is_two_conversations_here_and_with_the_bot(
    shop: Shop, server: FakeTelegram
) -> None:
    business = server.business()
    with_shop, with_bot = business.customer(21, "Noa"), server.private_chat(21, "Noa")
    await with_shop.writes("to the shop")
    await with_shop.sees("to the shop")
    await with_bot.writes("to the bot")
    await with_bot.sees("to the bot")
    assert [each.chat.id for each in shop.heard] == [f"21@{business.id}", "21"]


async def test_bot_holds_back_where_the_owner_writes_until_the_desk_hands_it_back(
    database: Database, server: FakeTelegram
) -> None:
    async with staffed(database, server) as shop:
        business = server.business(900, "Juniper")
        noa, tom = business.customer(21, "Noa"), business.customer(22, "Tom")
        await noa.writes("Hello shop")
        await noa.sees("Hello shop")
        await business.owner(noa).writes("I'll look at it myself")
        await server.confirmed()
        await noa.writes("Thank you, I wait")
        await tom.writes("And I?")
        await tom.sees("And I?")
        await until(lambda: len(shop.heard) == 3)
        assert len(noa.bot_says) == 1, "the bot is silent in her chat and in no other"
        name = "Juniper · Telegram"
        found = ticket(database)
        assert (found.status, found.agent, found.reason.value) == ("taken", name, "shop_wrote")
        assert "Asked: Hello shop" in found.summary
        assert found.waiting_since is not None, "the desk shows that she waits for an answer"
        assert ("agent", "I'll look at it myself", name) in said(database)
        assert ("shopper", "Thank you, I wait", None) in said(database)
        with database.begin() as session:
            assignment.hand_back(session, found.id, "Ada", now(), takeover=True)
        await noa.sees("assistant is back")
        await noa.writes("Are you there?")
        await noa.sees("Are you there?")
    assert server.violations == []


async def test_owners_silence_gives_the_chat_back_and_the_bot_answers_what_waits(
    database: Database, server: FakeTelegram
) -> None:
    async with staffed(database, server):
        business = server.business()
        li = business.customer(21, "李", "zh-hans")
        await li.writes("你们好")
        await li.sees("你们好")
        await business.owner(li).writes("我来看看")
        await stored(database, "我来看看")
        await li.writes("多久能到？")
        await stored(database, "多久能到？")
        assert (ticket(database).status, ticket(database).language) == ("taken", "zh")
        assert len(li.bot_says) == 1
        half_an_hour_passes(database)
        await li.sees("多久能到？")
        assert ticket(database).status == "closed"
        await li.writes("谢谢")
        await li.sees("谢谢")
    with database.read() as session:
        assert len(session.exec(select(TicketRow)).all()) == 1


async def test_what_the_owner_answered_is_not_answered_again_after_their_silence(
    database: Database, server: FakeTelegram
) -> None:
    async with staffed(database, server):
        business = server.business()
        noa = business.customer(21, "Noa")
        owner = business.owner(noa)
        await owner.writes("Hello Noa, your parcel is here")
        await stored(database, "Hello Noa, your parcel is here")
        await noa.writes("When can I come?")
        await stored(database, "When can I come?")
        await owner.writes("Until six")
        await stored(database, "Until six")
        half_an_hour_passes(database)
        await until(lambda: ticket(database).status == "closed")
        await noa.writes("And tomorrow?")
        await noa.sees("And tomorrow?")
    assert len(noa.bot_says) == 1


async def test_automatic_greeting_and_the_bots_own_words_hold_nothing_back(
    database: Database, server: FakeTelegram
) -> None:
    async with staffed(database, server):
        business = server.business()
        noa = business.customer(21, "Noa")
        await noa.writes("Hello")
        await business.greets(noa, "Welcome! We are closed until nine.")
        await noa.sees("Hello")
        await noa.writes("Do you ship to Norway?")
        await noa.sees("Do you ship to Norway?")
        await server.confirmed()
    assert {author for author, _, _ in said(database)} == {"shopper", "bot"}


async def test_owner_who_is_a_user_of_the_desk_has_the_ticket_there_and_photos_are_kept(
    database: Database, server: FakeTelegram
) -> None:
    with database.begin() as session:
        session.add(UserRow(name="Ada", role="admin", password_hash="-"))
        session.flush()
        accounts.connect(session, "Ada", 900)
    async with staffed(database, server) as shop:
        business = server.business(900, "Juniper")
        noa = business.customer(21, "Noa")
        await noa.writes("human")
        await noa.sees("human")
        owner = business.owner(noa)
        await owner.sends_photo("This one?")
        await owner.sends_sticker()
        await owner.writes("/human errors happen")
        await owner.edits("/human errors do happen")
        await server.confirmed()
        assert ticket(database).agent == "Ada"
        assert [each for each in said(database) if each[0] == "agent"] == [
            ("agent", "This one?", "Ada"),
            ("agent", "[sticker]", "Ada"),
            ("agent", "/human errors happen", "Ada"),
            ("agent", "/human errors do happen", "Ada"),
        ]
        with database.read() as session:
            assert [each.kind for each in session.exec(select(AttachmentRow))] == ["photo"]
        with database.begin() as session:
            assignment.reply(session, ticket(database).id, "Ada", "From the desk", now())
        await noa.sees("From the desk")
        assert len(shop.heard) == 1


async def test_owner_leaves_to_an_agent_what_the_agent_has(
    database: Database, server: FakeTelegram
) -> None:
    async with staffed(database, server):
        business = server.business(900, "Juniper")
        noa = business.customer(21, "Noa")
        await business.owner(noa).writes("Just a moment")
        await stored(database, "Just a moment")
        with database.begin() as session:
            assignment.take(session, ticket(database).id, "Noor", now(), takeover=True)
        await noa.sees("Noor from our team has joined")
        await business.owner(noa).writes("Noor will help you")
        await stored(database, "Noor will help you")
        half_an_hour_passes(database)
        await asyncio.sleep(0.3)
        assert (ticket(database).status, ticket(database).agent) == ("taken", "Noor")
