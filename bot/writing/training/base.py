"""Loads the model to start from, with its tokenizer, and makes it ready to learn.

A base is a hub id, a `save_pretrained` folder, or a GGUF file of an architecture that transformers
reads. Small bases learn whole; larger ones by LoRA, whose weights are merged in at the end.
"""

import logging
import math
import os
import warnings
from collections.abc import Callable
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import logging as vendor_log

from bot.errors import ModelError, TrainingError, first_line
from bot.language import hub
from bot.writing.models.place import place

Method = Literal["full", "lora"]

WHOLE_UP_TO = 200_000_000
"""Parameters up to which a base learns whole: with its optimizer it takes 3.2 GB."""

_RANK = 16
_SCALE = 2 * _RANK


def silence() -> None:
    """The command shows its own progress: the libraries' bars and hints would tear it."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    vendor_log.set_verbosity_error()  # type: ignore[no-untyped-call]
    vendor_log.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"(torch|transformers|peft|accelerate)\b")


def load_tokenizer(base: str) -> Any:
    """The base's tokenizer; `TrainingError` when there is none that ends a text."""
    try:
        tokenizer = _read(base, AutoTokenizer.from_pretrained)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError) as error:
        raise TrainingError("training.base_missing", base=base, cause=first_line(error)) from error
    if tokenizer.eos_token_id is None:
        raise TrainingError("training.base_unfit", base=base, cause="no end-of-text token")
    return tokenizer


def load_model(base: str) -> PreTrainedModel:
    """The base in 32-bit floats on the processor, as an ordinary model."""
    try:
        model = _read(base, AutoModelForCausalLM.from_pretrained, dtype=torch.float32)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError) as error:
        # Hub, network, configuration and weight errors all derive from these.
        raise TrainingError("training.base_missing", base=base, cause=first_line(error)) from error
    return _unpacked(model)


def device() -> str:
    """What this machine trains on."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def method_for(model: PreTrainedModel, wish: str) -> Method:
    """What was wished for; of itself whole for small bases, LoRA for larger ones."""
    if wish == "full" or (wish == "auto" and model.num_parameters() <= WHOLE_UP_TO):
        return "full"
    return "lora"


def rate_for(model: PreTrainedModel, method: Method) -> float:
    """A learning rate that suits the size: 5e-5 at GPT-2's 124 million, more below; LoRA's own."""
    if method == "lora":
        return 2e-4
    return min(1e-3, 5e-5 * math.sqrt(124_000_000 / max(1, model.num_parameters())))


def with_lora(model: Any, seed: int) -> Any:
    """The model with small matrices beside every linear layer; only these learn."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)  # they begin at random
    if device() == "cuda" and torch.cuda.is_bf16_supported():
        model = model.to(torch.bfloat16)  # the base stands still: half the memory costs nothing
    return get_peft_model(
        model,
        LoraConfig(
            r=_RANK,
            lora_alpha=_SCALE,
            lora_dropout=0.05,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
    )


def merged(model: Any) -> PreTrainedModel:
    """An ordinary model: LoRA's matrices, if there are any, are added into the base's."""
    plain: PreTrainedModel = (
        model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
    )
    return plain


def _read(base: str, from_pretrained: Callable[..., Any], **more: object) -> Any:
    """Whatever `BOT_LLM=local:` takes is a base."""
    try:
        where = place(base)
    except ModelError as error:
        raise TrainingError("training.base_missing", base=base, cause="no such path") from error
    if where.gguf:
        more["gguf_file"] = where.gguf

    def read(name: str, here: bool) -> Any:
        return from_pretrained(name, local_files_only=here, **more)

    return hub.read(where.name, read) if where.hub else read(where.name, True)


def _unpacked(model: PreTrainedModel) -> PreTrainedModel:
    """A model read from GGUF still says that it is quantized, and could not be saved."""
    config = model.config
    if not hasattr(config, "quantization_config"):
        return model
    del config.quantization_config
    fresh = type(model)(config)
    fresh.load_state_dict(model.state_dict())
    fresh.generation_config = model.generation_config
    return fresh
