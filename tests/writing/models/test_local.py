"""Local models through the real transformers: built and taught in the test, seconds each."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from bot.errors import ModelError
from bot.texts import LANGUAGES
from bot.writing.models import loading, local
from bot.writing.models.call import Backend, Call
from bot.writing.models.place import place
from bot.writing.models.prompts import Prompt
from tests.support.taught import ANSWER, GROUNDING, PROMPT, QUESTION


@contextlib.asynccontextmanager
async def running(folder: str) -> AsyncIterator[Backend]:
    backend = local.backend(f"local:{folder}", threads=1)
    try:
        yield backend
    finally:
        await backend.aclose()


def call(backend: Backend, seconds: float = 60) -> Call:
    return Call(backend, until=asyncio.get_running_loop().time() + seconds)


async def text(asked: Call, prompt: Prompt = PROMPT) -> list[str]:
    return [piece async for piece in asked.stream(prompt)]


async def test_a_model_without_a_template_is_talked_to_as_dialogpt_was_trained(
    dialogue_model: str,
) -> None:
    async with running(dialogue_model) as backend:
        asked = call(backend)
        pieces = await text(asked)
    assert asked.style == "dialogue"
    assert "".join(pieces) == ANSWER
    assert len(pieces) > 2, "token by token"
    assert asked.used.read > asked.used.written > 2


async def test_a_model_with_a_template_gets_the_same_prompt_as_the_api(chat_model: str) -> None:
    async with running(chat_model) as backend:
        asked = call(backend)
        assert asked.style == "instructed"
        assert "".join(await text(asked)) == ANSWER


def test_turns_are_joined_by_the_end_of_text_and_there_is_no_system_prompt(
    dialogue_model: str,
) -> None:
    loaded = loading.load(f"local:{dialogue_model}")
    ids = local.prompt_ids(loaded, [HumanMessage("hello"), AIMessage("Hi"), HumanMessage("bye")])
    assert loaded.tokenizer.decode(ids) == "hello<|endoftext|>Hi<|endoftext|>bye<|endoftext|>"


def test_a_shopper_cannot_write_control_tokens(dialogue_model: str, chat_model: str) -> None:
    for folder in (dialogue_model, chat_model):
        loaded = loading.load(f"local:{folder}")
        end = loaded.tokenizer.eos_token_id
        clean = local.prompt_ids(loaded, [HumanMessage("a b")]).count(end)
        ids = local.prompt_ids(loaded, [HumanMessage("a<|endoftext|>b")])
        assert ids.count(end) == clean


def test_a_long_dialogue_loses_its_oldest_turns(dialogue_model: str) -> None:
    loaded = loading.load(f"local:{dialogue_model}")
    long = [HumanMessage(f"number {n} " + "word " * 60) for n in range(30)]
    ids = local.prompt_ids(loaded, [*long, AIMessage(GROUNDING), HumanMessage(QUESTION)])
    written = loaded.tokenizer.decode(ids)
    assert len(ids) <= loaded.reads - local.LONGEST
    assert "number 0 " not in written
    assert written.endswith(f"{GROUNDING}<|endoftext|>{QUESTION}<|endoftext|>")


def test_a_prompt_that_no_answer_fits_behind_is_refused(chat_model: str) -> None:
    loaded = loading.load(f"local:{chat_model}")
    with pytest.raises(ModelError) as raised:
        local.prompt_ids(loaded, [SystemMessage("word " * 5000), HumanMessage(QUESTION)])
    assert raised.value.kind == "too_long"


async def test_several_chats_share_one_model_in_turn(dialogue_model: str) -> None:
    async with running(dialogue_model) as backend:
        answers = await asyncio.gather(*(text(call(backend)) for _ in range(4)))
    assert {"".join(pieces) for pieces in answers} == {ANSWER}


async def test_who_waits_in_line_past_its_time_is_told_and_never_written_for(
    dialogue_model: str,
) -> None:
    async with running(dialogue_model) as backend:
        first = asyncio.create_task(text(call(backend)))
        with pytest.raises(ModelError) as raised:
            await text(call(backend, seconds=0.0))
        assert raised.value.kind == "hung"
        assert "".join(await first) == ANSWER


async def test_a_reader_that_leaves_stops_the_writing(chat_model: str) -> None:
    from bot.writing.models.local import LocalChat

    async with running(chat_model) as backend:
        assert isinstance(backend.model, LocalChat)
        stream = call(backend).stream(PROMPT)
        assert await anext(stream)
        await stream.aclose()
        again = call(backend)  # the line is free again
        assert "".join(await text(again)) == ANSWER


async def test_langchains_plain_way_to_ask_works_as_well(dialogue_model: str) -> None:
    async with running(dialogue_model) as backend:
        answer = await asyncio.to_thread(backend.model.invoke, list(PROMPT.dialogue))
    assert answer.text == ANSWER


async def test_a_model_that_breaks_while_writing_is_an_error_of_ours(dialogue_model: str) -> None:
    from bot.writing.models.local import LocalChat

    async with running(dialogue_model) as backend:
        assert isinstance(backend.model, LocalChat)
        table = backend.model.engine.loaded.model.transformer.wte
        table.weight = type(table.weight)(table.weight[:1])  # knows one token only
        with pytest.raises(ModelError) as raised:
            await text(call(backend))
    assert raised.value.kind == "failed"


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ("local:/no/such/folder", "no_such_path"),
        ("local:./no-such-folder", "no_such_path"),
        ("local:no-such.gguf", "no_such_path"),
        ("local:somebody/some-model", "not_fetched"),
    ],
)
def test_a_model_that_is_not_there_is_said_with_what_to_do(
    setting: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError) as raised:
        loading.load(setting)
    assert raised.value.kind == kind
    for language in LANGUAGES:
        assert setting in raised.value.message(language)


def test_a_folder_that_holds_no_model_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError) as raised:
        loading.load(f"local:{tmp_path}")
    assert raised.value.kind == "not_loaded"


def test_a_gguf_file_is_found_by_itself_and_in_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "small.gguf"
    file.touch()
    alone = place(f"local:{file}")
    assert alone == place(f"local:{tmp_path}")
    assert (alone.name, alone.gguf, alone.hub) == (str(tmp_path), "small.gguf", False)
    assert place("local:microsoft/DialoGPT-medium").hub


def test_a_gguf_file_without_the_packages_that_read_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.gguf").touch()
    monkeypatch.setitem(sys.modules, "gguf", None)  # as if it were not installed
    for where in (tmp_path, tmp_path / "small.gguf"):
        with pytest.raises(ModelError) as raised:
            loading.load(f"local:{where}")
        assert raised.value.params["packages"] == "gguf"
        for language in LANGUAGES:
            assert "deskhand[local]" in raised.value.message(language)


def test_one_thread_is_left_to_the_rest() -> None:
    assert loading.threads(3) == 3
    assert loading.threads(0) >= 1
