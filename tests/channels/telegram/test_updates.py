"""Updates as Telegram sends them, and what the channel hears in them."""

from typing import Any

import pytest
from telegram import Update

from bot.channels.telegram.moved import Moved
from bot.channels.telegram.place import Place
from bot.channels.telegram.proof import Shown
from bot.channels.telegram.updates import Content, Me, Press, content_of, queue_of
from bot.types import Chat, Incoming, OwnWords

ME = Me(77, "ShopBot")
MIA: dict[str, Any] = {"id": 5, "is_bot": False, "first_name": "Mia", "last_name": "W"}
ZH = {**MIA, "language_code": "zh-hans"}
PRIVATE = {"id": 5, "type": "private", "first_name": "Mia"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Friends", "is_forum": True}
BOT = {"id": 77, "is_bot": True, "first_name": "Shop", "username": "ShopBot"}
SIZE = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
FILE = {"file_id": "f", "file_unique_id": "u"}
STICKER = {**SIZE, "type": "regular", "is_animated": False, "is_video": False, "emoji": "👍"}


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 9, "date": 1, "chat": PRIVATE, "from": MIA, **fields}


def read(kind: str = "message", /, **fields: Any) -> Content:
    update = {"update_id": 1, kind: message(**fields)}
    return content_of(Update.de_json(update, None), ME)


def hears(kind: str = "message", /, **fields: Any) -> Incoming:
    found = read(kind, **fields)
    assert isinstance(found, Incoming)
    return found


def entity(kind: str, text: str, part: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": text.index(part), "length": len(part), **more}


def test_text_in_a_private_chat() -> None:
    assert hears(text=" Where is my order? ") == Incoming(
        Chat("telegram", "5"), "9", "Where is my order?", sender="Mia W"
    )


@pytest.mark.parametrize(
    ("code", "language"),
    [("en", "en"), ("de", "en"), ("zh", "zh"), ("zh-hans", "zh"), ("zh-TW", "zh"), (None, None)],
)
def test_language_is_the_one_of_the_shoppers_telegram(code: str | None, language: str) -> None:
    assert hears(text="1", **{"from": {**MIA, "language_code": code}}).language == language


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(5), "5"),
        (Place(-100123, 45), "-100123/45"),
        (Place(5, None, "abc-_x@1/2"), "5@abc-_x@1/2"),
        (Place(5, 3, "c"), "5/3@c"),
        (Place(-100123, 45, person=5), "-100123/45:5"),
        (Place(-100123, person=-100123), "-100123:-100123"),
        (Place(-100123, direct=5), "-100123/d5"),
    ],
)
def test_place_and_chat_id_are_each_others_inverse(place: Place, text: str) -> None:
    assert place.chat == Chat("telegram", text)
    assert Place.of(place.chat) == place


