"""The Telegram channel as chats: the real client against the stand-in, our own inbox and outbox."""

from sqlmodel import Session
from structlog.testing import capture_logs

from bot.conversations import conversation, outbox
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.types import Author, Button, Chat, now
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import Shop, until


async def test_question_is_answered_with_its_source(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5, "Mia")
    await mia.writes("How do I return <this> & that?")
    line = await mia.sees("How do I return <this> & that?")
    assert line.text.endswith("Source: Returns & refunds")
    assert {(e["type"], e.get("url")) for e in line.entities} == {
        ("bold", None),
        ("italic", None),
        ("text_link", "https://x.example/r"),
    }
    await server.confirmed()
    assert server.violations == []


async def test_chinese_shopper_is_greeted_in_chinese(shop: Shop, server: FakeTelegram) -> None:
    li = server.private_chat(6, "李", language_code="zh-hans")
    await li.starts()
    line = await li.sees("command:start")
    assert "来源" in line.text


async def test_everything_that_can_be_sent_gets_an_answer(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    await mia.sends_sticker()
    await mia.sees("media:sticker")
    await mia.sends_voice()
    await mia.sees("media:voice")
    await mia.sends_photo("Is this a fault?")
    await mia.sees("media:photo:caption: Is this a fault?")
    await mia.sends_document()
    await mia.sees("media:file")
    await mia.sends_location()
    await mia.sees("media:location")
    await mia.shares_contact(own=False)
    await mia.sees("media:contact")


async def test_edit_and_forwarded_burst_are_answered(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    await mia.writes("Where is my oder?")
    await mia.sees("Where is my oder?")
    await mia.edits("Where is my order?")
    await mia.sees("Where is my order?")
    for number in range(5):
        await mia.forwards(f"part {number}")
    await mia.sees("part 4")
    await server.confirmed()
    assert [each.text for each in shop.heard][2:] == [f"part {number}" for number in range(5)]
    assert len(mia.bot_says) == 3, "what was forwarded together is answered once"


async def test_button_is_a_choice_even_after_a_restart(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    async with Shop(sqlite_database, server).open():
        await mia.writes("choose")
        line = await mia.sees("Did you mean")
        assert line.buttons == ["Send it back", "Other", "Talk to a person"]
        await server.confirmed()
    async with Shop(sqlite_database, server).open() as shop:
        await mia.presses("Send it back")
        await mia.sees(f"entry:{'x' * 100}: Send it back")
        await mia.presses("Talk to a person")
        await mia.sees("person: Talk to a person")
        assert [each.choice for each in shop.heard] == [f"entry:{'x' * 100}", "person"]
        await until(lambda: mia.notices == ["", ""])


async def test_button_of_another_chat_or_time_says_that_it_is_old(
    shop: Shop, server: FakeTelegram
) -> None:
    mia, eve = server.private_chat(5, "Mia"), server.private_chat(6, "Eve")
    await mia.writes("choose")
    line = await mia.sees("Did you mean")
    data = line.message["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await eve.writes("choose")
    theirs = await eve.sees("Did you mean")
    theirs.message["reply_markup"]["inline_keyboard"][0][0]["callback_data"] = data
    for forged in (data, "t999999:0", "t1:99", "nonsense"):
        server.world.emit(
            "callback_query",
            {
                "id": f"forged-{forged}",
                "from": eve.person,
                "message": theirs.message,
                "chat_instance": "1",
                "data": forged,
            },
            "user:6",
        )
    await server.confirmed()
    assert [each.choice for each in shop.heard] == [None, None]


async def test_group_is_answered_only_when_addressed(shop: Shop, server: FakeTelegram) -> None:
    group = server.group(-1001000000007, "Friends", forum=True, bot_admin=True)
    mia = group.member(5, "Mia")
    await mia.writes("Has anybody ordered there?")
    await mia.mentions_bot("do you ship to Norway?")
    line = await group.sees("do you ship to Norway?")
    await mia.writes("And to Japan?", reply_to=line)
    await group.sees("And to Japan?")
    thread = await group.opens_topic(mia, "Orders")
    await mia.mentions_bot("in a topic", thread_id=thread)
    assert (await group.sees("in a topic")).thread_id == thread
    await server.confirmed()
    assert len(shop.heard) == 3


async def test_shops_own_account_is_answered_through_its_connection(
    shop: Shop, server: FakeTelegram
) -> None:
    business = server.business()
    await business.connects()
    customer = business.customer(21, "Noa")
    await customer.writes("Hello shop")
    await customer.sees("Hello shop")
    await business.owner(customer).writes("I'll look at it myself")
    await server.confirmed()
    assert [each.chat.id for each in shop.heard] == [f"21@{business.id}"]


async def test_commands_are_listed_in_both_languages(shop: Shop, server: FakeTelegram) -> None:
    await until(lambda: len([c for c in server.calls if c.method == "setMyCommands"]) == 2)
    lists = [call.params for call in server.calls if call.method == "setMyCommands"]
    assert [each.get("language_code") for each in lists] == [None, "zh"]
    assert "转人工" in lists[1]["commands"] or "\\u8f6c" in lists[1]["commands"]


async def test_blocked_bot_alarms_nobody_and_the_desk_can_tell(
    shop: Shop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    await mia.sees("hello")
    with capture_logs() as logs:
        await mia.writes("and goodbye")
        await mia.blocks_bot()
        await until(lambda: any(each["event"] == "outbox.gone" for each in logs))
    assert not [each for each in logs if each["log_level"] in ("warning", "error")]
    await mia.unblocks_bot()
    await mia.writes("here again")
    await mia.sees("here again")


async def test_long_answer_comes_once_though_its_sending_fails_and_the_shop_stops_in_the_middle(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    rules = [f"Rule {number}. " + "Wash it < 30 °C & dry it flat. " * 110 for number in range(6)]

    def answer(session: Session) -> None:
        row = conversation.find(session, Chat("telegram", "5"))
        assert row is not None
        conversation.lock(session, saved(row.id))
        more = (Button("Is that all?", "entry:x"), Button("Share my phone number", "proof:contact"))
        said = conversation.add_turn(
            session, saved(row.id), Author.BOT, "\n\n".join(rules), "en", buttons=more
        )
        outbox.put(session, row, said, at=now())

    async with Shop(sqlite_database, server).open(abrupt=True) as shop:
        await mia.writes("hello")
        await mia.sees("hello")
        server.fail_next("sendMessage", 502, "Bad Gateway", times=2)
        await shop.db.write(answer)
        await mia.sees("Rule 1.")
        server.slow_next("sendMessage", 60, times=1000)
        await until(lambda: server.slowed > 0)  # so all before it has been noted
    before = len(mia.bot_says)
    assert before < 8, "the shop stopped with some of it unsent"
    server.heal()
    async with Shop(sqlite_database, server).open():
        await mia.sees("shares the phone number")
        await server.confirmed()
    _, *said = mia.bot_says
    assert [text.split(".")[0] for text in said[:6]] == [f"Rule {number}" for number in range(6)]
    assert len(said) == 7, "each message once, and the one that asks for the number"
    assert [line.buttons for line in mia.log if line.from_bot][6] == [
        "Is that all?",
        "Talk to a person",
    ]
