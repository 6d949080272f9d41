"""Messages that the library cannot read: their words are read, an agent learns of the rest."""

from typing import Any

import pytest
from sqlmodel import select
from telegram import Update

from bot.channels.telegram.raw import UNREADABLE, salvage
from bot.channels.telegram.updates import Me, content_of
from bot.database.db import Database
from bot.database.tables import AttachmentRow, TurnRow
from bot.types import Incoming
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import Shop

ME = Me(77, "ShopBot")
MIA: dict[str, Any] = {"id": 5, "is_bot": False, "first_name": "Mia"}
PRIVATE = {"id": 5, "type": "private", "first_name": "Mia"}
SIZE = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
DEEP: Any = None
for _ in range(400):
    DEEP = [DEEP]


def left(**fields: Any) -> object:
    update = {
        "update_id": 1,
        "message": {"message_id": 9, "date": 1, "chat": PRIVATE, "from": MIA, **fields},
    }

    def read(raw: Any) -> object:
        return content_of(Update.de_json(dict(raw), None), ME)

    try:
        read(update)
    except UNREADABLE:
        return salvage(update, read)
    return pytest.fail("the library reads it by itself")


@pytest.mark.parametrize(
    "fields",
    [
        {"photo": [{"file_id": "f"}]},
        {"photo": {"sizes": 3}},
        {"photo": "f"},
        {"live_photo": {"file_id": "f", "file_unique_id": "u"}},
        {"document": {"file_id": "f", "file_unique_id": "u", "file_size": 10**30}},
        {"document": {"file_id": "f", "file_unique_id": "u", "file_name": ["a"]}},
        {"video": {"file_id": "f"}},
        {"voice": []},
        {"sticker": "👍"},
        {"story": DEEP},
    ],
)
def test_words_beside_a_file_of_an_unknown_shape_are_heard(fields: dict[str, Any]) -> None:
    found = left(caption="it arrived broken", **fields)
    assert isinstance(found, Incoming)
    assert (found.text, found.choice) == ("it arrived broken", "media:other:caption")
    (file,) = found.attachments
    assert (file.kind, file.remote_id) == ("file", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"entities": [{"type": "bold"}]},
        {"reply_to_message": {"text": "hi"}},
        {"reply_to_message": "9"},
        {"forward_origin": {"type": "user", "date": 10**20}},
        {"quote": {"text": 5}, "reply_to_message": 7},
        {"via_bot": 5},
        {"edit_date": 10**20},
    ],
)
def test_text_is_heard_without_what_cannot_be_read(fields: dict[str, Any]) -> None:
    found = left(text="Where is my order?", **fields)
    assert isinstance(found, Incoming)
    assert (found.text, found.attachments) == ("Where is my order?", ())


def test_words_under_a_kind_of_file_that_is_new_to_the_library_are_heard() -> None:
    fields = {"caption": "it arrived broken", "hologram": {"file_id": "f"}}
    message = {"message_id": 9, "date": 1, "chat": PRIVATE, "from": MIA, **fields}
    found = content_of(Update.de_json({"update_id": 1, "message": message}, None), ME)
    assert isinstance(found, Incoming)
    assert (found.text, found.choice) == ("it arrived broken", "media:other:caption")
    assert [file.remote_id for file in found.attachments] == [""]


def test_readable_file_beside_an_unreadable_field_is_kept() -> None:
    found = left(caption="broken", photo=[SIZE], caption_entities=[{"type": "bold"}])
    assert isinstance(found, Incoming)
    assert found.choice == "media:photo:caption"
    assert [file.remote_id for file in found.attachments] == ["f"]


@pytest.mark.parametrize(
    "message",
    [None, 5, {}, {"message_id": 1, "date": 1, "chat": {"id": "?"}}, {"chat": PRIVATE}],
)
def test_what_names_no_chat_is_nothing(message: Any) -> None:
    def read(raw: Any) -> object:
        return content_of(Update.de_json(dict(raw), None), ME)

    assert salvage({"update_id": 1, "message": message}, read) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"direct_messages_topic": 5},
        {"sender_chat": "?"},
        {"sender_business_bot": [], "business_connection_id": "c"},
    ],
)
def test_message_of_nobody_knows_whom_is_nobodys(fields: dict[str, Any]) -> None:
    assert left(text="Where is my order?", **fields) is None


async def test_half_read_contact_proves_nothing(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    contact = {"phone_number": "+31600000000", "first_name": "Mia", "user_id": 5}
    await mia.sends_raw({"contact": contact, "forward_origin": {"type": "user"}})
    await mia.sees("media:contact")
    assert [each.choice for each in shop.heard] == ["media:contact"]


async def test_agent_is_told_of_a_file_that_could_not_be_read(
    shop: Shop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.sends_raw({"photo": [{"file_id": "new", "hologram": True}], "caption": "broken"})
    await mia.sees("media:other:caption: broken")
    with shop.db.read() as session:
        (file,) = session.exec(select(AttachmentRow))
        assert (file.status, file.error) == ("dead", "unreadable")


async def test_live_photo_is_a_photo(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    await mia.sends_live_photo("it arrived broken")
    await mia.sees("media:photo:caption: it arrived broken")
    await mia.sends_live_photo()
    await mia.sees("media:photo: [photo]")
    with shop.db.read() as session:
        kinds = [(file.kind, file.media_type) for file in session.exec(select(AttachmentRow))]
    assert kinds == [("photo", "image/jpeg")] * 2


async def test_link_that_brought_the_shopper_is_kept(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    from bot.database.tables import ConversationRow

    async with Shop(sqlite_database, server).open():
        mia = server.private_chat(5)
        await mia.starts("campaign_42")
        await mia.sees("command:start")
        await mia.writes("hello")
        await mia.sees("hello")
    with sqlite_database.read() as session:
        assert session.exec(select(ConversationRow.origin)).one() == "campaign_42"
        assert "campaign" not in " ".join(session.exec(select(TurnRow.text)))