@pytest.mark.parametrize("chat_id", ["", "abc", "5/", "5@", "5 "])
def test_foreign_chat_id_is_refused(chat_id: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Place.of(Chat("telegram", chat_id))


@pytest.mark.parametrize(
    ("text", "choice", "said"),
    [
        ("/start", "command:start", "/start"),
        ("/start secret-token", "command:start", "/start"),
        ("/HELP@ShopBot", "command:help", "/help"),
        ("/human", "person", "I would like to talk to a person"),
        ("/human my parcel is broken", "person", "my parcel is broken"),
        ("/orders", "command:orders", "/orders"),
        ("/language", "command:language", "/language"),
        ("/language zh", "command:language:zh", "/language（切换语言）"),
        ("/language English", "command:language:en", "/language"),
        ("/privacy", "command:privacy", "/privacy"),
        ("/refund", "command:unknown", "/?"),
        ("/ not a command", None, "/ not a command"),
        ("see /help", None, "see /help"),
    ],
)
def test_command_becomes_a_choice(text: str, choice: str | None, said: str) -> None:
    found = hears(text=text)
    assert (found.choice, found.text) == (choice, said)


def test_command_tells_a_chinese_shopper() -> None:
    assert hears(text="/start", **{"from": ZH}).text == "/start（开始使用）"
    assert hears(text="/human", **{"from": ZH}).text == "我要转人工"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"sticker": STICKER}, "sticker"),
        ({"voice": {**FILE, "duration": 1}}, "voice"),
        ({"photo": [SIZE, SIZE]}, "photo"),
        ({"video": {**SIZE, "duration": 1}}, "video"),
        ({"video_note": {**FILE, "duration": 1, "length": 1}}, "video"),
        ({"animation": {**SIZE, "duration": 1}, "document": FILE}, "video"),
        ({"document": FILE}, "file"),
        ({"audio": {**FILE, "duration": 1}}, "file"),
        ({"live_photo": {**SIZE, "duration": 1}, "photo": [SIZE]}, "photo"),
        ({"live_photo": {**SIZE, "duration": 1, "photo": [SIZE]}}, "photo"),
        ({"live_photo": {**SIZE, "duration": 1}}, "photo"),
        ({"location": {"latitude": 1.0, "longitude": 2.0}}, "location"),
        ({"contact": {"phone_number": "1", "first_name": "M"}}, "contact"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "other"),
    ],
)
def test_media_becomes_a_choice(fields: dict[str, Any], kind: str) -> None:
    found = hears(**fields)
    assert found.choice == f"media:{kind}"
    assert found.text.startswith("[")
    assert read("edited_message", **fields) is None, "a live location moves, nobody says anything"
    captioned = hears(**fields, caption="Is this broken?")
    assert (captioned.text, captioned.choice) == ("Is this broken?", f"media:{kind}:caption")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("/start campaign_42", "campaign_42"),
        ("/start@ShopBot spring-sale", "spring-sale"),
        ("/start", ""),
        ("/start two words", ""),
        ("/start <b>", ""),
        ("/start " + "x" * 65, ""),
        ("/help campaign_42", ""),
    ],
)
def test_link_says_where_the_shopper_comes_from(text: str, origin: str) -> None:
    assert hears(text=text).origin == origin


def test_proof_in_a_link_is_no_origin() -> None:
    found = read(text=f"/start {'x' * 48}")
    assert isinstance(found, Shown)
    assert found.incoming.origin == ""
    at = [entity("bot_command", "/start", "/start")]
    assert hears(text=f"/start@ShopBot {'x' * 48}", chat=GROUP, entities=at).origin == ""


def test_sticker_says_which_and_in_which_language() -> None:
    assert hears(sticker=STICKER).text == "[sticker 👍]"
    assert hears(sticker=STICKER, **{"from": ZH}).text == "[贴纸 👍]"


def test_edit_that_nobody_made_is_none() -> None:
    assert read("edited_message", text="blue") is None, "a reaction, or a preview"
    assert hears("edited_message", text="blue", edit_date=50).edits == "9"


@pytest.mark.parametrize(
    "fields",
    [
        {"chat": {**PRIVATE, "id": 10**30}},
        {"chat": {**PRIVATE, "id": "5"}},
        {"from": {**MIA, "id": 2**60}},
        {"message_id": 10**30},
    ],
)
def test_numbers_that_telegram_would_not_give_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="number"):
        read(text="hi", **fields)


def test_edit_is_a_message_of_its_own_and_the_same_when_repeated() -> None:
    first = hears("edited_message", text="blue", edit_date=50)
    assert first.message_id.startswith("edit-9-50-")
    assert hears("edited_message", text="blue", edit_date=50) == first
    quick = hears("edited_message", text="red", edit_date=50)
    assert quick.message_id != first.message_id
    assert hears("edited_message", text="/help", edit_date=50).choice == "command:help"


@pytest.mark.parametrize(
    "fields",
    [
        {"new_chat_members": [MIA]},
        {"pinned_message": message(text="x")},
        {"forum_topic_created": {"name": "T", "icon_color": 1}},
        {
            "successful_payment": {
                "currency": "USD",
                "total_amount": 1,
                "invoice_payload": "",
                "provider_payment_charge_id": "",
                "telegram_payment_charge_id": "",
            }
        },
        {"text": "hi", "from": BOT},
        {"text": "hi", "from": {**MIA, "is_bot": True}},
        {},
    ],
)
def test_service_messages_and_bots_say_nothing(fields: dict[str, Any]) -> None:
    assert read(**fields) is None


def test_channel_posts_say_nothing() -> None:
    channel = {"id": -1002, "type": "channel", "title": "News"}
    assert read("channel_post", text="Sale!", chat=channel) is None
    assert read(text="Sale!", chat=GROUP, is_automatic_forward=True) is None


