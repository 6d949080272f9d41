"""Dialogues as tokens: what is before an answer, what the loss is counted for, what is cut."""

from pathlib import Path
from typing import Any

import pytest

from bot.writing.training.dialogues import Dialogue, Said
from bot.writing.training.encode import IGNORED, Example, examples, longest, prompt_ids
from tests.support.tiny import make_language_model

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
# As some reasoning models do: the past is written differently from what is to come.
REWRITING = TEMPLATE.replace("<{{ m.role }}>", "<{{ m.role }}{{ loop.index }}>")
SAID = (
    Said("shopper", "Where is it?"),
    Said("agent", "In Rotterdam."),
    Said("shopper", "And when is it here?"),
    Said("agent", "On Thursday, before noon."),
)
END = "<|endoftext|>"


def tokenizer_of(folder: Path, template: str = "") -> Any:
    from transformers import AutoTokenizer

    texts = [said.text for said in SAID]
    return AutoTokenizer.from_pretrained(make_language_model(folder, texts, chat_template=template))


def shown(tokenizer: Any, example: Example) -> tuple[str, str]:
    """Prompt and answer as text; the labels are exactly the answer."""
    prompt, answer = example.ids[: example.answer_at], example.ids[example.answer_at :]
    assert example.labels == (IGNORED,) * len(prompt) + answer
    return tokenizer.decode(list(prompt)), tokenizer.decode(list(answer))


def test_without_a_template_turns_are_joined_by_the_end_token(tmp_path: Path) -> None:
    tokenizer = tokenizer_of(tmp_path)
    found = [shown(tokenizer, one) for one in examples(Dialogue(SAID), tokenizer, 128)]
    assert found == [
        (f"Where is it?{END}", f"In Rotterdam.{END}"),
        (
            f"Where is it?{END}In Rotterdam.{END}And when is it here?{END}",
            f"On Thursday, before noon.{END}",
        ),
    ]


@pytest.mark.parametrize("template", [TEMPLATE, REWRITING])
def test_with_a_template_the_answer_alone_is_learned(tmp_path: Path, template: str) -> None:
    tokenizer = tokenizer_of(tmp_path, template)
    first, second = [shown(tokenizer, one) for one in examples(Dialogue(SAID), tokenizer, 128)]
    assert first[1] == f"In Rotterdam.{END}"
    assert second[1] == f"On Thursday, before noon.{END}"
    assert second[0].endswith("<assistant>")
    assert "In Rotterdam." in second[0]


def test_what_is_too_long_loses_its_older_turns_first(tmp_path: Path) -> None:
    tokenizer = tokenizer_of(tmp_path)
    whole = list(examples(Dialogue(SAID), tokenizer, 128))[1]
    _, second = examples(Dialogue(SAID), tokenizer, len(whole.ids) - 1)
    assert shown(tokenizer, second) == (
        f"And when is it here?{END}",
        f"On Thursday, before noon.{END}",
    )


def test_an_answer_that_does_not_fit_is_cut_and_a_question_that_does_not_is_left_out(
    tmp_path: Path,
) -> None:
    tokenizer = tokenizer_of(tmp_path)
    long = Dialogue((Said("shopper", "Where is it?"), Said("agent", "In Rotterdam. " * 20)))
    (cut,) = examples(long, tokenizer, 32)
    assert len(cut.ids) == 32
    assert shown(tokenizer, cut)[0] == f"Where is it?{END}"
    asked = Dialogue((Said("shopper", "Where is it? " * 20), Said("agent", "In Rotterdam.")))
    assert list(examples(asked, tokenizer, 32)) == []
    assert prompt_ids(asked.said[:1], tokenizer, 32) == []


def test_no_more_tokens_than_the_base_reads(tmp_path: Path) -> None:
    from transformers import AutoConfig

    tokenizer = tokenizer_of(tmp_path)
    config = AutoConfig.from_pretrained(tmp_path)
    assert longest(tokenizer, config, 512) == 128
    assert longest(tokenizer, config, 64) == 64
