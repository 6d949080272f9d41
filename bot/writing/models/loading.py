"""Loads a `local:` model: a hub id, a folder, a GGUF file or a folder with one in it.

It runs in whatever format the machine multiplies fastest, which is measured: many processors know
bf16 by name only. Nothing that it reads may run code of its own: no pickles, no remote code.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers import logging as vendor_log

from bot.errors import ModelError, first_line
from bot.language import hub
from bot.writing.models.place import place

log = structlog.get_logger()

_SIZE = 1024  # of the matrices that are multiplied to see what is fast
_ROWS = (1, 64)  # one is how text is written, many is how a prompt is read
_TIMES = 3
# What transformers, its hub client and safetensors raise for whatever is not there or not right.
_BREAKS = (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError, AttributeError)


@dataclass(frozen=True)
class Loaded:
    """A model that is ready to write. `name` is its setting, `reads` how many tokens it can see."""

    name: str
    model: Any
    tokenizer: Any
    reads: int

    @property
    def instructed(self) -> bool:
        """Whether it has a chat template, and so knows what a system prompt is."""
        return bool(self.tokenizer.chat_template)


def load(setting: str) -> Loaded:
    """The model, ready to write; `ModelError` when it is not there or cannot be used."""
    where = place(setting)
    vendor_log.set_verbosity_error()  # type: ignore[no-untyped-call]
    vendor_log.disable_progress_bar()  # type: ignore[no-untyped-call]
    started = time.perf_counter()
    more: dict[str, Any] = {"gguf_file": where.gguf} if where.gguf else {}
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = fastest(device)

    def read(name: str, here: bool) -> tuple[Any, Any]:
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=here, **more)
        model: Any = AutoModelForCausalLM.from_pretrained(
            name, local_files_only=here, dtype=dtype, **more
        )
        return tokenizer, model.to(device).eval()

    try:
        tokenizer, model = hub.read(where.name, read) if where.hub else read(where.name, True)
    except _BREAKS as error:
        cause = first_line(error)
        kind = "not_fetched" if where.hub else "not_loaded"
        raise ModelError(kind, model=setting, name=where.name, cause=cause) from error
    if tokenizer.eos_token_id is None:
        raise ModelError("not_loaded", model=setting, name=where.name, cause="no end-of-text token")
    reads = getattr(model.config, "max_position_embeddings", None) or tokenizer.model_max_length
    log.info(
        "model.loaded",
        model=setting,
        device=device,
        dtype=str(dtype).removeprefix("torch."),
        seconds=round(time.perf_counter() - started, 1),
    )
    return Loaded(setting, model, tokenizer, min(int(reads), 1_000_000))


def fastest(device: str) -> torch.dtype:
    """bf16 where this machine multiplies it at least as fast as fp32, else fp32."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    slower = any(_seconds(rows, torch.bfloat16) > _seconds(rows, torch.float32) for rows in _ROWS)
    return torch.float32 if slower else torch.bfloat16


def _seconds(rows: int, dtype: torch.dtype) -> float:
    """The best time of a few for `rows` times a matrix."""
    left, right = torch.ones(rows, _SIZE, dtype=dtype), torch.ones(_SIZE, _SIZE, dtype=dtype)

    def once() -> float:
        started = time.perf_counter()
        torch.mm(left, right)
        return time.perf_counter() - started

    return min(once() for _ in range(_TIMES))


def threads(wished: int) -> int:
    """How many processor threads a model may use: as wished, else all but one of this process's."""
    count: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    have = len(count(0)) if count else os.cpu_count() or 1
    return wished or max(1, have - 1)
