"""`local:` models: transformers behind langchain's chat model, one model for all chats.

One thread generates, whoever comes meanwhile waits in its queue; a reader that leaves, or whose
time is up, stops the writing at the next token. With a chat template a model gets the prompt that
the API gets; without one it is taken for a DialoGPT: turns joined by the end-of-text token.
"""

import asyncio
import math
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import torch
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict
from transformers import StoppingCriteria, StoppingCriteriaList, TextStreamer

from bot.errors import ModelError
from bot.writing.models import loading
from bot.writing.models.call import Backend, Style
from bot.writing.models.loading import Loaded

LONGEST = 160  # tokens of an answer
_STEP = 128  # tokens of a prompt that are read between two looks at whether anybody still waits
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}
_BREAKS = (RuntimeError, ValueError, TypeError, LookupError, MemoryError, AttributeError)

Tell = Callable[[AIMessageChunk], None]


def backend(setting: str, *, threads: int) -> Backend:
    """The model of a setting "local:<hub id or path>", loaded; `ModelError` when it cannot be."""
    loaded = loading.load(setting)
    model = LocalChat(engine=Engine(loaded, loading.threads(threads)), name=setting)

    def translate(error: Exception, _: bool) -> ModelError:
        return ModelError("failed", model=setting, cause=type(error).__name__)

    async def aclose() -> None:
        await asyncio.to_thread(model.engine.close)

    style: Style = "instructed" if loaded.instructed else "dialogue"
    return Backend(setting, model, style, _BREAKS, translate, aclose, (2, 600), math.inf)


class Engine:
    """The model and the one thread that runs it."""

    def __init__(self, loaded: Loaded, threads: int) -> None:
        self.loaded = loaded
        self._over = threading.Event()
        self._thread = ThreadPoolExecutor(
            1, "model", initializer=torch.set_num_threads, initargs=(threads,)
        )

    def submit(
        self, messages: Sequence[BaseMessage], tell: Tell, stop: threading.Event
    ) -> "Future[None]":
        """Write an answer when the turn has come; `tell` gets each piece, on the model's thread."""
        return self._thread.submit(self._write, messages, tell, stop)

    def close(self) -> None:
        """Stop what is being written and wait for its end."""
        self._over.set()
        self._thread.shutdown(cancel_futures=True)

    def _write(self, messages: Sequence[BaseMessage], tell: Tell, stop: threading.Event) -> None:
        def unwanted() -> bool:
            return stop.is_set() or self._over.is_set()

        if unwanted():
            return
        model, tokenizer = self.loaded.model, self.loaded.tokenizer
        ids = torch.tensor([prompt_ids(self.loaded, messages)], device=model.device)
        with torch.inference_mode():
            cache = self._read(ids, unwanted)
            if cache is None:
                return
            pieces = _Pieces(tokenizer, tell)
            found = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                past_key_values=cache,
                do_sample=False,
                max_new_tokens=LONGEST,
                eos_token_id=_ends(self.loaded),
                pad_token_id=tokenizer.eos_token_id,
                stopping_criteria=StoppingCriteriaList([_Unwanted(unwanted)]),
                streamer=pieces,
            )
        if unwanted():
            return
        read, written = ids.shape[1], found.shape[1] - ids.shape[1]
        ended = int(found[0, -1]) in _ends(self.loaded)
        usage = UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
        tell(
            AIMessageChunk(
                content="",
                usage_metadata=usage,
                response_metadata={"finish_reason": "stop" if ended else "length"},
            )
        )

    def _read(self, ids: torch.Tensor, unwanted: Callable[[], bool]) -> Any | None:
        """The cache after all of the prompt but its last token; None when nobody waits any more.

        It is read in steps, since reading a long prompt can take longer than writing the answer.
        """
        cache = None
        for start in range(0, ids.shape[1] - 1, _STEP):
            if unwanted():
                return None
            stop = min(start + _STEP, ids.shape[1] - 1)
            out = self.loaded.model(
                input_ids=ids[:, start:stop],
                attention_mask=torch.ones_like(ids[:, :stop]),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            cache = out.past_key_values
        return cache


class LocalChat(BaseChatModel):
    """langchain's way to ask an `Engine`; meant to be streamed asynchronously."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    engine: Engine

    @property
    def _llm_type(self) -> str:
        return "deskhand-local"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks: list[AIMessageChunk] = []
        self.engine.submit(messages, chunks.append, threading.Event()).result()
        text = "".join(str(chunk.content) for chunk in chunks)
        last = chunks[-1]
        message = AIMessage(
            text, usage_metadata=last.usage_metadata, response_metadata=last.response_metadata
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[AIMessageChunk | None] = asyncio.Queue()
        unwanted = threading.Event()

        def tell(chunk: AIMessageChunk | None) -> None:
            if not unwanted.is_set():
                loop.call_soon_threadsafe(waiting.put_nowait, chunk)

        writing = self.engine.submit(messages, tell, unwanted)
        writing.add_done_callback(lambda _: tell(None))
        try:
            while (chunk := await waiting.get()) is not None:
                yield ChatGenerationChunk(message=chunk)
            writing.result()  # its error, if that was the end
        finally:
            unwanted.set()
            writing.cancel()


class _Pieces(TextStreamer):
    """Tells each piece of text as soon as it is whole; half a character waits for the other."""

    def __init__(self, tokenizer: Any, tell: Tell) -> None:
        super().__init__(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._tell = tell

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        if text:
            self._tell(AIMessageChunk(content=text))


class _Unwanted(StoppingCriteria):
    """Ends the writing when nobody waits for it any more."""

    def __init__(self, unwanted: Callable[[], bool]) -> None:
        self._unwanted = unwanted

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        return torch.full((input_ids.shape[0],), self._unwanted(), device=input_ids.device)


def prompt_ids(loaded: Loaded, messages: Sequence[BaseMessage]) -> list[int]:
    """The tokens that stand before the answer; `ModelError` when the model cannot read so many.

    A dialogue that is too long loses its oldest turns, then the beginning of what is left.
    """
    tokenizer = loaded.tokenizer
    room = loaded.reads - LONGEST if loaded.reads > 2 * LONGEST else loaded.reads // 2
    turns = [(_ROLES[each.type], _plain(str(each.content), tokenizer)) for each in messages]
    if loaded.instructed:
        chat = [{"role": role, "content": text} for role, text in turns]
        ids = list(
            tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)[
                "input_ids"
            ]
        )
        if len(ids) > room:
            raise ModelError("too_long", model=loaded.name, tokens=len(ids), room=room)
        return ids
    said = [
        [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        for _, text in turns
    ]
    while len(said) > 2 and sum(map(len, said)) > room:
        del said[0]
    return [token for turn in said for token in turn][-room:]


def _plain(text: str, tokenizer: Any) -> str:
    """`text` without the tokenizer's own control words: what somebody wrote gives no orders."""
    for token in tokenizer.all_special_tokens:
        text = text.replace(token, " ".join(token))
    return text


def _ends(loaded: Loaded) -> list[int]:
    """The tokens that end an answer, by the model's own account and its tokenizer's."""
    named = loaded.model.generation_config.eos_token_id
    listed = named if isinstance(named, list) else [named]
    return list(
        {cast(int, each) for each in [*listed, loaded.tokenizer.eos_token_id] if each is not None}
    )
