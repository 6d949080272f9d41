"""How good a model is: loss on held-out answers, and what it answers to a few questions."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from bot.writing.training.encode import IGNORED, Example

ANSWER_TOKENS = 96
"""Tokens that an answer shown in the report may have."""

Told = Callable[[int, int], None]


def collate(examples: Sequence[Example], pad: int) -> dict[str, torch.Tensor]:
    """A batch, padded on the right: ids, mask and labels, each (examples, tokens)."""
    longest = max(len(one.ids) for one in examples)

    def padded(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
        return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])

    return {
        "input_ids": padded([one.ids for one in examples], pad),
        "attention_mask": padded([[1] * len(one.ids) for one in examples], 0),
        "labels": padded([one.labels for one in examples], IGNORED),
    }


def loss(
    model: Any, examples: Sequence[Example], pad: int, batch: int, told: Told = lambda *_: None
) -> float:
    """Mean negative log-likelihood of an answer's token, in nats, over all answers together."""
    was_training = model.training
    model.eval()
    by_length = sorted(examples, key=lambda one: len(one.ids))
    total = tokens = 0.0
    with torch.inference_mode(), _precision(model):
        for start in range(0, len(by_length), batch):
            inputs = collate(by_length[start : start + batch], pad)
            counted = int((inputs["labels"][:, 1:] != IGNORED).sum())
            found = model(**{name: each.to(model.device) for name, each in inputs.items()}).loss
            total += float(found) * counted
            tokens += counted
            told(min(start + batch, len(by_length)), len(by_length))
    model.train(was_training)
    return total / tokens


def perplexity(mean: float) -> float:
    """The same per token as a number of equally likely choices."""
    return math.exp(min(mean, 700.0))


def answer(model: Any, tokenizer: Any, prompt: Sequence[int], tokens: int = ANSWER_TOKENS) -> str:
    """What the model says after `prompt`, always the most likely next token."""
    was_training = model.training
    model.eval()
    ids = torch.tensor([list(prompt)], device=model.device)
    with torch.inference_mode(), _precision(model):
        written = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=tokens,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=pad_of(tokenizer),
        )
    model.train(was_training)
    text: str = tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True)
    return text.strip()


def pad_of(tokenizer: Any) -> int:
    """GPT-2 and its kin have no padding; the mask hides whatever stands there."""
    pad = tokenizer.pad_token_id
    return int(tokenizer.eos_token_id if pad is None else pad)


def _precision(model: Any) -> torch.autocast:
    """The same arithmetic as in training: bf16 where a GPU has it."""
    kind = model.device.type
    half = kind == "cuda" and torch.cuda.is_bf16_supported()
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=half)
