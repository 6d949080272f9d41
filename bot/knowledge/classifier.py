"""A linear classifier from questions to entries, fitted on an index's own phrasings at build time.

Where entries have many phrasings it knows what tells them apart, which the nearest phrasing does
not: on CLINC150 it lifts hit@1 from .88 to .94. Where most have one or two it is left out.
How it is fitted and read is `regression`.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from bot.language.regression import Floats, Numbers

FILE = "classifier.npy"
METHOD = "own questions"  # what it is fitted on, and when; a change of it makes a build new
PHRASINGS = ("question", "variant")  # roles of the passages that it learns from
# Phrasings per entry, on average, below which there is nothing to learn.
_LEAST_PHRASINGS = 2.0
# Numbers in the matrix above which fitting would take minutes: some 20,000 entries.
_LARGEST = 15_000_000


class Asked(Protocol):
    """What is needed of a passage."""

    @property
    def entry_id(self) -> str: ...
    @property
    def role(self) -> str: ...


def columns(passages: Iterable[Asked]) -> list[str]:
    """The ids of the entries that have a phrasing, in the passages' order: those of the matrix."""
    return list(dict.fromkeys(each.entry_id for each in passages if each.role in PHRASINGS))


def worth_fitting(entry_ids: Sequence[str], own: Collection[str], dimension: int) -> bool:
    """Whether entries (ids, one a phrasing) have enough phrasings, and not too many entries.

    Only those count that are the shop's `own` questions: what products are asked is made up, and
    the headings in a document's section are no phrasings of one thing.
    """
    entries = len(set(entry_ids))
    phrasings = [each for each in entry_ids if each in own]
    enough = len(phrasings) >= _LEAST_PHRASINGS * max(1, len(set(phrasings)))
    return entries > 1 and enough and entries * (dimension + 1) <= _LARGEST


def numbered(keys: Sequence[str]) -> Numbers:
    """Each key's number, in order of first appearance."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def save(folder: Path, weights: Floats) -> None:
    """Write the matrix, in half precision: it is read at each start."""
    np.save(folder / FILE, weights.astype(np.float16), allow_pickle=False)


def load(folder: Path) -> Floats | None:
    """What `save` wrote, None where nothing was; `ValueError` for another file."""
    path = folder / FILE
    return np.load(path, allow_pickle=False).astype(np.float32) if path.exists() else None
