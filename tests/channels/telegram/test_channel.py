"""What the Telegram channel says: limits, refusals, retries; the real client, the stand-in."""

import asyncio

import pytest

from bot.channels.telegram.budget import Budget, Limits
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.lane import PLACES, Lane
from bot.database.db import Database
from bot.errors import DeliveryError
from bot.types import Author, Button, Chat, Progress, Source
from tests.support.delivery import progress, send
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import FAST, Shop, chat, turn, until


async def test_long_answer_arrives_whole_with_its_buttons_under_the_last_part(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    text = "Wash at <30°C> & dry. 请用冷水洗涤。👍 `a < b`\n\n" * 400
    await send(channel, chat(5), turn(text, buttons=(Button("Yes", "entry:x"),)))
    said = mia.bot_says
    assert len(said) >= 4
    assert "".join("".join(said).split()) == "".join(text.replace("`", "").split())
    shown = [line.buttons for line in mia.log if line.from_bot]
    assert shown == [[]] * (len(said) - 1) + [["Yes", "Talk to a person"]]


async def test_answer_that_broke_off_goes_on_where_it_stopped(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    time = [0.0]
    budget = Budget(Limits(burst=2, spacing=100), clock=lambda: time[0])
    channel = Shop(sqlite_database, server, budget=budget).channel
    long = turn("\n\n".join(f"Paragraph {number}. " + "x" * 3000 for number in range(4)))
    so_far = progress()
    with pytest.raises(DeliveryError) as caught:
        await channel.send(chat(5), long, so_far)
    assert caught.value.retry_after == pytest.approx(100)
    assert so_far.arrived == 2
    time[0] = 300
    server.fail_next("sendMessage", 502, "Bad Gateway")
    with pytest.raises(DeliveryError):
        await channel.send(chat(5), long, so_far)
    time[0] = 900
    await channel.send(chat(5), long, so_far)
    assert [text.split(".")[0] for text in mia.bot_says] == [f"Paragraph {n}" for n in range(4)]
    await channel.aclose()


async def test_answer_that_is_one_message_is_noted_once_by_whoever_sends_it(
    channel: Telegram, server: FakeTelegram
) -> None:
    await server.private_chat(5).writes("hello")
    so_far = progress()
    receipt = await channel.send(chat(5), turn("short"), so_far)
    assert receipt is not None
    assert so_far.arrived == 0


async def test_last_message_is_sent_whatever_was_counted_before(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    await channel.send(chat(5), turn("cut otherwise by an older version"), progress(arrived=3))
    await channel.send(chat(5), turn(" \n", 2), progress(arrived=1))
    assert mia.bot_says == ["cut otherwise by an older version"]


async def test_next_message_of_a_chat_waits_until_the_one_before_is_on_disk(
    channel: Telegram, server: FakeTelegram
) -> None:
    for number in (5, 6):
        await server.private_chat(number).writes("hello")
    seen: list[int] = []
    written = asyncio.Event()

    async def keep(arrived: int) -> None:
        seen.append(len(server.sent))
        await written.wait()

    long = turn("\n\n".join(f"{number}. {'x' * 3000}" for number in range(3)))
    sending = asyncio.create_task(channel.send(chat(5), long, Progress(keep)))
    await until(lambda: seen)
    await send(channel, chat(6), turn("other", 2))
    assert [call.chat_id for call in server.sent] == [5, 6], "another chat does not wait for it"
    written.set()
    receipt = await sending
    assert receipt is not None
    receipt()
    assert seen[0] == 1
    assert len(seen) == 2, "the last one is noted with the whole answer"


async def test_closed_chat_delays_no_other_and_gets_nothing_until_then(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    mia, tom = server.private_chat(5, "Mia"), server.private_chat(6, "Tom")
    server.clock.freeze()
    server.close_chat(5, 1)
    budget = Budget(FAST, clock=server.clock)
    async with Shop(sqlite_database, server, budget=budget).open():
        await mia.writes("first")
        await until(lambda: any(call.status == 429 for call in server.calls))
        await mia.writes("second")
        for number in range(3):
            await tom.writes(f"t{number}")
            await tom.sees(f"t{number}")
        assert mia.bot_says == []
        server.clock.advance(2)
        await mia.sees("first")
        await mia.sees("second")
    # The first, which could not know; nothing was tried while Telegram's answer held.
    assert len(server.violations) == 1


async def test_few_messages_are_on_their_way_at_once_until_they_are_noted(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    channel = Shop(sqlite_database, server, lane=Lane(places=1, patience=60)).channel
    for number in (5, 6, 7):
        await server.private_chat(number).writes("hello")
    first = await channel.send(chat(5), turn("one", 1), progress())
    assert first is not None
    second = asyncio.create_task(send(channel, chat(6), turn("two", 2)))
    server.fail_next("sendMessage", 403, "Forbidden: bot was blocked by the user", chat_id=7)
    third = asyncio.create_task(send(channel, chat(7), turn("three", 3)))
    await asyncio.sleep(0.05)
    assert [call.chat_id for call in server.sent] == [5]
    first()
    await second
    with pytest.raises(DeliveryError):
        await third
    # One that was refused holds nobody up.
    async with asyncio.timeout(30):
        await send(channel, chat(5), turn("four", 4))
    await channel.aclose()


async def test_chats_whose_sends_hang_keep_their_order_and_delay_no_other(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    hanging = [server.private_chat(number) for number in range(20, 24 + PLACES)]
    tom = server.private_chat(6, "Tom")
    async with Shop(sqlite_database, server, timeout=2.0).open():
        for mia in hanging:
            server.slow_next("sendMessage", 60, chat_id=mia.chat.id)
            await mia.writes("first")
        await until(lambda: server.slowed == len(hanging))
        for number in range(3):
            await tom.writes(f"t{number}")
            await tom.sees(f"t{number}")
        for mia in hanging:
            await mia.writes("second")
        for mia in hanging:  # each was tried again when Telegram had not answered for so long
            await mia.sees("first", timeout=60)
            await mia.sees("second", timeout=60)


async def test_refused_html_is_sent_as_plain_text(channel: Telegram, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    server.fail_next("sendMessage", 400, "Bad Request: can't parse entities: no end tag")
    await send(channel, chat(5), turn("**bold** & [link](https://x.example)"))
    assert mia.bot_says == ["bold & link (https://x.example)"]


async def test_refused_buttons_do_not_cost_the_answer(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    server.fail_next("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID", times=2)
    await send(channel, chat(5), turn("answer", buttons=(Button("a", "entry:a"),)))
    assert mia.bot_says == ["answer"]


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
        (400, "Bad Request: BUSINESS_PEER_USAGE_MISSING"),
    ],
)
async def test_chat_that_is_gone_ends_the_delivery_at_the_first_try(
    channel: Telegram, server: FakeTelegram, status: int, description: str
) -> None:
    server.fail_next("sendMessage", status, description, times=-1)
    with pytest.raises(DeliveryError) as caught:
        await send(channel, chat(5), turn("answer"))
    assert caught.value.retry_after is None
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("status", "description", "retry"),
    [(500, "Internal Server Error", 2.0), (401, "Unauthorized", 60.0), (429, "Too many", 9.0)],
)
async def test_what_may_pass_is_left_to_the_outbox(
    channel: Telegram, server: FakeTelegram, status: int, description: str, retry: float
) -> None:
    await server.private_chat(5).writes("hello")
    seconds = 9 if status == 429 else None
    server.fail_next("sendMessage", status, description, retry_after=seconds)
    with pytest.raises(DeliveryError) as caught:
        await send(channel, chat(5), turn("answer"))
    assert caught.value.retry_after == retry


async def test_blocked_bot_ends_quietly_and_is_heard_again(
    shop: Shop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    await mia.sees("hello")
    await mia.writes("and goodbye")
    await mia.blocks_bot()
    await server.confirmed()
    await mia.unblocks_bot()
    await mia.writes("here again")
    await mia.sees("here again")


async def test_group_that_became_a_supergroup_still_gets_its_answer(
    channel: Telegram, server: FakeTelegram
) -> None:
    group = server.group(-42, "Friends")
    bigger = await group.becomes_supergroup(group.member(5, "Mia"))
    await send(channel, chat(-42), turn("answer"))
    await send(channel, chat(-42), turn("another", 2))
    assert [line.text for line in bigger.log if line.from_bot] == ["answer", "another"]
    assert len([call for call in server.calls if call.status == 400]) == 1


async def test_answer_to_a_deleted_topic_goes_to_the_group(
    channel: Telegram, server: FakeTelegram
) -> None:
    group = server.group(forum=True, bot_admin=True)
    mia = group.member(5, "Mia")
    thread = await group.opens_topic(mia, "Orders")
    await send(channel, Chat("telegram", f"{group.id}/{thread}"), turn("in the topic"))
    await group.deletes_topic(thread)
    await send(channel, Chat("telegram", f"{group.id}/{thread}"), turn("after it", 2))
    said = {line.text: line.thread_id for line in group.log if line.from_bot}
    assert said["after it"] is None


async def test_agent_is_named_and_quoted_as_written(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    said = turn("See **this** <b>", author=Author.AGENT, agent="Noor")
    await send(channel, chat(5), said)
    await send(channel, chat(5), turn("A colleague is here.", 2, author=Author.SYSTEM))
    assert mia.bot_says == ["👤 Noor\nSee **this** <b>", "A colleague is here."]


async def test_links_show_no_preview_and_blank_turns_send_nothing(
    channel: Telegram, server: FakeTelegram
) -> None:
    await server.private_chat(5).writes("hello")
    await send(channel, chat(5), turn("https://x.example"))
    await send(channel, chat(5), turn(" \n", 2))
    await send(channel, chat(5), turn("own words", 3, author=Author.SHOPPER))
    (call,) = server.sent
    assert "is_disabled" in str(call.params["link_preview_options"])


async def test_the_one_product_of_an_answer_is_shown_with_its_picture(
    channel: Telegram, server: FakeTelegram
) -> None:
    await server.private_chat(5).writes("hello")
    robe = Source("product/A", "p.yaml", 1.0, "Robe", None, "https://x.example/a.jpg")
    towel = Source("product/B", "p.yaml", 1.0, "Towel", None, "https://x.example/b.jpg")
    await send(channel, chat(5), turn("A robe.", sources=(robe,)))
    await send(channel, chat(5), turn("Two things.", 2, sources=(robe, towel)))
    one, several = server.sent
    assert "https://x.example/a.jpg" in str(one.params["link_preview_options"])
    assert "is_disabled" in str(several.params["link_preview_options"])


async def test_typing_is_shown_at_most_once_in_four_seconds_and_never_fails(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    time = [100.0]
    channel = Shop(sqlite_database, server, clock=lambda: time[0]).channel
    for _ in range(3):
        await channel.typing(chat(5))
    assert mia.actions == ["typing"]
    time[0] += 5
    server.fail_next("sendChatAction", 502)
    await channel.typing(chat(5))
    await channel.typing(chat(999))
    time[0] += 5
    server.fail_next("sendChatAction", 429, retry_after=9)
    await channel.typing(chat(5))
    time[0] += 5
    before = len(server.calls)
    await channel.typing(chat(5))
    assert len(server.calls) == before, "a closed chat gets nothing, not even this"
    await channel.aclose()


async def test_foreign_chat_id_is_refused_for_good(channel: Telegram) -> None:
    with pytest.raises(DeliveryError) as caught:
        await send(channel, Chat("telegram", "not ours"), turn("x"))
    assert caught.value.retry_after is None


async def test_flood_of_answers_stays_within_telegrams_budgets(
    sqlite_database: Database,
) -> None:
    async with FakeTelegram() as strict:
        async with Shop(sqlite_database, strict, budget=Budget()).open():
            shoppers = [strict.private_chat(number) for number in range(1, 31)]
            for number in range(3):
                for shopper in shoppers:
                    await shopper.writes(f"question {number}")
            for shopper in shoppers:
                await shopper.sees("question 2", timeout=60)
        assert strict.violations == []
        assert [call for call in strict.calls if call.status == 429] == []
