"""Fits heads on examples: `bot train-heads`.

Softmax regression on `heads.features`; every class weighs the same, however many examples it has,
but "none", which most messages are. How sure the result may be is learned as well: from
cross-validation, one number that all scores are divided by (temperature scaling, Guo et al. 2017).
It needs scipy; serving does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bot.language import regression
from bot.language.examples import NONE, Example
from bot.language.heads import Encode, Head, features
from bot.language.regression import Floats, Numbers
from bot.language.statistics import calibration_error
from bot.language.wording import has_han

_FOLDS = 3
_STRENGTH = 4.0
# Moods are told by more than words; by cross-validation on our own examples.
_STRENGTHS = {"mood": 1.0}
_OWN_STRENGTH = 12.0  # of a shop's example: enough for it to be read as it says
_ROUNDS = 80
_NONE = 4.0  # how much more the class "none" weighs than another
_BRIDGED = 0.02  # how much an example counts that the encoder reads through a dictionary
_CLOUDED = frozenset({"mood"})  # heads of which such examples cloud the rest
_TEMPERATURES = np.geomspace(0.3, 3.0, 47)


@dataclass(frozen=True)
class Taught:
    """A head, and what cross-validation says of it: the share of examples given to their class,
    and the expected calibration error."""

    head: Head
    accuracy: float
    calibration_error: float

    def figures(self, examples: int) -> dict[str, Any]:
        """What is kept beside the head."""
        return {
            "examples": examples,
            "accuracy": round(self.accuracy, 3),
            "calibration_error": round(self.calibration_error, 3),
        }


def teach(examples: Sequence[Example], encode: Encode, name: str = "") -> Taught:
    """A head for `examples`, which is called `name`."""
    strength = _STRENGTHS.get(name, _STRENGTH)
    labels = tuple(dict.fromkeys(example.label for example in examples))
    classes = np.array([labels.index(example.label) for example in examples], dtype=np.int64)
    weight = np.array([example.weight for example in examples], dtype=np.float32)
    totals = np.bincount(classes, weights=weight)
    weight = (weight / totals[classes]).astype(np.float32)
    weight[[example.label == NONE for example in examples]] *= _NONE
    weight /= weight.mean()
    vectors = features([example.text for example in examples], encode)
    scores = _held_out(vectors, classes, weight, strength)
    temperature = _temperature(scores, classes, weight)
    sure = regression.softmax(scores / temperature)
    weights = _fit(vectors, classes, weight, strength) / np.float32(temperature)
    right = sure.argmax(axis=1) == classes
    error = calibration_error(right, sure.max(axis=1))
    return Taught(Head(labels, weights), float(right.mean()), error)


def adapted(head: Head, examples: Sequence[Example], encode: Encode) -> Head:
    """A head that has learned a shop's few examples as well, and is else as near as can be to what
    it was: what is not like any of them is read as before."""
    classes = np.array([head.labels.index(each.label) for each in examples], dtype=np.int64)
    vectors = features([each.text for each in examples], encode)
    fitted = regression.fit(
        vectors, classes, strength=_OWN_STRENGTH, rounds=_ROUNDS, near=head.weights
    )
    return Head(head.labels, fitted)


def bridged(examples: Sequence[Example], name: str) -> list[Example]:
    """The examples of the head `name` as they count for an encoder that reads Chinese through a
    dictionary: what is lost there must not cloud what it reads well."""
    if name not in _CLOUDED:
        return list(examples)
    return [
        replace(each, weight=each.weight * _BRIDGED) if has_han(each.text) else each
        for each in examples
    ]


def _fit(vectors: Floats, classes: Numbers, weight: Floats, strength: float) -> Floats:
    return regression.fit(vectors, classes, weight, strength=strength, rounds=_ROUNDS)


def _held_out(vectors: Floats, classes: Numbers, weight: Floats, strength: float) -> Floats:
    """The scores (n, classes) of each example by a head that was fitted without it."""
    shuffled = np.random.default_rng(1).permutation(len(classes))
    fold = np.empty(len(classes), dtype=np.int64)
    fold[shuffled[np.argsort(classes[shuffled], kind="stable")]] = np.arange(len(classes)) % _FOLDS
    scores = np.zeros((len(classes), int(classes.max()) + 1), dtype=np.float32)
    for each in range(_FOLDS):
        rest = fold != each
        weights = _fit(vectors[rest], classes[rest], weight[rest], strength)
        scores[~rest] = vectors[~rest] @ weights[:-1] + weights[-1]
    return scores


def _temperature(scores: Floats, classes: Numbers, weight: Floats) -> float:
    """What the scores are divided by so that the examples are likeliest."""

    def missed(temperature: float) -> float:
        sure = regression.softmax(scores / np.float32(temperature))
        return float(-(np.log(sure[np.arange(len(classes)), classes] + 1e-9) * weight).sum())

    return float(min(_TEMPERATURES, key=missed))
