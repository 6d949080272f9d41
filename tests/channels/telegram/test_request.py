"""Whoever answers in Telegram's place gives no verdict: neither on a chat nor on the token."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError

from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.client import Client
from bot.channels.telegram.request import NotTelegram, Request
from bot.errors import ChatGoneError, DeliveryError
from tests.support.delivery import send
from tests.support.telegram import TOKEN, FakeTelegram
from tests.support.telegram.somebody import answer, said, somebody
from tests.support.telegram_shop import Shop, chat, turn

PAGE = b"<html><title>403 Forbidden</title><h1>Blocked by your administrator</h1></html>"
GONE = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}


@asynccontextmanager
async def stranger(raw: bytes) -> AsyncIterator[Client]:
    """A client whose server says `raw` to everything."""
    async with somebody(raw) as url:
        client = Client(TOKEN, url, timeout=5)
        yield client
        await client.request.shutdown()


FOREIGN = {
    "a page": answer(403, PAGE, "Content-Type: text/html"),
    "a page with a good status": answer(200, PAGE),
    "a page that knows no such address": answer(404, PAGE),
    "a page that wants a log-in": answer(401, PAGE),
    "a page that refuses": answer(400, PAGE),
    "nothing": answer(403, b""),
    "nothing at all": answer(200, b""),
    "JSON of another service": said(403, {"error": {"code": 403, "message": "forbidden"}}),
    "a list": said(403, [GONE]),
    "a number": said(200, 7),
    "a verdict with another status": said(403, GONE | {"error_code": 400}),
    "a verdict without words": said(403, {"ok": False, "error_code": 403}),
    "a verdict with a good status": said(200, GONE),
    "a success with a bad status": said(403, {"ok": True, "result": True}),
    "odd parameters": said(429, GONE | {"error_code": 429, "parameters": "soon"}),
    "parameters that are no numbers": said(
        429, GONE | {"error_code": 429, "parameters": {"retry_after": "soon"}}
    ),
    "JSON that breaks off": answer(403, json.dumps(GONE).encode()[:-9]),
    "JSON without end": answer(403, b"[" * 200_000),
    "a body that breaks off": answer(403, json.dumps(GONE).encode())[:-9],
    "what is no text": answer(403, b"\xff\xfe\x00" * 99),
    "what is packed": answer(403, gzip.compress(PAGE), "Content-Encoding: gzip"),
    "what says it is packed": answer(403, json.dumps(GONE).encode(), "Content-Encoding: gzip"),
    "another address": answer(302, b"", "Location: http://127.0.0.1:1/login"),
    "another address for good": answer(308, PAGE, "Location: /bot/login"),
    "what is not HTTP": b"220 mail.example ESMTP\r\n\r\n",
}


@pytest.mark.parametrize("raw", FOREIGN.values(), ids=FOREIGN.keys())
async def test_answer_that_is_not_the_bot_apis_is_a_trouble_of_the_network(raw: bytes) -> None:
    async with stranger(raw) as client:
        with pytest.raises(NetworkError) as caught:
            await client.send_message(5, "hello")
    assert not isinstance(caught.value, BadRequest)  # which is one, too, in the library's tree


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (403, "Forbidden: bot was blocked by the user", Forbidden),
        (400, "Bad Request: chat not found", BadRequest),
        (401, "Unauthorized", InvalidToken),
        (404, "Not Found", InvalidToken),
    ],
)
async def test_telegrams_own_verdict_is_believed(
    status: int, words: str, kind: type[TelegramError]
) -> None:
    verdict = {"ok": False, "error_code": status, "description": words}
    async with stranger(said(status, verdict)) as client:
        with pytest.raises(kind):
            await client.send_message(5, "hello")


async def test_answer_without_end_is_read_to_a_bound() -> None:
    endless = answer(200, b'{"ok": true, "result": "' + b"x" * 1_000_000)
    async with somebody(endless) as url:
        request = Request(url, longest=10_000)
        with pytest.raises(NotTelegram, match="more than"):
            await request.post(f"{url}/bot{TOKEN}/getMe")
        await request.shutdown()


@pytest.mark.parametrize(("exempt", "expected"), [("", "by proxy"), ("127.0.0.1", None)])
async def test_environments_proxy_is_used_unless_the_server_is_exempt(
    monkeypatch: pytest.MonkeyPatch, exempt: str, expected: str | None
) -> None:
    nowhere = "http://127.0.0.1:1"
    async with somebody(said(200, {"ok": True, "result": "by proxy"})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.removeprefix("http://"))
        monkeypatch.setenv("no_proxy", exempt)
        request = Request(nowhere)
        found: object = None
        with suppress(NetworkError):
            found = await request.post(f"{nowhere}/bot{TOKEN}/getMe")
        await request.shutdown()
    assert found == expected


@pytest.mark.parametrize("result", [True, {}, {"message_id": "x"}, [], "sent", None])
async def test_result_of_another_kind_is_tried_again(
    channel: Telegram, server: FakeTelegram, result: object
) -> None:
    await server.private_chat(5).writes("hello")
    body = json.dumps({"ok": True, "result": result})
    server.fail_next("sendMessage", 200, body=body)
    with pytest.raises(DeliveryError) as caught:
        await send(channel, chat(5), turn("answer"))
    assert caught.value.key == "telegram.not_telegram"
    assert caught.value.retry_after is not None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 409, 429, 451, 511])
async def test_proxy_in_the_way_costs_no_shopper_the_answer(
    shop: Shop, server: FakeTelegram, status: int
) -> None:
    mia = server.private_chat(5)
    await mia.writes("hello")
    await mia.sees("hello")
    server.fail_next("sendMessage", status, body=PAGE.decode(), times=2)
    await mia.writes("still there?")
    await mia.sees("still there?", 15)


def gone(error: DeliveryError) -> bool:
    return isinstance(error, ChatGoneError)


@pytest.mark.parametrize(
    ("body", "expected"), [(PAGE.decode(), lambda error: not gone(error)), (None, gone)]
)
async def test_only_telegram_says_that_a_chat_is_gone(
    channel: Telegram,
    server: FakeTelegram,
    body: str | None,
    expected: Callable[[DeliveryError], bool],
) -> None:
    await server.private_chat(5).writes("hello")
    server.fail_next("sendMessage", 403, "Forbidden: bot was blocked by the user", body=body)
    with pytest.raises(DeliveryError) as caught:
        await send(channel, chat(5), turn("answer"))
    assert expected(caught.value)
