"""The serving encoder: text to unit vectors with onnxruntime and tokenizers, without torch.

It reads a folder that `embedder.write` wrote: the model as ONNX with pooling and normalisation
inside, its tokenizer, and `encoder.json`. It does not translate: text for an encoder that knows no
Chinese goes through `bridge.encodable` first, which is the caller's task.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
    RuntimeException,
)
from tokenizers import Tokenizer

from bot.database import seals
from bot.errors import EncoderError
from bot.language import unigram
from bot.language.unigram import Unigram

Kind = Literal["query", "passage"]
Vectors = npt.NDArray[np.float32]

CARD = "encoder.json"
MODEL = "model.onnx"
QUICK = "quick.onnx"
TOKENIZER = "tokenizer.json"
FORMAT = 3

# Batches are cut at this many tokens, padding included: 256-token passages go 16 at a time, which
# is as fast as 32 and keeps the peak of the activations near 150 MB.
_BATCH_TOKENS = 4096
# Above this a run gives its working memory back at once: the next one-line question needs little.
_SHRINK_TOKENS = 1024

# Texts tokenised at a time.
_CHUNK = 1024

# What tells whether a text is in the encoder's language. A name or two may fall apart in any.
_LOOKED_AT = 300  # characters
_FEW_WORDS = 3
_PIECES_A_WORD = 1.5

_VENDOR_ERRORS = (Fail, InvalidGraph, InvalidProtobuf, NoSuchFile, RuntimeException)


@dataclass(frozen=True)
class Card:
    """`encoder.json`: what an exported encoder is and which files it consists of.

    `hash` names the folder and stands for the model's source; `prompts` are put before a text, by
    kind; `multilingual` says whether Chinese may be given as it is; `inputs` are the graph's, in
    order; `files` maps each other file to its SHA-256.
    """

    hash: str
    name: str
    dimension: int
    max_length: int
    prompts: dict[str, str]
    multilingual: bool
    inputs: tuple[str, ...]
    pad_id: int
    pad_left: bool
    files: dict[str, str]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Save as `folder/encoder.json`."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        seals.write(folder / CARD, text + "\n")

    @classmethod
    def read(cls, folder: Path, unused: str = "") -> "Card":
        """Load and check every file against its checksum; `EncoderError` names the bad one.

        Files whose names begin with `unused` are not looked at: who serves needs one of the two
        models, and reading the other takes most of a second.
        """
        try:
            fields = json.loads(seals.read(folder / CARD))
            card = cls(**{**fields, "inputs": tuple(fields["inputs"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise EncoderError("index.encoder_damaged", folder=folder.name, file=CARD) from error
        if card.format != FORMAT:
            raise EncoderError("index.encoder_damaged", folder=folder.name, file=CARD)
        for name, expected in card.files.items():
            if unused and name.startswith(unused):
                continue
            if file_hash(folder / name) != expected:
                raise EncoderError("index.encoder_damaged", folder=folder.name, file=name)
        return card


def file_hash(path: Path) -> str:
    """SHA-256 of a file as hex, "" when it cannot be read (so that no checksum matches it)."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