def test_signs_that_no_database_keeps_are_dropped() -> None:
    assert hears(text="a\x00b\ud800c").text == "abc"


# Replies, albums, forwards


def test_reply_carries_what_it_answers_or_the_part_that_was_marked() -> None:
    said = message(text="You have 30 days. Send it free of charge.", **{"from": BOT})
    assert hears(text="And for sale items?", reply_to_message=said).quote == said["text"]
    marked = {"text": "free of charge", "position": 22}
    assert hears(text="Always?", reply_to_message=said, quote=marked).quote == "free of charge"
    photo = message(photo=[SIZE], caption="This one?")
    assert hears(text="Yes", reply_to_message=photo).quote == "This one?"
    assert hears(text="Hello").quote == ""


def test_what_was_sent_together_says_so() -> None:
    origin = {"type": "hidden_user", "sender_user_name": "Tom", "date": 1}
    assert hears(text="a", forward_origin=origin).more_to_come
    assert hears(photo=[SIZE], media_group_id="g").more_to_come
    assert not hears(text="a").more_to_come


# Groups


def test_group_talk_among_people_is_not_heard() -> None:
    assert read(text="Anyone for lunch?", chat=GROUP) is None
    assert read(text="/help", chat=GROUP) is None
    assert read(text="/help@OtherBot", chat=GROUP) is None
    text = "@OtherBot hi"
    assert read(text=text, chat=GROUP, entities=[entity("mention", text, "@OtherBot")]) is None


def test_mention_is_heard_without_the_name() -> None:
    text = "👍 @shopbot, do you ship to Norway?"
    at = [{"type": "mention", "offset": 3, "length": 8}]
    assert hears(text=text, chat=GROUP, entities=at).text == "👍  do you ship to Norway?"
    assert hears(text="/help@shopbot", chat=GROUP).choice == "command:help"
    named = [entity("text_mention", "Shop, hello", "Shop", user=BOT)]
    assert hears(text="Shop, hello", chat=GROUP, entities=named).text == "Shop, hello"
    photo = {"photo": [SIZE], "caption": "@ShopBot is it real?"}
    caption = [{"type": "mention", "offset": 0, "length": 8}]
    assert hears(**photo, chat=GROUP, caption_entities=caption).text == "is it real?"


def test_name_alone_is_greeted() -> None:
    at = [{"type": "mention", "offset": 0, "length": 8}]
    assert hears(text="@ShopBot", chat=GROUP, entities=at).choice == "command:start"


def test_reply_to_the_bot_is_heard_but_not_every_word_in_a_topic_it_opened() -> None:
    said = message(text="It takes 3 days.", chat=GROUP, **{"from": BOT})
    assert hears(text="To Norway, too?", chat=GROUP, reply_to_message=said).text
    opened = message(
        chat=GROUP, forum_topic_created={"name": "T", "icon_color": 1}, **{"from": BOT}
    )
    assert read(text="Hello", chat=GROUP, reply_to_message=opened) is None


def test_topic_is_a_chat_of_its_own_but_a_reply_thread_is_none() -> None:
    said = message(text="3 days.", chat=GROUP, **{"from": BOT})
    topic = {"message_thread_id": 45, "is_topic_message": True}
    found = hears(text="And now?", chat=GROUP, reply_to_message=said, **topic)
    assert found.chat.id == "-1001/45:5"
    found = hears(text="And now?", chat=GROUP, reply_to_message=said, message_thread_id=45)
    assert found.chat.id == "-1001:5"


