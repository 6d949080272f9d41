"""Tool calls through the real client, against a server that answers anything."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

import pytest

from bot.catalogue.calls import Tool
from bot.errors import ModelError
from bot.writing.models import api, prompts
from bot.writing.models.call import Call
from bot.writing.models.ledger import Used
from tests.support.model_server import (
    Behaviour,
    ModelServer,
    calls,
    cuts,
    fails,
    hangs,
    model_server,
    never_ends,
    says,
    sends,
)


class FindMugs(Tool):
    """Mugs are looked for."""

    colour: Literal["blue", "sand"]


PROMPT = prompts.read(["a blue mug"], [], "en", "Anna's Teas")


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server(calls(("FindMugs", {"colour": "blue"}), read=300, written=9)) as it:
        yield it


def asking(server: ModelServer, seconds: float = 20.0) -> Call:
    backend = api.backend("openai:small", key=None, base_url=server.url, timeout=20)
    return Call(backend, until=asyncio.get_running_loop().time() + seconds)


async def test_a_model_is_offered_tools_and_its_calls_come_whole(server: ModelServer) -> None:
    asked = asking(server)
    assert await asked.calls(PROMPT, [FindMugs]) == [("FindMugs", {"colour": "blue"})]
    assert asked.used == Used(300, 9)
    [tool] = server.requests[0]["tools"]
    assert tool["function"]["name"] == "FindMugs"
    assert tool["function"]["parameters"]["additionalProperties"] is False
    assert tool["function"]["parameters"]["properties"]["colour"]["enum"] == ["blue", "sand"]
    assert "[1] a blue mug" in server.requests[0]["messages"][1]["content"]


async def test_what_a_model_calls_is_handed_on_unchecked(server: ModelServer) -> None:
    server.otherwise = calls(("Refund", {"to": "anna"}), ("FindMugs", {"colour": "red"}))
    found = await asking(server).calls(PROMPT, [FindMugs])
    assert found == [("Refund", {"to": "anna"}), ("FindMugs", {"colour": "red"})]


async def test_the_tools_count_where_the_server_does_not_say(server: ModelServer) -> None:
    server.otherwise = calls(("FindMugs", {"colour": "blue"}))
    asked, written = asking(server), asking(server)
    await asked.calls(PROMPT, [FindMugs])
    server.otherwise = says("Blue.")
    async for _ in written.stream(PROMPT):
        pass
    assert asked.used.read > written.used.read + 20
    assert asked.used.written > 3


async def test_a_model_that_only_writes_calls_nothing(server: ModelServer) -> None:
    server.otherwise = says("I would look for a blue mug.")
    assert await asking(server).calls(PROMPT, [FindMugs]) == []


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (never_ends, "garbled"),
        (calls(("FindMugs", "x" * 9_000)), "garbled"),
        (calls(("FindMugs", {"colour": "x" * 300_000})), "garbled"),
        (calls(*[("FindMugs", {"colour": "blue"})] * 200), "garbled"),
        (calls(("FindMugs", "<html>")), "garbled"),
        (sends("<html>Welcome to nginx</html>", "text/html"), "garbled"),
        (cuts("I call"), "cut"),
        (says("I call", ending="length"), "cut"),
        (fails(400), "refused"),
        (fails(404), "unknown"),
    ],
)
async def test_what_is_no_call_is_an_error_with_a_name(
    server: ModelServer, behaviour: Behaviour, kind: str
) -> None:
    server.otherwise = behaviour
    with pytest.raises(ModelError) as caught:
        await asking(server).calls(PROMPT, [FindMugs])
    assert caught.value.kind == kind


async def test_who_calls_tools_instead_of_writing_writes_nothing(server: ModelServer) -> None:
    server.otherwise = never_ends
    with pytest.raises(ModelError) as caught:
        async for _ in asking(server).stream(PROMPT):
            pass
    assert caught.value.kind == "garbled"


async def test_who_hangs_is_given_up_at_the_deadline(server: ModelServer) -> None:
    server.otherwise = hangs()
    with pytest.raises(ModelError) as caught:
        await asking(server, seconds=1.2).calls(PROMPT, [FindMugs])
    assert caught.value.kind == "hung"
