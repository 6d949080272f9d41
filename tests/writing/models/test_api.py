"""The real OpenAI client against a server that misbehaves: what each of it is called."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.errors import ModelError, SettingsError
from bot.texts import LANGUAGES
from bot.writing.models import api, prompts
from bot.writing.models.call import Call
from bot.writing.models.ledger import Used
from tests.support.model_server import (
    Behaviour,
    ModelServer,
    answers_nothing,
    cuts,
    fails,
    hangs,
    model_server,
    says,
    sends,
)

KEY = "sk-test-0123456789abcdef"
PROMPT = prompts.answer("How long?", ["You have 30 days."], [], "en", shop="Anna's Teas")
QUOTA = {"error": {"message": "pay", "code": "insufficient_quota"}}


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server(says("Fine.")) as running:
        yield running


def asking(server: ModelServer, *, seconds: float = 30.0, silence: float = 30.0) -> Call:
    backend = api.backend("openai:small", key=SecretStr(KEY), base_url=server.url, timeout=seconds)
    until = asyncio.get_running_loop().time() + seconds
    return Call(replace(backend, silence=silence), until=until)


async def text(asked: Call) -> str:
    return "".join([piece async for piece in asked.stream(PROMPT)])


async def error(server: ModelServer, *, seconds: float = 30.0, silence: float = 30.0) -> ModelError:
    with pytest.raises(ModelError) as raised:
        await text(asking(server, seconds=seconds, silence=silence))
    return raised.value


async def test_the_answer_comes_in_pieces_with_what_it_used(server: ModelServer) -> None:
    server.script.append(says("You have 30 days. [1]", read=120, written=7))
    asked = asking(server)
    pieces = [piece async for piece in asked.stream(PROMPT)]
    assert "".join(pieces).strip() == "You have 30 days. [1]"
    assert len(pieces) == 5
    assert asked.used == Used(120, 7)
    assert server.keys == [f"Bearer {KEY}"]
    sent = server.requests[0]
    assert (sent["model"], sent["stream"]) == ("small", True)
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]


async def test_what_was_used_is_estimated_where_the_server_does_not_say(
    server: ModelServer,
) -> None:
    asked = asking(server)
    await text(asked)
    assert asked.used.read > 50
    assert asked.used.written > 0


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (fails(401), "refused_key"),
        (fails(403), "refused_key"),
        (fails(404), "unknown"),
        (fails(400), "refused"),
        (fails(422), "refused"),
        (fails(429, QUOTA), "no_quota"),
        (fails(429, retry_after="60"), "busy"),
        (fails(503, retry_after="60"), "server"),
        (cuts("You have"), "cut"),
        (cuts("You have", politely=True), "cut"),
        (answers_nothing, "empty"),
        (sends(""), "garbled"),
        (sends("<html>Welcome to nginx</html>", "text/html"), "garbled"),
        (sends("data: {not json\n\n"), "garbled"),
        (sends('data: "hello"\n\n'), "garbled"),
        (sends('data: {"choices": 7}\n\n'), "garbled"),
        (sends('data: {"choices": [{"delta": "x"}]}\n\n'), "garbled"),
        (sends('data: {"error": {"message": "overloaded"}}\n\n'), "server"),
        (sends("\x00\x01\x02" * 50), "garbled"),
    ],
)
async def test_each_misbehaviour_has_a_name_and_a_line_for_the_operator(
    server: ModelServer, behaviour: Behaviour, kind: str
) -> None:
    server.otherwise = behaviour
    found = await error(server)
    assert found.kind == kind
    for language in LANGUAGES:
        assert "openai:small" in found.message(language)
        assert KEY not in found.message(language)


async def test_a_server_that_says_nothing_is_given_up_at_the_deadline(
    server: ModelServer,
) -> None:
    server.otherwise = hangs()
    assert (await error(server, seconds=1.5)).kind == "hung"
    assert len(server.requests) == 1


async def test_silence_in_the_middle_is_noticed_before_the_deadline(server: ModelServer) -> None:
    server.otherwise = hangs("You have")
    assert (await error(server, seconds=60, silence=0.2)).kind == "hung"


async def test_nobody_there_is_said_with_the_address(unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/v1"
    server = ModelServer(says(""), url)
    found = await error(server, seconds=1.2)
    assert found.kind == "unreachable"
    assert url in found.message("en")


@pytest.mark.parametrize(
    "before", [[fails(500)], [fails(429, retry_after="0")], [fails(502), fails(503)]]
)
async def test_what_may_pass_is_tried_again(
    server: ModelServer, before: Sequence[Behaviour]
) -> None:
    server.script.extend([*before, says("Fine now.")])
    assert (await text(asking(server))).strip() == "Fine now."
    assert len(server.requests) == len(before) + 1


async def test_three_attempts_are_all(server: ModelServer) -> None:
    server.otherwise = fails(500)
    assert (await error(server)).kind == "server"
    assert len(server.requests) == 3


async def test_a_wait_that_ends_after_the_deadline_is_not_begun(server: ModelServer) -> None:
    server.otherwise = fails(429, retry_after="30")
    found = await error(server, seconds=20)
    assert (found.kind, found.retry_after) == ("busy", 30.0)
    assert len(server.requests) == 1


async def test_a_date_says_when_to_try_again_as_well(server: ModelServer) -> None:
    server.otherwise = fails(429, retry_after="Wed, 21 Oct 2099 07:28:00 GMT")
    found = await error(server)
    assert found.retry_after is not None
    assert found.retry_after > 1e9


async def test_nothing_is_tried_again_after_the_first_word(server: ModelServer) -> None:
    server.script.append(cuts("You have"))
    assert (await error(server)).kind == "cut"
    assert len(server.requests) == 1


async def test_who_stops_listening_ends_the_request(server: ModelServer) -> None:
    server.otherwise = says("word " * 1000, pause=0.05)
    async for _ in asking(server).stream(PROMPT):
        break
    async with asyncio.timeout(30):
        while not server.abandoned:
            await asyncio.sleep(0.01)


def test_the_vendor_needs_a_key_and_ones_own_server_none() -> None:
    with pytest.raises(SettingsError) as raised:
        api.backend("openai:small", key=None, base_url=None, timeout=5)
    assert "OPENAI_API_KEY" in raised.value.message("en")
    api.backend("openai:small", key=None, base_url="http://127.0.0.1:1/v1", timeout=5)
