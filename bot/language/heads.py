"""Heads: what a message means in one respect, as calibrated probabilities.

A head is a small matrix on a message's vector, the encoder's and that of its words side by side,
fitted on `examples/` by `bot train-heads` (`teaching.py`) and shipped in `fitted/`, a folder for
each encoder that we know. Another encoder has none until they are fitted for it.
"""

import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.errors import EncoderError
from bot.language import ngrams
from bot.language.contacts import EMAIL
from bot.language.regression import Floats, probabilities
from bot.language.wording import ends, plain

SHIPPED = Path(__file__).parent / "fitted"
CARD = "heads.json"
NAMES = (
    "aspect",
    "goes",
    "mood",
    "order",
    "person",
    "reply",
    "talk",
    "want",
    "which",
)  # those that the bot reads
POSSIBLE = 0.4  # of a class that something else than the head holds to be meant
WORDS = 1.2  # how long a vector of words is beside an encoder's, which is 1
# Order numbers, codes, phone numbers, amounts, dates: digits with the letters that belong to them.
_NUMBER = re.compile(
    r"(?:# ?)?(?:(?<![A-Za-z])[A-Za-z]{1,4}[-_]?)?\+?\d[\dA-Za-z]*(?:[-_.,:/ ]\d[\dA-Za-z]*){0,20}"
    r"(?:-[A-Z]{1,4}\b)?"
)
_ANY_NUMBER, _ANY_EMAIL = "100", "name@example.com"

Encode = Callable[[Sequence[str]], Floats]
"""Gives unit vectors (n, d) of texts."""
Judge = Callable[[str, str], Mapping[str, float]]
"""Tells of a head's name and a text how likely (0..1) each class is; empty without such a head."""


def unknown(_head: str, _text: str) -> Mapping[str, float]:
    """The `Judge` of a shop without heads."""
    return {}


def neutral(text: str) -> str:
    """`text` as a head reads it: any number or address in it stands for all others, so that what a
    message means can't depend on the digits or the prefix of an order's number."""
    return _NUMBER.sub(_ANY_NUMBER, EMAIL.sub(_ANY_EMAIL, plain(ends(text))))


def features(texts: Sequence[str], encode: Encode) -> Floats:
    """What a head reads of texts, a row each."""
    texts = [neutral(text) for text in texts]
    return np.hstack([encode(texts), WORDS * np.stack([ngrams.hashed(text) for text in texts])])


@dataclass(frozen=True)
class Head:
    """`weights` is (features + 1, classes), its last row the bias; `labels` name the classes."""

    labels: tuple[str, ...]
    weights: Floats

    def read(self, text: str, encode: Encode) -> dict[str, float]:
        """How likely (0..1, 1 in all) a message is of each class."""
        shares = probabilities(self.weights, features([text], encode)[0])
        return dict(zip(self.labels, shares.tolist(), strict=True))


def folder_of(encoder: str, fitted: Path = SHIPPED) -> Path:
    """Where the heads for the encoder of this name are kept."""
    return fitted / encoder.removeprefix("wheel:").replace("/", "--")


@cache
def load(encoder: str, fitted: Path = SHIPPED) -> Mapping[str, Head]:
    """`read`, once for all who ask."""
    return read(encoder, fitted)


def read(encoder: str, fitted: Path) -> Mapping[str, Head]:
    """The heads fitted for the encoder, by name, empty when there are none; `EncoderError` when a
    file is not the one that was written."""
    folder = folder_of(encoder, fitted)
    if not (folder / CARD).exists():
        return {}
    file = CARD
    heads = {}
    try:
        for name, card in json.loads((folder / CARD).read_text(encoding="utf-8")).items():
            file = f"{name}.npy"
            data = (folder / file).read_bytes()
            if hashlib.sha256(data).hexdigest() != card["sha256"]:
                raise ValueError("another checksum")
            weights = np.load(io.BytesIO(data), allow_pickle=False).astype(np.float32)
            heads[name] = Head(tuple(card["labels"]), weights)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError("index.encoder_damaged", folder=folder.name, file=file) from error
    return heads


def save(
    encoder: str,
    heads: Mapping[str, Head],
    figures: Mapping[str, Mapping[str, Any]],
    fitted: Path = SHIPPED,
) -> Path:
    """Write heads, in half precision, with their checksums and the `figures` that were measured
    when they were fitted, beside those that stand already; the folder."""
    folder = folder_of(encoder, fitted)
    folder.mkdir(parents=True, exist_ok=True)
    card = folder / CARD
    cards = json.loads(card.read_text(encoding="utf-8")) if card.exists() else {}
    for name, head in heads.items():
        file = io.BytesIO()
        np.save(file, head.weights.astype(np.float16), allow_pickle=False)
        (folder / f"{name}.npy").write_bytes(file.getvalue())
        sha256 = hashlib.sha256(file.getvalue()).hexdigest()
        cards[name] = {"labels": head.labels, "sha256": sha256, **figures.get(name, {})}
    text = json.dumps(cards, ensure_ascii=False, indent=2)
    card.write_text(text + "\n", encoding="utf-8")
    return folder
