"""One model writing one text, or calling tools: streamed, within its deadline, tried again where
that may help.

Whatever goes wrong becomes a `ModelError` whose kind says what. Who is asked next is the ladder's
affair, and whether what was written is true the grounding check's.
"""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal, cast

import structlog
from langchain.chat_models import BaseChatModel
from langchain.messages import AIMessageChunk
from langchain_core.messages import BaseMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from bot import metrics
from bot.errors import ModelError
from bot.writing.models.ledger import Used, estimate
from bot.writing.models.prompts import Prompt

log = structlog.get_logger()

Style = Literal["instructed", "dialogue"]

FULLEST = (4, 900)  # passages that a prompt carries at the most, and characters of each
ATTEMPTS = 3
FIRST_PAUSE = 0.5  # seconds before the second attempt, doubled for the third, each ± half
SILENCE = 10.0  # seconds without a token after which nobody believes that more will come
_TOO_LATE = 1.0  # seconds that an attempt needs at the least
_WORTH_REPEATING = frozenset({"busy", "server", "unreachable"})
_ENDINGS = frozenset({"stop", "length", "eos", "tool_calls"})
_LONGEST_CALLS = 2000  # characters of tool calls; no message asks for so much


@dataclass(frozen=True)
class Backend:
    """A model that can be asked. Whatever of `breaks` it raises, `translate` puts into our words;
    its second argument is whether the text had begun. `room` is how many passages its prompt should
    carry, and how many characters of each; `silence` the seconds that it may take to go on."""

    name: str  # as in the setting
    model: BaseChatModel
    style: Style
    breaks: tuple[type[Exception], ...]
    translate: Callable[[Exception, bool], ModelError]
    aclose: Callable[[], Awaitable[None]]
    room: tuple[int, int] = FULLEST
    silence: float = SILENCE

    @property
    def calls_tools(self) -> bool:
        """Whether langchain can offer it tools; whether its server takes them is seen then."""
        return type(self.model).bind_tools is not BaseChatModel.bind_tools


class Call:
    """The right to have one model write; `used` is what that took, known or estimated.

    `until` is its deadline on the running loop's clock. `whole` turns False when the model was
    stopped at its most tokens: the last sentence is then half of one.
    """

    def __init__(self, backend: Backend, *, until: float) -> None:
        self.name = backend.name
        self.style = backend.style
        self.room = backend.room
        self.until = until
        self.used = Used(0, 0)
        self.whole = True
        self._backend = backend

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The text, piece by piece; `ModelError` when it does not come to a proper end."""
        messages = prompt.messages if self.style == "instructed" else prompt.dialogue
        async with aclosing(self._tried(self._backend.model, messages)) as chunks:
            async for chunk in chunks:
                if chunk.tool_call_chunks:
                    raise ModelError("garbled", model=self.name)  # nobody offered it any
                if piece := chunk.text:
                    yield piece

    async def calls(
        self, prompt: Prompt, tools: Sequence[type[BaseModel]]
    ) -> list[tuple[str, Mapping[str, Any]]]:
        """The tools that the model calls, by name, with what it gives them, unchecked; none where
        it only writes. `ModelError` as with `stream`, and where it never comes to an end."""
        model = self._backend.model.bind_tools(list(tools))
        found: list[AIMessageChunk] = []
        size = 0
        read = tokens_of(tools)
        async with aclosing(self._tried(model, prompt.messages, read)) as chunks:
            async for chunk in chunks:
                size += len(chunk.text) + _size(chunk)
                if size > _LONGEST_CALLS:
                    raise ModelError("garbled", model=self.name)
                found.append(chunk)
        if not self.whole:
            raise ModelError("cut", model=self.name)
        try:
            whole = add_ai_message_chunks(*found)
        except (ValueError, TypeError, LookupError) as error:
            raise ModelError("garbled", model=self.name) from error
        if whole.invalid_tool_calls:
            raise ModelError("garbled", model=self.name)
        return [(each["name"], each["args"]) for each in whole.tool_calls]

    async def _tried(
        self, model: Runnable[Any, Any], messages: Sequence[BaseMessage], beside: int = 0
    ) -> AsyncGenerator[AIMessageChunk, None]:
        """The pieces of the first attempt that begins; `beside` the messages it reads so many
        tokens."""
        for attempt in range(ATTEMPTS):
            begun = False
            try:
                async with aclosing(self._once(model, messages, beside)) as chunks:
                    async for chunk in chunks:
                        begun = True
                        yield chunk
                return
            except ModelError as error:
                metrics.model_failed(self.name, error.kind)
                pause = self._pause(error, attempt)
                if begun or pause is None:
                    raise
                log.warning(
                    "model.retrying", model=self.name, kind=error.kind, pause=round(pause, 2)
                )
            await asyncio.sleep(pause)

    def _pause(self, error: ModelError, attempt: int) -> float | None:
        """Seconds until the next attempt; None when there is no point or no time."""
        if error.kind not in _WORTH_REPEATING or attempt + 1 == ATTEMPTS:
            return None
        own = FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5)
        pause = max(own, error.retry_after or 0.0)
        left = self.until - asyncio.get_running_loop().time()
        return pause if pause + _TOO_LATE <= left else None

    async def _once(
        self, model: Runnable[Any, Any], messages: Sequence[BaseMessage], beside: int
    ) -> AsyncGenerator[AIMessageChunk, None]:
        """One attempt. It counts what it used whatever becomes of it."""
        before = self.used
        read = sum(estimate(str(message.content)) for message in messages) + beside
        written = 0
        told: Used | None = None
        ending = ""
        loop = asyncio.get_running_loop()
        try:
            stream = model.astream(list(messages))
            async with aclosing(cast(AsyncGenerator[AIMessageChunk, None], stream)) as chunks:
                while True:
                    try:
                        async with asyncio.timeout_at(
                            min(self.until, loop.time() + self._backend.silence)
                        ):
                            chunk = await anext(chunks)
                    except StopAsyncIteration:
                        break
                    ending = chunk.response_metadata.get("finish_reason") or ending
                    told = _told(chunk) or told
                    if chunk.text or chunk.tool_call_chunks:
                        written += estimate(chunk.text) + (_size(chunk) + 3) // 4
                        yield chunk
        except TimeoutError as error:
            raise ModelError("hung", model=self.name) from error
        except ModelError:
            raise
        except self._backend.breaks as error:
            raise self._backend.translate(error, written > 0) from error
        finally:
            used = told or Used(read, written)
            self.used = Used(before.read + used.read, before.written + used.written)
        if not written:
            raise ModelError("empty", model=self.name)
        if ending not in _ENDINGS:
            raise ModelError("cut" if not ending else "withheld", model=self.name)
        self.whole = ending != "length"


def tokens_of(tools: Sequence[type[BaseModel]]) -> int:
    """About how many tokens the description of tools is."""
    described = [convert_to_openai_tool(each) for each in tools]
    return estimate(json.dumps(described, ensure_ascii=False))


def _size(chunk: AIMessageChunk) -> int:
    """Characters of the tool calls in a chunk."""
    return sum(len(each["name"] or "") + len(each["args"] or "") for each in chunk.tool_call_chunks)


def _told(chunk: AIMessageChunk) -> Used | None:
    usage = chunk.usage_metadata
    return Used(usage["input_tokens"], usage["output_tokens"]) if usage else None
