"""Edits: new words are answered, everything else that changes about a message is not."""

from sqlmodel import select

from bot.conversations import inbox
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.database.tables import TurnRow
from bot.types import Chat, Incoming, now
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import Shop

MIA = Chat("telegram", "5")


async def test_edit_that_changes_no_word_is_not_answered_again(
    shop: Shop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("See https://shop.example/lamp")
    await mia.sees("See https")
    await mia.touches()
    await mia.edits("See https://shop.example/lamp please")
    await mia.sees("please")
    await mia.touches()
    await shop.quiet(server)
    assert len(mia.bot_says) == 2
    with shop.db.read() as session:
        said = session.exec(select(TurnRow.text).where(TurnRow.author == "shopper")).all()
    assert said == ["See https://shop.example/lamp", "See https://shop.example/lamp please"]


async def test_words_that_come_back_are_new_words(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    for text in ("blue", "red", "blue"):
        await (mia.edits(text) if mia.bot_says else mia.writes(text))
        await mia.sees(text)


async def test_message_that_an_edit_addresses_to_the_bot_is_heard(
    shop: Shop, server: FakeTelegram
) -> None:
    group = server.group(-4242, "Friends", bot_admin=True)
    mia = group.member(5, "Mia")
    await mia.writes("Do you ship to Norway?")
    await mia.edits("@juniper_tide_bot Do you ship to Norway?")
    await mia.sees("Norway?")


def test_edit_of_a_proof_that_is_stored_hidden_changes_no_word(database: Database) -> None:
    text = "JT-10023, mia@example.com"
    first = Incoming(MIA, "9", text)
    again = Incoming(MIA, "edit-9-50-0", text, edits="9")
    with database.begin() as session:
        stored = inbox.accept(session, first, backlog_cap=9, at=now(), watch=Proofs())
        assert session.get_one(TurnRow, stored.turn_id).text != text
        assert (
            inbox.accept(session, again, backlog_cap=9, at=now(), watch=Proofs()).turn_id
            == stored.turn_id
        )


async def test_owners_edit_without_a_new_word_is_no_turn(shop: Shop, server: FakeTelegram) -> None:
    from bot.tickets.shop_account import ShopAccount

    shop.channel.colleague = ShopAccount(shop.db).take
    business = server.business()
    mia = business.customer(5, "Mia")
    owner = business.owner(mia)
    await owner.writes("It is on its way: https://track.example")
    await owner.touches()
    await owner.edits("It is here")
    await server.confirmed()
    with shop.db.read() as session:
        said = session.exec(select(TurnRow.text).where(TurnRow.author == "agent")).all()
    assert said == ["It is on its way: https://track.example", "It is here"]
