"""An encoder's last layers as search has them: tuned on what shoppers ask, and shipped.

`fitted/<encoder>/search.safetensors` holds what is added to the weights of the last layers of an
encoder that we know, matrices as two thin factors, and `search.json` its checksum and how it was
measured. `tests/bench/tuning.py` fits them. Only exporting reads them (`embedder`): the exported
model gives two vectors, the one that the original gives and the one that search compares.
"""

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import EncoderError
from bot.language.heads import SHIPPED, folder_of

if TYPE_CHECKING:
    import torch

FILE, CARD = "search.safetensors", "search.json"
_DOWN, _UP = ".down", ".up"  # the factors of what is added to a matrix

Tensors = Mapping[str, "torch.Tensor"]


def read(encoder: str, fitted: Path = SHIPPED) -> bytes:
    """The file for the encoder of this name, empty where there is none; `EncoderError` when it is
    not the one that its card names."""
    folder = folder_of(encoder, fitted)
    if not (folder / CARD).exists():
        return b""
    try:
        data = (folder / FILE).read_bytes()
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        if hashlib.sha256(data).hexdigest() != card["sha256"]:
            raise ValueError("another checksum")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError("index.encoder_damaged", folder=folder.name, file=FILE) from error
    return data


def save(
    encoder: str, tensors: Tensors, figures: Mapping[str, Any], fitted: Path = SHIPPED
) -> None:
    """Write what `layers` adds, in half precision, with its checksum and the `figures`."""
    from safetensors.torch import save as packed

    folder = folder_of(encoder, fitted)
    folder.mkdir(parents=True, exist_ok=True)
    data = packed({name: each.half().contiguous() for name, each in tensors.items()})
    (folder / FILE).write_bytes(data)
    card = {"sha256": hashlib.sha256(data).hexdigest(), **figures}
    (folder / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def layers(of_model: "torch.nn.ModuleList", data: bytes) -> "torch.nn.ModuleList":
    """Copies of the model's last layers with what `data` holds added: as many as it names."""
    import torch
    from safetensors.torch import load

    tensors = {name: each.float() for name, each in load(data).items()}
    count = 1 + max(int(name.partition(".")[0]) for name in tensors)
    found = copied(of_model, count)
    weights = dict(found.named_parameters())
    with torch.no_grad():
        for name, down in tensors.items():
            if name.endswith(_DOWN):
                matrix = name.removesuffix(_DOWN)
                weights[matrix].add_(tensors[matrix + _UP] @ down)
    return found


def copied(of_model: "torch.nn.ModuleList", count: int) -> "torch.nn.ModuleList":
    """A copy of the last `count` layers."""
    import torch

    return torch.nn.ModuleList(copy.deepcopy(list(of_model)[-count:]))


def factors(name: str, down: "torch.Tensor", up: "torch.Tensor") -> dict[str, "torch.Tensor"]:
    """What is added to the matrix `name`, `up` (rows, rank) times `down` (rank, columns), as a part
    of what `save` writes."""
    return {f"{name}{_DOWN}": down, f"{name}{_UP}": up}
