"""Learns from texts with their attributes how values are worded, and what a text says instead.

For each label with few values one softmax regression over the words and pairs of words of a text:
which value does it speak of, or of none? So "kids are welcome" is known to say yes of a label, "not
for families" no. Fitting takes scipy and is done by a command; saved as JSON, no pickle.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.errors import InputError
from bot.language.lexical import stem
from bot.language.regression import Floats, fit, probabilities
from bot.language.wording import fold
from bot.studio.item import Item
from bot.writing.grounding.words import content

WORDINGS = "wordings.json"  # in the index folder
_FEW = 24  # values of a label that can be told apart
_OFTEN = 8  # texts with a value from which it is learned
_SEEN = 3  # texts with a word from which it is known
_MOST = 1500  # words and pairs of a label
_SPEAKS = 0.5  # probability of a text's speaking of a label from which it does
_UNLIKELY = 0.05  # … of its saying the product's own value, below which it says another
_NAMED = 5  # letters of a value that is known where it stands
_AS_WRITTEN = 0.7  # share of texts in which it stands so
_OWN = 0.6  # share of a word's texts whose products have it, so that it says something of them
_TOKEN = re.compile(r"[^\W\d_]+(?:'[a-z]+)?|\d+|[£$€¥]")
_STRENGTH = 2.0
_ROUNDS = 60


@dataclass(frozen=True)
class _Label:
    """What was learned of one label: `values` are its classes, "" for none at first."""

    values: tuple[str, ...]
    grams: dict[str, int]
    weights: Floats

    def says(self, grams: Sequence[str]) -> dict[str, float]:
        """How likely a text speaks of each value, "" for none."""
        likely = probabilities(self.weights, _row(grams, self.grams))
        return dict(zip(self.values, map(float, likely), strict=True))


class Wordings:
    """How a shop's values are said, and which words say nothing of any."""

    def __init__(
        self, labels: dict[str, _Label], plain: frozenset[str], masks: Mapping[str, str]
    ) -> None:
        self._labels = labels
        told = (each for of in labels.values() for each in of.values if each not in masks)
        self._plain = plain | frozenset(word for each in told for word in content(each))
        self._masks = masks

    @classmethod
    def learn(cls, pairs: Sequence[tuple[Item, str]]) -> "Wordings":
        """From products with a text each that says nothing but their attributes."""
        if len(pairs) < _OFTEN:
            raise InputError("drafts.too_few_texts", least=_OFTEN)
        values: dict[str, Counter[str]] = defaultdict(Counter)
        for item, _ in pairs:
            for label, value in item.attributes:
                values[label][fold(value)] += 1
        masks = _verbatim(values, pairs)
        labels = {
            label: found
            for label, of in values.items()
            if len(of) <= _FEW and (found := _learned(label, of, pairs, masks)) is not None
        }
        worded = {
            fold(value)
            for item, _ in pairs
            for label, value in item.attributes
            if label in labels and value.islower() and " " not in value
        }
        masks = {value: label for value, label in masks.items() if value not in worded}
        return cls(labels, _plain(pairs), masks)

    def is_plain(self, word: str) -> bool:
        """Whether a word is known from texts, and is no name or value that only some have."""
        return word in self._plain

    def against(self, item: Item, text: str) -> Iterator[tuple[str, str, str]]:
        """What a text says of a label that the item says otherwise or not at all: the label, the
        value that is said, and the item's own."""
        for label, learned in self._labels.items():
            own = [fold(value) for name, value in item.attributes if name == label]
            likely = learned.says(_grams(text, item, label, self._masks))
            if 1.0 - likely.pop("") < _SPEAKS or any(each not in likely for each in own):
                continue
            if sum(likely[each] for each in own) <= _UNLIKELY:
                yield label, max(likely, key=likely.__getitem__), ", ".join(own)

    def save(self, path: Path) -> None:
        """As JSON that `load` reads."""
        stored = {
            "plain": sorted(self._plain),
            "masks": dict(self._masks),
            "labels": {
                name: {"values": of.values, "grams": list(of.grams), "weights": of.weights.tolist()}
                for name, of in self._labels.items()
            },
        }
        path.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Wordings":
        """`InputError` where the file is none of ours."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            labels = {
                name: _Label(
                    tuple(of["values"]),
                    {gram: at for at, gram in enumerate(of["grams"])},
                    np.array(of["weights"], dtype=np.float32),
                )
                for name, of in stored["labels"].items()
            }
            return cls(labels, frozenset(stored["plain"]), dict(stored["masks"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError("drafts.wordings_damaged", path=path.name) from error


def _learned(
    label: str,
    values: Counter[str],
    pairs: Sequence[tuple[Item, str]],
    masks: Mapping[str, str],
) -> _Label | None:
    often = [value for value, n in values.items() if n >= _OFTEN]
    if not often:
        return None
    classes = ("", *often)
    places = {value: at for at, value in enumerate(classes)}
    kept, numbers = [], []
    for item, text in pairs:
        own = [fold(value) for name, value in item.attributes if name == label]
        if len(own) > 1 or (own and own[0] not in places):
            continue
        kept.append(_grams(text, item, label, masks))
        numbers.append(places[own[0]] if own else 0)
    counts = Counter(gram for of in kept for gram in set(of))
    known = [gram for gram, n in counts.most_common(_MOST) if n >= _SEEN]
    columns = {gram: at for at, gram in enumerate(known)}
    rows = np.stack([_row(of, columns) for of in kept])
    weights = fit(rows, np.array(numbers), strength=_STRENGTH, rounds=_ROUNDS)
    return _Label(classes, columns, weights)


def _row(grams: Sequence[str], columns: dict[str, int]) -> npt.NDArray[np.float32]:
    row = np.zeros(len(columns), dtype=np.float32)
    for gram in grams:
        if (at := columns.get(gram)) is not None:
            row[at] = 1.0
    return row


def _grams(text: str, item: Item, label: str, masks: Mapping[str, str]) -> list[str]:
    """The words, pairs and triples of a text. Its product's own name is one word, and so is each
    value of another label that stands as it is written: what goes with it says nothing."""
    said = fold(text)
    if item.name:
        said = said.replace(fold(item.name), " itsname ")
    for value, of in masks.items():
        if of != label and value in said:
            said = said.replace(value, f" x{''.join(filter(str.isalpha, of))} ")
    tokens = [_word(each) for each in _TOKEN.findall(said)]
    pairs = [f"{a} {b}" for a, b in pairwise(tokens)]
    triples = [" ".join(tokens[at : at + 3]) for at in range(len(tokens) - 2)]
    return [*tokens, *pairs, *triples]


def _verbatim(
    values: Mapping[str, Counter[str]], pairs: Sequence[tuple[Item, str]]
) -> dict[str, str]:
    """The values that nearly always stand in texts as they are written, each with its label; the
    longest first."""
    said: Counter[tuple[str, str]] = Counter()
    for item, text in pairs:
        folded = fold(text)
        for label, value in item.attributes:
            said[label, fold(value)] += fold(value) in folded
    found = {
        value: label
        for label, of in values.items()
        for value, n in of.items()
        if len(value) >= _NAMED and said[label, value] >= _AS_WRITTEN * n
    }
    return dict(sorted(found.items(), key=lambda each: -len(each[0])))


def _word(token: str) -> str:
    return stem(token) if token.isascii() else token


def _plain(pairs: Sequence[tuple[Item, str]]) -> frozenset[str]:
    """Words of several texts, most of whose products have no such word in a name or a value."""
    seen: Counter[str] = Counter()
    owned: Counter[str] = Counter()
    for item, text in pairs:
        own = set(content(" . ".join([item.name, *(value for _, value in item.attributes)])))
        words = set(content(text))
        seen.update(words)
        owned.update(words & own)
    return frozenset(w for w, n in seen.items() if n >= _SEEN and owned[w] < _OWN * n)
