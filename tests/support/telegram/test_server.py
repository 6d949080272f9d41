"""The stand-in for Telegram, one rule a test, through the real python-telegram-bot client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.support.telegram import Budgets, FakeTelegram

MIA = 11


@pytest.fixture
async def server() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as running:
        yield running


def bot_for(server: FakeTelegram, token: str = "") -> Bot:
    return Bot(token or server.token, base_url=server.base_url, base_file_url=server.base_file_url)


@pytest.fixture
async def bot(server: FakeTelegram) -> AsyncIterator[Bot]:
    async with bot_for(server) as client:
        yield client


def keyboard(*rows: list[tuple[str, str]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(text, callback_data=data) for text, data in row] for row in rows]
    )


async def test_update_is_dropped_only_by_a_later_offset(server: FakeTelegram, bot: Bot) -> None:
    mia = server.private_chat(MIA, "Mia", "zh-hans")
    await mia.writes("one")
    await mia.writes("two")
    first = await bot.get_updates()
    assert [u.message.text for u in first if u.message] == ["one", "two"]
    assert first[0].effective_user is not None
    assert first[0].effective_user.language_code == "zh-hans"
    assert len(await bot.get_updates(offset=first[0].update_id, limit=1)) == 1
    assert server.pending == 2
    again = await bot.get_updates(offset=first[0].update_id + 1)
    assert [u.update_id for u in again] == [first[1].update_id]
    assert await bot.get_updates(offset=first[1].update_id + 1) == ()
    assert server.pending == 0


async def test_long_poll_answers_as_soon_as_something_is_written(
    server: FakeTelegram, bot: Bot
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    await server.private_chat(MIA).writes("hello")
    async with asyncio.timeout(15):  # before the poll itself would end
        assert len(await poll) == 1


async def test_unconfirmed_updates_are_lost_after_24_hours(server: FakeTelegram, bot: Bot) -> None:
    await server.private_chat(MIA).writes("old")
    server.clock.advance(hours=23.9)
    assert len(await bot.get_updates()) == 1
    server.clock.advance(hours=0.2)
    assert await bot.get_updates() == ()
    assert len(server.world.updates.lost) == 1


async def test_older_of_two_polls_ends_with_409(server: FakeTelegram, bot: Bot) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    async with bot_for(server) as second:
        newer = asyncio.create_task(second.get_updates(timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await older
        await server.private_chat(MIA).writes("hello")
        assert len(await newer) == 1


async def test_allowed_updates_are_kept_until_changed(server: FakeTelegram, bot: Bot) -> None:
    mia = server.private_chat(MIA)
    await bot.get_updates(allowed_updates=["callback_query"])
    await mia.writes("unheard")
    await bot.get_updates()
    await mia.writes("unheard too")
    assert await bot.get_updates(allowed_updates=[]) == ()
    await mia.writes("heard")
    assert len(await bot.get_updates()) == 1


async def test_polling_is_refused_while_a_webhook_is_set(server: FakeTelegram, bot: Bot) -> None:
    await bot.set_webhook("https://shop.example/telegram", secret_token="s3cret_-")
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    assert (await bot.get_webhook_info()).url == "https://shop.example/telegram"
    await bot.delete_webhook()
    assert await bot.get_updates() == ()
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("https://shop.example/telegram", secret_token="no spaces!")


async def test_wrong_token_is_refused(server: FakeTelegram) -> None:
    with pytest.raises(InvalidToken):
        await bot_for(server, "123456:wrong").initialize()
    with pytest.raises(InvalidToken):
        await bot_for(server, "nonsense").initialize()


async def test_answer_is_seen_as_html_with_its_entities(server: FakeTelegram, bot: Bot) -> None:
    mia = server.private_chat(MIA)
    await mia.starts("order-7")
    sent = await bot.send_message(
        MIA,
        "😀 <b>Returns</b> &lt; 30 days, see https://x.example",
        parse_mode=ParseMode.HTML,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_markup=keyboard([("👍", "up"), ("👎", "down")]),
    )
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [
        ("bold", 3, 7),
        ("url", 26, 17),
    ]
    assert sent.link_preview_options is not None
    line = await mia.sees("Returns < 30 days")
    assert line.buttons == ["👍", "👎"]
    assert str(mia.log[0]) == "Mia: /start order-7"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 4097, "essage is too long"),
        ("😀" * 2049, "essage is too long"),
        (" \n ", "essage text is empty"),
        ("<b></b>", "essage text is empty"),
        ("1 <2> 3", "Can't parse entities: unsupported start tag"),
    ],
)
async def test_bad_text_is_refused(server: FakeTelegram, bot: Bot, text: str, reason: str) -> None:
    await server.private_chat(MIA).starts()
    with pytest.raises(BadRequest, match=reason):
        await bot.send_message(MIA, text, parse_mode=ParseMode.HTML)


async def test_length_counts_after_parsing(server: FakeTelegram, bot: Bot) -> None:
    await server.private_chat(MIA).starts()
    sent = await bot.send_message(MIA, "<b>" + "&amp;" * 4096 + "</b>", parse_mode=ParseMode.HTML)
    assert sent.text == "&" * 4096


async def test_bot_cannot_write_first_or_after_being_blocked(
    server: FakeTelegram, bot: Bot
) -> None:
    mia = server.private_chat(MIA)
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(MIA, "psst")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(999, "psst")
    await mia.starts()
    await mia.blocks_bot()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(MIA, "hello?")
    assert (await bot.get_updates())[-1].my_chat_member is not None


async def test_edits_show_and_an_edit_without_change_is_refused(
    server: FakeTelegram, bot: Bot
) -> None:
    mia = server.private_chat(MIA)
    await mia.starts()
    sent = await bot.send_message(MIA, "Looking…")
    await mia.sees("Looking…")
    await bot.edit_message_text("Here it is", MIA, sent.message_id)
    assert (await mia.sees("Here it is")).kind == "edit"
    assert mia.bot_says == ["Here it is"]
    with pytest.raises(BadRequest, match="essage is not modified"):
        await bot.edit_message_text("Here it is", MIA, sent.message_id)
    await bot.edit_message_reply_markup(MIA, sent.message_id, reply_markup=keyboard([("A", "a")]))
    await bot.delete_message(MIA, sent.message_id)
    assert mia.bot_says == []
    with pytest.raises(BadRequest, match="essage to edit not found"):
        await bot.edit_message_text("late", MIA, sent.message_id)


async def test_drafts_stream_in_private_chats_only(server: FakeTelegram, bot: Bot) -> None:
    mia, group = server.private_chat(MIA), server.group()
    await mia.starts()
    for text in ("", "We ship", "We ship on <b>Monday</b>"):
        assert await bot.send_message_draft(MIA, 1, text, parse_mode=ParseMode.HTML)
    assert mia.drafts == ["", "We ship", "We ship on Monday"]
    assert mia.bot_says == []
    with pytest.raises(BadRequest):
        await bot.send_message_draft(group.id, 1, "no")
    assert mia.drafts[-1] == "We ship on Monday"
    server.clock.advance(31)
    assert mia.draft is None, "a preview lasts half a minute"
    await bot.send_message_draft(MIA, 1, "We ship on Monday, and")
    await bot.send_message(MIA, "We ship on Monday.")
    assert mia.draft is None, "the message takes its place"


async def test_pressed_button_is_a_query_that_expires(server: FakeTelegram, bot: Bot) -> None:
    mia = server.private_chat(MIA)
    await mia.starts()
    await bot.send_message(MIA, "Helpful?", reply_markup=keyboard([("Yes", "up:1")]))
    await mia.presses("Yes")
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert query.data == "up:1"
    assert query.message is not None
    await bot.answer_callback_query(query.id, "Thank you")
    assert mia.notices == ["Thank you"]
    late = await mia.presses("up:1")
    server.clock.advance(120)
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(late)
    with pytest.raises(BadRequest, match=r"[Bb]utton_data_invalid"):
        await bot.send_message(MIA, "x", reply_markup=keyboard([("x", "好" * 22)]))


async def test_chat_closes_after_its_burst_and_no_other_does(
    server: FakeTelegram, bot: Bot
) -> None:
    server.clock.freeze()
    for user_id in (MIA, 12):
        await server.private_chat(user_id).starts()
    for number in range(4):
        await bot.send_message(MIA, f"{number}")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(MIA, "5")
    assert seconds(refused.value.retry_after) == 3
    assert server.violations == []
    with pytest.raises(RetryAfter):
        await bot.send_chat_action(MIA, "typing")
    assert [v.chat_id for v in server.violations] == [MIA]
    await bot.send_message(12, "hello")
    server.clock.advance(4)
    sent = await bot.send_message(MIA, "5")
    await bot.edit_message_text("six", MIA, sent.message_id)
    assert [c.method for c in server.sent].count("sendMessage") == 6


async def test_group_takes_twenty_a_minute(server: FakeTelegram, bot: Bot) -> None:
    server.clock.freeze()
    group = server.group(forum=True, bot_admin=True)
    for number in range(20):
        server.clock.advance(1.1)
        await bot.send_message(group.id, f"card {number}")
    server.clock.advance(1.1)
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(group.id, "one more")
    assert seconds(refused.value.retry_after) == 38


async def test_thirty_a_second_overall(server: FakeTelegram, bot: Bot) -> None:
    server.clock.freeze()
    for user_id in range(100, 140):
        await server.private_chat(user_id).starts()
    refused = 0
    for user_id in range(100, 140):
        with suppress(RetryAfter):
            await bot.send_message(user_id, "news")
            continue
        refused += 1
    assert (refused, len(server.sent)) == (10, 30)


async def test_scripted_429_closes_that_chat(server: FakeTelegram, bot: Bot) -> None:
    await server.private_chat(MIA).starts()
    server.fail_next("sendMessage", 429, retry_after=30, chat_id=MIA)
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(MIA, "a")
    assert seconds(refused.value.retry_after) == 30
    with pytest.raises(RetryAfter):
        await bot.send_message(MIA, "a")
    assert len(server.violations) == 1


async def test_faults_happen_as_often_as_asked(server: FakeTelegram, bot: Bot) -> None:
    mia = server.private_chat(MIA)
    await mia.starts()
    server.fail_next("getUpdates", 502, "Bad Gateway", body="<html>Bad Gateway</html>", times=2)
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.get_updates()
    assert len(await bot.get_updates()) == 1
    server.fail_next("*", 401, "Unauthorized")
    with pytest.raises(InvalidToken):
        await bot.send_message(MIA, "x")
    server.slow_next("sendMessage", 1.0)
    with pytest.raises(TimedOut):
        await bot.send_message(MIA, "slow", read_timeout=0.2)
    await mia.sees("slow")


@pytest.mark.parametrize("acting", [True, False])
async def test_lost_answer_leaves_the_message_or_not(
    server: FakeTelegram, bot: Bot, acting: bool
) -> None:
    mia = server.private_chat(MIA)
    await mia.starts()
    server.drop_next("sendMessage", acting=acting)
    with pytest.raises(NetworkError):
        await bot.send_message(MIA, "hello")
    assert mia.bot_says == (["hello"] if acting else [])
    assert [call.dropped for call in server.calls] == [False, True]


async def test_commands_are_kept_by_language(server: FakeTelegram, bot: Bot) -> None:
    await bot.set_my_commands([("help", "What I can do")])
    await bot.set_my_commands([("help", "我能做什么")], language_code="zh")
    await bot.set_my_description("Hello", language_code="en")
    assert (await bot.get_my_commands(language_code="zh"))[0].description == "我能做什么"
    assert (await bot.get_my_commands())[0].description == "What I can do"
    assert (await bot.get_my_description(language_code="en")).description == "Hello"
    with pytest.raises(BadRequest, match=r"[Bb]ot_command_invalid"):
        await bot.set_my_commands([("Bad-Name", "x")])


async def test_unlimited_budgets_and_a_thread_serve_a_blocking_test() -> None:
    server = FakeTelegram(budgets=Budgets.unlimited()).start_thread()
    try:
        mia = server.private_chat(MIA)
        await mia.starts()
        request = HTTPXRequest(connection_pool_size=8)
        async with Bot(server.token, base_url=server.base_url, request=request) as bot:
            await asyncio.gather(*(bot.send_message(MIA, f"{n}") for n in range(60)))
        await mia.sees("59")
        assert len(server.sent) == 60
    finally:
        server.stop_thread()


def seconds(pause: int | timedelta) -> float:
    """The client gives whole seconds, or a duration where PTB_TIMEDELTA is set, as by us."""
    return pause.total_seconds() if isinstance(pause, timedelta) else pause
