"""The Telegram channel as chats: the real client against the stand-in, our own inbox and outbox."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
from sqlmodel import Session
from starlette.applications import Starlette
from structlog.testing import capture_logs

from bot import inbox
from bot.channels.telegram import Telegram
from bot.channels.telegram_budget import Budget, Limits
from bot.channels.telegram_message import parts
from bot.channels.telegram_webhook import MAX_BODY, PATH, Webhook
from bot.db import Database
from bot.deliverer import Deliverer
from bot.errors import BusyError, DatabaseError, DeliveryError, InputError
from bot.inbox import Claim, Say
from bot.types import Author, Button, Chat, Incoming, Source, Turn, now
from tests.telegram import Budgets, FakeTelegram

SECRET = "any secret: it need not suit Telegram"
RETURNS = Source("returns", "faq/returns.en.yaml", 0.9, "Returns & refunds", "https://x.example/r")
FAST = Limits(overall=10_000, spacing=0.0, burst=100, group=10_000)


class Shop:
    """A shop that repeats what it hears: accepts, answers, delivers."""

    def __init__(self, db: Database, server: FakeTelegram, **options: Any) -> None:
        self.db = db
        self.pauses: list[float] = []
        self.look = asyncio.Event()
        self.heard: list[Incoming] = []
        self.fail: list[BaseException] = []
        settings: dict[str, Any] = {
            "db": db,
            "base_url": server.base_url,
            "public_url": None,
            "webhook_secret": SECRET,
            "poll_timeout": 1,
            "timeout": 5.0,
            "budget": Budget(FAST),
            "sleep": self._sleep,
        }
        self.channel = Telegram(**({"token": server.token} | settings | options))

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if seconds >= 600:  # the look after the webhook
            await self.look.wait()
            self.look.clear()
        await asyncio.sleep(min(seconds, 0.02))

    async def hear(self, incoming: Incoming) -> None:
        if self.fail:
            error = self.fail[0] if len(self.fail) == 1 else self.fail.pop(0)
            raise error
        await self.db.write(lambda s: inbox.accept(s, incoming, backlog_cap=1000, at=now()))
        self.heard.append(incoming)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Shop"]:
        deliverer = Deliverer(self.db, {"telegram": self.channel}, poll=0.05)
        tasks = [
            asyncio.create_task(each)
            for each in (self.channel.run(self.hear), self._answer(), deliverer.run())
        ]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.channel.aclose()

    async def _answer(self) -> None:
        while True:
            for claim in await self.db.write(self._claim):
                await self.channel.typing(claim.chat)
                await self.db.write(partial(self._say, claim=claim))
            await asyncio.sleep(0.01)

    def _claim(self, session: Session) -> list[Claim]:
        return inbox.claim(session, "shop:1:a", at=now(), lease=timedelta(seconds=30), limit=50)

    def _say(self, session: Session, claim: Claim) -> None:
        text = " + ".join(
            f"{message.choice}: {message.text}" if message.choice else message.text
            for message in claim.messages
        )
        say = Say(f"**{text}**", claim.language, sources=(RETURNS,))
        if text == "choose":
            buttons = (Button("Send it back", f"entry:{'x' * 100}"), Button("Other", "entry:y"))
            say = Say("Did you mean one of these?", claim.language, buttons)
        inbox.finish(session, claim, say, at=now(), moods={})


@pytest.fixture
async def server() -> AsyncIterator[FakeTelegram]:
    unlimited = Budgets.unlimited()
    async with FakeTelegram(webhook_delay=0.05, budgets=unlimited) as running:
        yield running


@pytest.fixture
async def shop(sqlite_database: Database, server: FakeTelegram) -> AsyncIterator[Shop]:
    async with Shop(sqlite_database, server).open() as opened:
        yield opened


@pytest.fixture
async def channel(sqlite_database: Database, server: FakeTelegram) -> AsyncIterator[Telegram]:
    """A channel that only speaks."""
    speaking = Shop(sqlite_database, server).channel
    yield speaking
    await speaking.aclose()


async def until(check: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.005)


def turn(text: str, number: int = 1, **more: Any) -> Turn:
    return Turn(
        number, more.pop("author", Author.BOT), text, more.pop("language", "en"), now(), **more
    )


def chat(number: int) -> Chat:
    return Chat("telegram", str(number))


# Hearing and answering


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
    await mia.shares_contact()
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
    assert mia.notices == ["", ""]


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


# Nothing is confirmed before it is stored


async def test_message_is_not_confirmed_until_it_is_stored(
    shop: Shop, server: FakeTelegram
) -> None:
    shop.fail = [BusyError("inbox.busy", 7)]
    mia, tom = server.private_chat(5), server.private_chat(6)
    for number in range(3):
        await mia.writes(f"m{number}")
    await tom.writes("t0")
    await until(lambda: 7 in shop.pauses)
    assert server.pending == 4
    shop.fail.clear()
    await server.confirmed()
    texts = [each.text for each in shop.heard]
    assert sorted(texts) == ["m0", "m1", "m2", "t0"]
    assert [text for text in texts if text[0] == "m"] == ["m0", "m1", "m2"]


async def test_what_was_taken_behind_a_refused_one_is_not_taken_twice(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    slow, quick = server.private_chat(5), server.private_chat(6)
    refusals = 3

    async def hear(incoming: Incoming) -> None:
        nonlocal refusals
        if incoming.text == "later" and refusals:
            refusals -= 1
            raise DatabaseError("database.locked", where="", detail="")
        taken.append(incoming.text)

    taken: list[str] = []
    shop = Shop(sqlite_database, server)
    shop.hear = hear  # type: ignore[method-assign]
    async with shop.open():
        await slow.writes("later")
        await slow.writes("after it")
        await quick.writes("now")
        await server.confirmed()
    assert [text for text in taken if text != "now"] == ["later", "after it"]
    assert taken.count("now") == 1


async def test_poison_is_logged_and_let_go(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    with capture_logs() as logs:
        shop.fail = [InputError("web.error_empty"), *[ZeroDivisionError()] * 3]
        await mia.writes("refused")
        await mia.writes("a bug of ours")
        await until(lambda: any(each["event"] == "telegram.update_given_up" for each in logs))
        shop.fail.clear()
        server.world.emit("message", {"message_id": "?", "chat": 5}, "x")
        await mia.writes("fine")
        await mia.sees("fine")
    events = [each["event"] for each in logs]
    assert events.count("telegram.update_refused") == 1
    assert events.count("telegram.update_given_up") == 1
    assert "telegram.update_unreadable" in events
    await server.confirmed()


async def test_second_poller_is_explained_once_and_does_not_spin(
    shop: Shop, server: FakeTelegram
) -> None:
    with capture_logs() as logs:
        server.fail_next(
            "getUpdates", 409, "Conflict: terminated by other getUpdates request", times=4
        )
        mia = server.private_chat(5)
        await mia.writes("still there?")
        await mia.sees("still there?")
    told = [each for each in logs if each["event"] == "telegram.polled_twice"]
    assert len(told) == 1
    assert "Another process" in told[0]["cause"]
    assert [pause for pause in shop.pauses if pause >= 10][:4] == [10, 10, 10, 10]
    assert {"event": "telegram.recovered", "log_level": "info"} in logs


async def test_wrong_token_is_said_once_and_tried_rarely(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    with capture_logs() as logs:
        async with Shop(sqlite_database, server, token="123:wrong").open() as shop:
            await until(lambda: len(shop.pauses) >= 3)
    told = [each for each in logs if each["log_level"] == "error"]
    assert [each["event"] for each in told] == ["telegram.wrong_token"]
    assert min(shop.pauses) >= 60


@pytest.mark.parametrize(
    "trouble",
    [
        lambda server: server.fail_next("getUpdates", 502, "Bad Gateway", times=3),
        lambda server: server.fail_next("getUpdates", 500, times=2, body="<html>oops"),
        lambda server: server.drop_next("getUpdates", times=3),
        lambda server: server.fail_next("getMe", 502, times=1),
        lambda server: server.fail_next("getUpdates", 429, retry_after=4, times=1),
    ],
    ids=["502", "no JSON", "lost connection", "at the start", "told to wait"],
)
async def test_trouble_passes_and_the_bot_recovers_by_itself(
    sqlite_database: Database, server: FakeTelegram, trouble: Callable[[FakeTelegram], None]
) -> None:
    trouble(server)
    async with Shop(sqlite_database, server).open() as shop:
        mia = server.private_chat(5)
        await mia.writes("Anybody there?")
        await mia.sees("Anybody there?")
        assert shop.pauses
    assert len(shop.heard) == 1


async def test_webhook_of_an_earlier_life_is_taken_away_before_polling(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    from tests.telegram.world import Webhook as Registered

    server.world.webhook = Registered("http://127.0.0.1:9/", "s", 40)
    async with Shop(sqlite_database, server).open():
        mia = server.private_chat(5)
        await mia.writes("hello")
        await mia.sees("hello")


# Webhook


@asynccontextmanager
async def hooked(db: Database, server: FakeTelegram) -> AsyncIterator[tuple[Shop, str]]:
    """A shop with a webhook; the stand-in is told at which local port the public address ends."""
    shop = Shop(db, server, public_url="https://shop.example/")
    app = Starlette(routes=shop.channel.routes())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
        config = uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off")
        web = uvicorn.Server(config)
        serving = asyncio.create_task(web._serve([listening]))
        async with shop.open():
            await until(lambda: server.world.webhook is not None)
            assert server.world.webhook is not None
            assert server.world.webhook.url == f"https://shop.example{PATH}"
            server.world.webhook.url = address
            yield shop, address
        web.should_exit = True
        await serving


async def test_webhook_is_registered_and_answers(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    async with hooked(sqlite_database, server):
        mia = server.private_chat(5)
        await mia.writes("by webhook?")
        await mia.sees("by webhook?")
        await server.confirmed()
    assert not [call for call in server.calls if call.method == "getUpdates"]


async def test_webhook_asks_to_come_again_and_loses_nothing(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    async with hooked(sqlite_database, server) as (shop, _):
        shop.fail = [BusyError("inbox.busy", 1)]
        mia = server.private_chat(5)
        for number in range(3):
            await mia.writes(f"m{number}")
        await until(lambda: server.world.webhook and server.world.webhook.last_error)
        assert server.pending == 3
        assert server.world.webhook is not None
        assert "503" in str(server.world.webhook.last_error)
        shop.fail.clear()
        await server.confirmed()
        assert [each.text for each in shop.heard] == ["m0", "m1", "m2"]


async def test_webhook_believes_only_who_knows_the_secret(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    header = "X-Telegram-Bot-Api-Secret-Token"
    update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "text": "x"}}
    async with hooked(sqlite_database, server) as (shop, address), httpx.AsyncClient() as client:
        assert server.world.webhook is not None
        secret = server.world.webhook.secret or ""
        assert SECRET not in secret
        assert (await client.post(address, json=update)).status_code == 401
        for wrong in ("", "wrong", f"{secret}é"):
            headers = [(header.encode(), wrong.encode())]
            response = await client.post(address, json=update, headers=headers)
            assert response.status_code == 401
        right = {header: secret}
        assert (await client.get(address, headers=right)).status_code == 405
        for body in (b"", b"{", b"[]", b"{}", b'{"update_id": "1"}', b"[" * 100_000, b"\xff"):
            response = await client.post(address, content=body, headers=right)
            assert response.status_code == 400
        large = b" " * (MAX_BODY + 1)
        assert (await client.post(address, content=large, headers=right)).status_code == 413
        response = await client.post(address, json=update, headers=right)
        assert response.status_code == 200, "unreadable, and no better the next time"
        assert shop.heard == []


async def test_webhook_before_the_channel_listens_asks_to_come_again() -> None:
    webhook = Webhook("secret")
    transport = httpx.ASGITransport(Starlette(routes=[webhook.route()]))
    headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.token}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.post(PATH, json={"update_id": 1}, headers=headers)
    assert (response.status_code, response.headers["retry-after"]) == (503, "3")


def test_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="secret"):
        Webhook(" ")


async def test_webhook_that_was_taken_away_is_put_back(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    async with hooked(sqlite_database, server) as (shop, _):
        server.world.webhook = None
        shop.look.set()
        await until(lambda: server.world.webhook is not None)


# Speaking


async def test_long_answer_arrives_whole_with_its_buttons_under_the_last_part(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    text = "Wash at <30°C> & dry. 请用冷水洗涤。👍 `a < b`\n\n" * 400
    await channel.send(chat(5), turn(text, buttons=(Button("Yes", "entry:x"),)))
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
    with pytest.raises(DeliveryError) as caught:
        await channel.send(chat(5), long)
    assert caught.value.retry_after == pytest.approx(100)
    time[0] = 300
    server.fail_next("sendMessage", 502, "Bad Gateway")
    with pytest.raises(DeliveryError):
        await channel.send(chat(5), long)
    time[0] = 900
    await channel.send(chat(5), long)
    assert [text.split(".")[0] for text in mia.bot_says] == [f"Paragraph {n}" for n in range(4)]
    await channel.aclose()


async def test_closed_chat_delays_no_other_and_gets_nothing_until_then(
    shop: Shop, server: FakeTelegram
) -> None:
    mia, tom = server.private_chat(5, "Mia"), server.private_chat(6, "Tom")
    server.close_chat(5, 2)
    await mia.writes("first")
    await until(lambda: any(call.status == 429 for call in server.calls))
    await mia.writes("second")
    for number in range(3):
        await tom.writes(f"t{number}")
        await tom.sees(f"t{number}")
    assert mia.bot_says == []
    await mia.sees("first", timeout=10)
    await mia.sees("second", timeout=10)
    # The first, which could not know; nothing was tried while Telegram's answer held.
    assert len(server.violations) == 1


async def test_refused_html_is_sent_as_plain_text(channel: Telegram, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    server.fail_next("sendMessage", 400, "Bad Request: can't parse entities: no end tag")
    await channel.send(chat(5), turn("**bold** & [link](https://x.example)"))
    assert mia.bot_says == ["bold & link (https://x.example)"]


async def test_refused_buttons_do_not_cost_the_answer(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    server.fail_next("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID", times=2)
    await channel.send(chat(5), turn("answer", buttons=(Button("a", "entry:a"),)))
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
        await channel.send(chat(5), turn("answer"))
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
        await channel.send(chat(5), turn("answer"))
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
    await channel.send(chat(-42), turn("answer"))
    await channel.send(chat(-42), turn("another", 2))
    assert [line.text for line in bigger.log if line.from_bot] == ["answer", "another"]
    assert len([call for call in server.calls if call.status == 400]) == 1


async def test_answer_to_a_deleted_topic_goes_to_the_group(
    channel: Telegram, server: FakeTelegram
) -> None:
    group = server.group(forum=True, bot_admin=True)
    mia = group.member(5, "Mia")
    thread = await group.opens_topic(mia, "Orders")
    await channel.send(Chat("telegram", f"{group.id}/{thread}"), turn("in the topic"))
    await group.deletes_topic(thread)
    await channel.send(Chat("telegram", f"{group.id}/{thread}"), turn("after it", 2))
    said = {line.text: line.thread_id for line in group.log if line.from_bot}
    assert said["after it"] is None


async def test_agent_is_named_and_quoted_as_written(
    channel: Telegram, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    said = turn("See **this** <b>", author=Author.AGENT, agent="Noor")
    await channel.send(chat(5), said)
    await channel.send(chat(5), turn("A colleague is here.", 2, author=Author.SYSTEM))
    assert mia.bot_says == ["👤 Noor\nSee **this** <b>", "A colleague is here."]


async def test_links_show_no_preview_and_blank_turns_send_nothing(
    channel: Telegram, server: FakeTelegram
) -> None:
    await server.private_chat(5).writes("hello")
    await channel.send(chat(5), turn("https://x.example"))
    await channel.send(chat(5), turn(" \n", 2))
    await channel.send(chat(5), turn("own words", 3, author=Author.SHOPPER))
    (call,) = server.sent
    assert "is_disabled" in str(call.params["link_preview_options"])


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
        await channel.send(Chat("telegram", "not ours"), turn("x"))
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
                await shopper.sees("question 2", timeout=20)
        assert strict.violations == []
        assert [call for call in strict.calls if call.status == 429] == []


# A turn as messages


def test_sources_without_an_address_are_named_and_each_only_once() -> None:
    plain = Source("a", "faq/a.yaml", 0.9, "Returns <30 days>")
    (part,) = parts(turn("Yes.", language="zh", sources=(plain, plain, RETURNS)))
    assert part.plain == "Yes.\n\n来源：Returns <30 days> · Returns & refunds (https://x.example/r)"
    assert "&lt;30 days&gt;" in part.html
    nameless = Source("a", "faq/a.yaml", 0.9)
    (part,) = parts(turn("Yes.", sources=(nameless,)))
    assert part.html == "Yes."


def test_long_label_is_shortened_and_its_value_is_not_sent() -> None:
    button = Button("word " * 30, f"entry:{'x' * 200}")
    (part,) = parts(turn("Which?", 12, buttons=(button, Button("A person", "person"))))
    assert part.keyboard is not None
    (first,), (second,) = part.keyboard.inline_keyboard
    assert first.text.endswith("…")
    assert len(first.text) <= 60
    assert (first.callback_data, second.callback_data) == ("t12:0", "t12:1")
