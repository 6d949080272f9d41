"""Dialogues as token ids: one example an answer, with all that was said before it.

A base with a chat template gets its template; one without, as DialoGPT was trained: turns joined by
the end-of-text token. What is too long loses its older turns, then the answer's end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.writing.training.dialogues import Dialogue, Said

IGNORED = -100
"""The label that no loss is counted for."""

_CHAT_ROLES = {"shopper": "user", "agent": "assistant"}


@dataclass(frozen=True)
class Example:
    """Token ids of prompt and answer; the answer begins at `answer_at`."""

    ids: tuple[int, ...]
    answer_at: int

    @property
    def labels(self) -> tuple[int, ...]:
        """The answer's ids at their places, `IGNORED` before."""
        return (IGNORED,) * self.answer_at + self.ids[self.answer_at :]


def examples(dialogue: Dialogue, tokenizer: Any, limit: int) -> Iterator[Example]:
    """An example for each of the agent's turns, of at most `limit` tokens.

    Where the question alone leaves less than a quarter of `limit`, there is none.
    """
    for at, said in enumerate(dialogue.said):
        if said.role != "agent":
            continue
        before, answer = dialogue.said[:at], _answer(dialogue.said[: at + 1], tokenizer)
        prompt = prompt_ids(before, tokenizer, limit - len(answer)) or prompt_ids(
            before[-1:], tokenizer, limit - limit // 4
        )
        if prompt:
            yield Example((*prompt, *answer)[:limit], len(prompt))


def prompt_ids(said: Sequence[Said], tokenizer: Any, limit: int) -> list[int]:
    """What is put before an answer to the last of `said`: its newest turns that fit in `limit`.

    Empty when not even the last one fits.
    """
    for start in range(0, len(said), 2):  # a shopper's turn and its answer go together
        ids = _ids(tokenizer, _prompt(said[start:], tokenizer))
        if len(ids) <= limit:
            return ids
    return []


def longest(tokenizer: Any, config: Any, wish: int) -> int:
    """Tokens that an example may have: what is wished for, or less where the model reads less."""
    reads = getattr(config, "max_position_embeddings", None) or tokenizer.model_max_length
    return int(min(wish, reads))


def _prompt(said: Sequence[Said], tokenizer: Any) -> str:
    if tokenizer.chat_template:
        text: str = tokenizer.apply_chat_template(
            _messages(said), tokenize=False, add_generation_prompt=True
        )
        return text
    return "".join(one.text + tokenizer.eos_token for one in said)


def _answer(said: Sequence[Said], tokenizer: Any) -> list[int]:
    """The last turn and the token that ends it, as the model is to write them."""
    text = said[-1].text + tokenizer.eos_token
    if tokenizer.chat_template:
        before = _prompt(said[:-1], tokenizer)
        whole: str = tokenizer.apply_chat_template(_messages(said), tokenize=False)
        # Some templates write past turns differently from the one that is to come.
        if whole.startswith(before):
            text = whole[len(before) :]
            end = text.rfind(tokenizer.eos_token)
            text = text[: end + len(tokenizer.eos_token)] if end >= 0 else text
    return _ids(tokenizer, text)


def _messages(said: Sequence[Said]) -> list[dict[str, str]]:
    return [{"role": _CHAT_ROLES[one.role], "content": one.text} for one in said]


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])
