"""The terminal as a channel: lines become messages, its chat's replies are shown, Ctrl-C works."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from bot.channels.console import Console
from bot.errors import DeliveryError
from bot.types import Author, Chat, Incoming, Language, Turn, now
from tests.support.delivery import send


class Typist:
    """Somebody who types `lines` and then Ctrl-D."""

    def __init__(self, *lines: str) -> None:
        self.lines: Iterator[str] = iter(lines)

    def __call__(self) -> str:
        line = next(self.lines, None)
        if line is None:
            raise EOFError
        return line


def reply(text: str, author: Author = Author.BOT) -> Turn:
    return Turn(1, author, text, "en", now())


def console(*lines: str, language: Language = "en") -> tuple[Console, list[Turn]]:
    shown: list[Turn] = []
    return Console("anna", language, read=Typist(*lines), show=shown.append), shown


async def heard(terminal: Console) -> list[Incoming]:
    """What a bot that answers at once hears."""
    received: list[Incoming] = []

    async def handler(incoming: Incoming) -> None:
        received.append(incoming)
        await send(terminal, incoming.chat, reply("Hello."))

    await terminal.run(handler)
    return received


async def test_each_line_is_a_message_of_its_own_until_the_input_ends() -> None:
    terminal, shown = console("  hello ", "", "   ", "1")
    received = await heard(terminal)
    assert [each.text for each in received] == ["hello", "1"]
    assert {each.chat for each in received} == {Chat("console", "anna")}
    assert len({each.message_id for each in received}) == 2
    assert [turn.text for turn in shown] == ["Hello.", "Hello."]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "I would like to talk to a person."), ("zh", "人工")]
)
async def test_a_command_calls_a_person(language: Language, words: str) -> None:
    terminal, _ = console("/person", language=language)
    (incoming,) = await heard(terminal)
    assert incoming.choice == "person"
    assert words in incoming.text
    assert incoming.language == language


async def test_an_agents_and_the_shops_own_lines_are_shown() -> None:
    terminal, shown = console()
    for author in (Author.AGENT, Author.SYSTEM):
        await send(terminal, terminal.chat, reply("Hello.", author))
    assert [turn.author for turn in shown] == [Author.AGENT, Author.SYSTEM]


async def test_another_terminals_reply_is_left_to_that_terminal() -> None:
    terminal, shown = console()
    with pytest.raises(DeliveryError) as raised:
        await send(terminal, Chat("console", "bert"), reply("Not for you."))
    assert raised.value.retry_after is not None
    assert "bert" in raised.value.message("zh")
    assert shown == []


async def test_it_stops_at_once_though_nobody_types() -> None:
    released = threading.Event()

    def typing() -> str:
        released.wait(30)
        return "late"

    terminal = Console("anna", "en", read=typing, show=lambda turn: None)
    running = asyncio.create_task(heard(terminal))
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(30):
            await running
    released.set()  # what is typed now is heard by nobody