class Encoder:
    """A loaded encoder. Safe to share between threads; one session serves all of them."""

    def __init__(self, folder: Path, threads: int = 1, *, quick: bool = False) -> None:
        """`threads` are used inside one call: for passages all there are; for a question, with the
        8-bit copy, waking a second one takes as long as it saves. `quick` takes that
        copy where there is one: half the time and a quarter of the memory for nearly the same
        vectors. `EncoderError` when damaged."""
        self.card = Card.read(
            folder, unused=MODEL if quick and (folder / QUICK).exists() else QUICK
        )
        model = QUICK if quick and QUICK in self.card.files else MODEL
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Threads that spin while they wait for the next question take the core that the database
        # and the event loop need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / model), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = _tokenizer(folder, self.card)
        except _VENDOR_ERRORS as error:
            raise EncoderError("index.encoder_damaged", folder=folder.name, file=model) from error
        self._shrink = onnxruntime.RunOptions()
        self._shrink.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    @property
    def hash(self) -> str:
        """Stands for the model: vectors of encoders with equal hashes may be compared."""
        return self.card.hash

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return self.card.dimension

    @property
    def multilingual(self) -> bool:
        """Whether Chinese text may be given as it is."""
        return self.card.multilingual

    def knows(self, text: str) -> bool:
        """Whether `text` is in a language of this encoder, as its vocabulary tells: the words of
        other languages fall apart into many pieces or are not known at all."""
        if self.multilingual:
            return True
        if isinstance(self._tokenizer, Unigram):
            return True
        letters = [letter for letter in text[:_LOOKED_AT] if letter.isalpha()]
        if 2 * sum(map(str.isascii, letters)) < len(letters):
            return False
        start = self._tokenizer.encode(text[:_LOOKED_AT], add_special_tokens=False)
        words = len(set(start.word_ids))
        return words <= _FEW_WORDS or len(start.ids) <= _PIECES_A_WORD * words

    def encode(
        self,
        texts: Sequence[str],
        kind: Kind = "query",
        batch_size: int = 32,
        on_progress: Callable[[int], None] | None = None,
    ) -> Vectors:
        """Unit vectors, float32 (len(texts), dimension), in the order of `texts`.

        Longer texts than the model's maximum are cut at its end. `on_progress` is told how many
        texts are done so far, after each batch.
        """
        vectors: Vectors = self.encode_twice(texts, kind, batch_size, on_progress)[0]
        return vectors

    def encode_twice(
        self,
        texts: Sequence[str],
        kind: Kind = "query",
        batch_size: int = 32,
        on_progress: Callable[[int], None] | None = None,
    ) -> Vectors:
        """`encode` and, from the same run, the vectors that search compares, as
        (2, len(texts), dimension); the same ones where the encoder has none for search."""
        vectors = np.zeros((2, len(texts), self.dimension), dtype=np.float32)
        prompt = self.card.prompts.get(kind, "")
        done = 0
        # Longest first: padding stays small, and memory peaks in the first batch, not the last.
        by_size = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        for start in range(0, len(texts), _CHUNK):
            chunk = by_size[start : start + _CHUNK]
            tokens = self._tokens([prompt + texts[at].strip() for at in chunk])
            pairs = sorted(zip(chunk, tokens, strict=True), key=lambda pair: -len(pair[1]))
            for batch in _batches(pairs, batch_size):
                rows = [at for at, _ in batch]
                vectors[:, rows] = self._run([tokens for _, tokens in batch])
                done += len(batch)
                if on_progress is not None:
                    on_progress(done)
        return vectors

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        if isinstance(self._tokenizer, Unigram):
            return [self._tokenizer.encode(text) for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]

    def _run(self, encodings: Sequence[Sequence[int]]) -> Vectors:
        """One batch through the model, padded to its longest text: (1 or 2, texts, dimension)."""
        shape = (len(encodings), max(1, *map(len, encodings)))
        ids = np.full(shape, self.card.pad_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        types = np.zeros(shape, dtype=np.int64)
        for row, encoding in enumerate(encodings):
            length = len(encoding)
            columns = slice(shape[1] - length, None) if self.card.pad_left else slice(0, length)
            ids[row, columns] = encoding
            mask[row, columns] = 1
        arrays = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        feed = {name: arrays[name] for name in self.card.inputs}
        options = self._shrink if ids.size > _SHRINK_TOKENS else None
        vectors: Vectors = np.stack(self._session.run(None, feed, options))
        return vectors


def _tokenizer(folder: Path, card: Card) -> Tokenizer | Unigram:
    if unigram.PIECES in card.files:
        return Unigram(folder, card.max_length)
    return Tokenizer.from_file(str(folder / TOKENIZER))


def _batches(
    pairs: Sequence[tuple[int, Sequence[int]]], batch_size: int
) -> Iterator[Sequence[tuple[int, Sequence[int]]]]:
    """Consecutive pairs, longest first, at most `batch_size` texts and `_BATCH_TOKENS` each."""
    start = 0
    while start < len(pairs):
        longest = max(1, len(pairs[start][1]))
        stop = start + max(1, min(batch_size, _BATCH_TOKENS // longest))
        yield pairs[start:stop]
        start = stop
