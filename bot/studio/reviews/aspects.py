"""Finds what a review judges and how: "the [zip] broke", 「[音质]不错」, in both languages alike.

A linear model tells from a word's state and its neighbours' (`bot/language/word_states.py`) whether
a thing that is judged begins or goes on there, and the likeliest sequence is taken; a second one
tells from the words around it how it is judged. Both are fitted on `examples/` (`teaching.py`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.errors import EncoderError
from bot.language import ngrams
from bot.language.regression import Floats, probabilities
from bot.language.word_states import WordStates

FITTED = Path(__file__).parent / "fitted"
CARD = "aspects.json"
FILE = "aspects.npz"
OUTSIDE, BEGINS, GOES_ON = range(3)
COMPLAINED, NAMED, PRAISED = range(3)
SEQUENCE = 0.6  # how much it counts which tag follows which, beside the words themselves
_BESIDE = 4  # words before and behind a thing, of which its judgement is read
_SEEN = 8
_NGRAMS = (1.2, 0.6)  # weight of the words near it, and of all
_NEVER = -1e9


@dataclass(frozen=True)
class Aspect:
    """The words `start` to `end` of a sentence; how likely they are complained of, only named and
    praised."""

    start: int
    end: int
    shares: tuple[float, float, float]

    @property
    def polarity(self) -> int:
        """-1 for a complaint, 0 where it is only named, 1 for praise."""
        return int(np.argmax(self.shares)) - 1


@dataclass(frozen=True)
class Model:
    """`tags` (features + 1, 3), `follows` (3, 3): the log odds of a tag behind another; `judges`
    (features + 1, 3)."""

    tags: Floats
    follows: Floats
    judges: Floats


class Reader:
    """Reads the aspects of sentences."""

    def __init__(self, states: WordStates, model: Model) -> None:
        self._states, self._model = states, model

    def read(self, sentences: Sequence[Sequence[str]]) -> list[tuple[Aspect, ...]]:
        """The aspects of each sentence, given as its words, of which it has some."""
        states = self._states.of(sentences)
        return [self._aspects(*each) for each in zip(sentences, states, strict=True)]

    def _aspects(self, words: Sequence[str], state: Floats) -> tuple[Aspect, ...]:
        places = spans(sequence(self._model, state))
        shares = judged(self._model, words, state, places)
        return tuple(Aspect(*place, share) for place, share in zip(places, shares, strict=True))


def neighbours(state: Floats) -> Floats:
    """What a tag is told from: each word's state (n, d) with those before and behind: (n, 3 d)."""
    none = np.zeros((1, state.shape[1]), dtype=np.float32)
    return np.hstack([state, np.vstack([none, state[:-1]]), np.vstack([state[1:], none])])


def sequence(model: Model, state: Floats, weight: float = SEQUENCE) -> list[int]:
    """The likeliest tags of a sentence (Viterbi); `weight` is how much it counts which follows
    which."""
    scores = np.log(np.maximum(probabilities(model.tags, neighbours(state)), 1e-9))
    best, back = scores[0].copy(), []
    best[GOES_ON] = _NEVER
    for each in scores[1:]:
        paths = best[:, None] + weight * model.follows
        paths[OUTSIDE, GOES_ON] = _NEVER
        back.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + each
    tags = [int(best.argmax())]
    for came in reversed(back):
        tags.append(int(came[tags[-1]]))
    return tags[::-1]


def spans(tags: Sequence[int]) -> list[tuple[int, int]]:
    """Where things begin and end."""
    found: list[tuple[int, int]] = []
    for at, tag in enumerate(tags):
        if tag == BEGINS:
            found.append((at, at + 1))
        elif tag == GOES_ON and found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
    return found


def judged(
    model: Model, words: Sequence[str], state: Floats, places: Sequence[tuple[int, int]]
) -> list[tuple[float, float, float]]:
    """How each of the places is judged."""
    if not places:
        return []
    rows = np.stack([around(words, state, place) for place in places])
    shares = probabilities(model.judges, rows).tolist()
    return [(low, middle, high) for low, middle, high in shares]


def around(words: Sequence[str], state: Floats, place: tuple[int, int]) -> Floats:
    """What a judgement is told from: the means of the sentence, the thing, the words before and
    behind it, and hashed words with the thing itself left out."""
    start, end = place
    before, behind = state[max(0, start - _BESIDE) : start], state[end : end + _BESIDE]
    parts = [_mean(part) for part in (state, state[start:end], before, behind)]
    left, right = words[:start], words[end:]
    near = f"{' '.join(left[-_SEEN:])} $T$ {' '.join(right[:_SEEN])}"
    texts = (near, f"{' '.join(left)} $T$ {' '.join(right)}")
    hashed = [by * ngrams.hashed(text) for by, text in zip(_NGRAMS, texts, strict=True)]
    return np.concatenate([*parts, *hashed]).astype(np.float32)


def _mean(states: Floats) -> Floats:
    if not len(states):
        return np.zeros(states.shape[1], dtype=np.float32)
    mean: Floats = states.mean(axis=0)
    length: Floats = mean / max(1e-6, float(np.linalg.norm(mean)))
    return length


def save(model: Model, figures: dict[str, object], folder: Path = FITTED) -> None:
    """Write the model in half precision, with its checksum and the `figures` of its fitting."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: getattr(model, name).astype(np.float16) for name in Model.__annotations__}
    np.savez_compressed(folder / FILE, **arrays)
    card = {"sha256": hashlib.sha256((folder / FILE).read_bytes()).hexdigest(), **figures}
    text = json.dumps(card, ensure_ascii=False, indent=2)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def load(folder: Path = FITTED) -> Model:
    """The model that `save` wrote; `EncoderError` when it is another one."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        if hashlib.sha256((folder / FILE).read_bytes()).hexdigest() != card["sha256"]:
            raise ValueError("another checksum")
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return Model(
                **{name: arrays[name].astype(np.float32) for name in Model.__annotations__}
            )
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError("index.encoder_damaged", folder=folder.name, file=FILE) from error
