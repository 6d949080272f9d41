"""Proofs in Telegram as chats: the deep link, the own contact, and what proves nothing."""

from sqlmodel import Session, select
from structlog.testing import capture_logs

from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.customers import identity
from bot.database.db import Database
from bot.database.tables import TurnRow
from bot.types import Chat, Nobody, OneCustomer, Scope, now
from tests.support.customers import customer
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import Shop, until

PHONE = "+31600000000"  # the one that `shares_contact` sends


def known(db: Database, phone: str = PHONE) -> str:
    """A customer with this phone; the token of a link that was made for them."""
    with db.begin() as session:
        customer(session, phone=phone.removeprefix("+"))
        return identity.make_link(session, "anna", at=now())


def scope(db: Database, chat_id: str) -> Scope:
    def look(session: Session) -> Scope:
        row = conversation.find(session, Chat("telegram", chat_id))
        return identity.scope(session, saved(row.id), at=now()) if row else Nobody()

    with db.read() as session:
        return look(session)


def transcript(db: Database) -> str:
    with db.read() as session:
        return "\n".join(session.exec(select(TurnRow.text)))


async def test_deep_link_proves_who_opens_it_and_its_token_is_nowhere(
    shop: Shop, server: FakeTelegram
) -> None:
    token = known(shop.db)
    mia = server.private_chat(5, "Mia")
    with capture_logs() as logs:
        await mia.starts(token)
        await mia.sees("proof:link: /start")
        await server.confirmed()
    assert scope(shop.db, "5") == OneCustomer("anna")
    assert token not in transcript(shop.db)
    assert token not in str(logs)


async def test_link_that_was_used_proves_nothing_to_the_next(
    shop: Shop, server: FakeTelegram
) -> None:
    token = known(shop.db)
    mia, eve = server.private_chat(5, "Mia"), server.private_chat(6, "Eve")
    await mia.starts(token)
    await mia.sees("proof:link")
    await eve.starts(token)
    await eve.sees("proof:link")
    await eve.starts("A" * 48)
    await eve.sees("proof:link")
    assert scope(shop.db, "6") == Nobody()


async def test_link_is_proven_once_more_when_telegram_repeats_the_update(
    shop: Shop, server: FakeTelegram
) -> None:
    token = known(shop.db)
    mia = server.private_chat(5)
    shop.fail = [RuntimeError()] * 2  # after the proof, before the message is stored
    await mia.starts(token)
    await until(lambda: len(shop.fail) == 1)
    shop.fail.clear()
    await mia.sees("proof:link")
    assert scope(shop.db, "5") == OneCustomer("anna")


async def test_words_after_start_that_are_no_token_are_a_greeting(
    shop: Shop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.starts("summer-sale")
    await mia.sees("command:start: /start")
    assert "summer-sale" not in transcript(shop.db)


async def test_own_contact_proves_the_customer_and_the_number_is_not_written_down(
    shop: Shop, server: FakeTelegram
) -> None:
    known(shop.db)
    mia = server.private_chat(5, "Mia")
    await mia.writes("my orders")
    line = await mia.sees("First show who you are")
    assert line.buttons == ["By e-mail"]
    await mia.sees("shares the phone number")
    with capture_logs() as logs:
        await mia.presses("Share my phone number")
        await mia.sees("proof:contact: [contact]")
    assert scope(shop.db, "5") == OneCustomer("anna")
    assert PHONE.removeprefix("+") not in transcript(shop.db) + str(logs)


async def test_request_without_other_ways_is_one_message(shop: Shop, server: FakeTelegram) -> None:
    li = server.private_chat(6, "李", language_code="zh-hans")
    await li.writes("my parcel")
    await li.sees("First show who you are")
    await li.presses("Share my phone number")
    await li.sees("proof:contact")
    assert scope(shop.db, "6") == Nobody(), "no customer has this number"


async def test_contact_of_somebody_else_proves_nothing(shop: Shop, server: FakeTelegram) -> None:
    known(shop.db)
    mia = server.private_chat(5)
    await mia.shares_contact(own=False, phone=PHONE)
    await mia.sees("media:contact")
    assert scope(shop.db, "5") == Nobody()


async def test_nothing_is_proven_where_others_read_along(shop: Shop, server: FakeTelegram) -> None:
    token = known(shop.db)
    group = server.group(-1001000000007, "Friends", bot_admin=True)
    mia = group.member(5, "Mia")
    bot = server.world.bot["username"]
    await mia.writes(f"/start@{bot} {token}")
    await group.sees("command:start")
    await mia.mentions_bot("my orders")
    line = await group.sees("First show who you are")
    assert line.buttons == ["By e-mail"], "no keyboard asks for a number there"
    business = server.business()
    customer_there = business.customer(21, "Noa")
    await customer_there.writes("my orders")
    assert (await customer_there.sees("First show")).buttons == ["By e-mail"]
    await customer_there.shares_contact(phone=PHONE)
    await customer_there.sees("media:contact")
    assert scope(shop.db, str(group.id)) == scope(shop.db, f"21@{business.id}") == Nobody()
    assert token not in transcript(shop.db)
    assert [call.status for call in server.calls if call.method == "sendMessage"] == [200] * 4


async def test_a_chat_that_is_another_customers_is_taken_over_only_after_they_left(
    shop: Shop, server: FakeTelegram
) -> None:
    token = known(shop.db)
    with shop.db.begin() as session:
        customer(session, "ben", email="ben@example.com", phone=None)
        row, _ = conversation.opened(session, Chat("telegram", "5"), "en", at=now())
        identity.bind(session, saved(row.id), OneCustomer("ben"), "link", at=now())
    mia = server.private_chat(5, "Mia")
    await mia.starts(token)
    await mia.sees("proof:taken")
    assert scope(shop.db, "5") == OneCustomer("ben")
    await mia.writes("/logout")
    await mia.sees("proof:left")
    assert scope(shop.db, "5") == Nobody()
    await mia.starts(token)
    await mia.sees("proof:link")
    assert scope(shop.db, "5") == OneCustomer("anna")