def test_anonymous_administrator_is_a_person() -> None:
    text = "@ShopBot hello"
    found = hears(
        text=text,
        chat=GROUP,
        entities=[entity("mention", text, "@ShopBot")],
        sender_chat=GROUP,
        **{"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}},
    )
    assert (found.text, found.sender, found.chat.id) == ("hello", "Friends", "-1001:-1001")


def test_whoever_writes_as_a_channel_is_a_shopper_of_their_own() -> None:
    text = "@ShopBot hello"
    news = {"id": -1009, "type": "channel", "title": "News"}
    found = hears(
        text=text,
        chat=GROUP,
        entities=[entity("mention", text, "@ShopBot")],
        sender_chat=news,
        **{"from": {"id": 136817688, "is_bot": True, "first_name": "Channel"}},
    )
    assert (found.chat.id, found.sender) == ("-1001:-1009", "News")
    assert found.chat.shared


# Channels' direct messages


def test_each_topic_of_a_channels_direct_messages_is_a_shopper_of_its_own() -> None:
    chat = {"id": -1003, "type": "supergroup", "title": "News", "is_direct_messages": True}
    topic: dict[str, Any] = {"direct_messages_topic": {"topic_id": 5, "user": MIA}}
    found = hears(text="Do you ship to Norway?", chat=chat, **topic)
    assert (found.chat.id, found.chat.shared) == ("-1003/d5", True)
    said = read(text="We do", chat=chat, **topic, **{"from": {**MIA, "id": 6}})
    assert isinstance(said, OwnWords)
    assert (said.said.chat.id, said.account, said.shopper) == ("-1003/d5", 6, "Mia W")


# Groups that move


def test_group_that_became_a_supergroup_says_so_in_both_chats() -> None:
    old, new = {"id": -7, "type": "group", "title": "Friends"}, -1000000000007
    assert read(chat=old, migrate_to_chat_id=new) == Moved(-7, new)
    assert read(chat={**old, "id": new}, migrate_from_chat_id=-7) == Moved(-7, new)


# The shop's own account


def test_customer_of_a_business_account_is_told_from_who_writes_in_the_shops_name() -> None:
    through: dict[str, Any] = {"business_connection_id": "conn-1"}
    found = hears("business_message", text="Hi", **through)
    assert found.chat == Chat("telegram", "5@conn-1")
    owner = {"id": 6, "is_bot": False, "first_name": "Shop owner"}
    written = read("business_message", text="/human? @ShopBot, me", **through, **{"from": owner})
    assert written == OwnWords(
        Incoming(Chat("telegram", "5@conn-1"), "9", "/human? @ShopBot, me", "Shop owner"), 6, "Mia"
    )
    through["from"] = owner
    assert read("business_message", text="Hi", sender_business_bot=BOT, **through) is None
    assert read("business_message", text="Welcome!", is_from_offline=True, **through) is None
    sticker = read("business_message", sticker=STICKER, **through)
    assert isinstance(sticker, OwnWords)
    assert sticker.said.text == "[sticker]"
    edited = read("edited_business_message", text="Hello", edit_date=3, **through)
    assert isinstance(edited, OwnWords)
    assert edited.said.message_id.startswith("edit-9-3-")
    del through["from"]
    assert hears("edited_business_message", text="Hi!", edit_date=3, **through).text == "Hi!"


# Buttons


def press(**fields: Any) -> Press:
    query = {"id": "q1", "from": MIA, "chat_instance": "x", **fields}
    found = content_of(Update.de_json({"update_id": 1, "callback_query": query}, None), ME)
    assert isinstance(found, Press)
    return found


def test_press_names_turn_and_place() -> None:
    found = press(data="t12:1", message=message(text="Did you mean"))
    assert (found.query_id, found.chat_id, found.turn_id, found.index) == ("q1", 5, 12, 1)
    assert press(data="t12:p", message=message(text="x")).index is None
    old = {"message_id": 9, "date": 0, "chat": PRIVATE}
    assert press(data="t12:1", message=old).turn_id == 12, "too old for Telegram to repeat it"


@pytest.mark.parametrize("data", ["", "entry:x", "t12", "t:1", "t12:-1", "t12:1 ", "t1e9:0"])
def test_button_of_somebody_else_is_no_turn(data: str) -> None:
    assert press(data=data, message=message(text="x")).turn_id == 0
    assert press(data="t1:0").turn_id == 0, "no message, no chat"


def test_what_concerns_one_chat_is_one_queue() -> None:
    first = queue_of({"update_id": 1, "message": message(text="a")})
    press = {"id": "q", "from": MIA, "message": message(text="x")}
    assert first == queue_of({"update_id": 2, "callback_query": press}) == 5
    loose = queue_of({"update_id": 3, "poll": {"id": "1"}})
    assert loose != queue_of({"update_id": 4, "poll": {"id": "1"}})
