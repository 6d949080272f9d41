"""Near copies: a text that shares most of its runs of words with another one.

Runs of three words (of four Chinese characters) without numbers and names; a copy is a text whose
runs and another's have `COPY` or more in common (Jaccard). Texts are found by a sample of their
runs, so that thousands are compared in a moment.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from bot.language.wording import HAN, fold, words_only

COPY = 0.8
_RUN, _HAN_RUN = 3, 4
_BANDS, _ROWS = 16, 3
_HAN = re.compile(HAN)


class Copies:
    """Texts by name, and which of them a new one copies."""

    def __init__(self, texts: Iterable[tuple[str, str]] = ()) -> None:
        self._runs: dict[str, frozenset[str]] = {}
        self._bands: dict[tuple[int, ...], list[str]] = defaultdict(list)
        for name, text in texts:
            self.add(name, text)

    def add(self, name: str, text: str) -> None:
        """Keep a text, in place of an earlier one of this name."""
        runs = runs_of(text)
        self._runs[name] = runs
        for band in _sketch(runs):
            if name not in self._bands[band]:
                self._bands[band].append(name)

    def nearest(self, text: str, *, but: str = "") -> tuple[str, float]:
        """The kept text that is most like this one, and how like, 0..1; "" for none that is near.
        One of the name `but` does not count."""
        runs = runs_of(text)
        near = {name for band in _sketch(runs) for name in self._bands.get(band, ())} - {but}
        alike = ((name, _alike(runs, self._runs[name])) for name in sorted(near))
        return max(alike, key=lambda each: each[1], default=("", 0.0))

    def copied(self, text: str, *, but: str = "") -> str:
        """The name of the text that this one is a near copy of; "" for none."""
        name, alike = self.nearest(text, but=but)
        return name if alike >= COPY else ""


def runs_of(text: str) -> frozenset[str]:
    """The runs of words and of characters of a text."""
    folded = words_only(fold(text))
    words = _HAN.sub(" ", folded).split()
    han = "".join(_HAN.findall(folded))
    runs = {" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}
    runs |= {han[at : at + _HAN_RUN] for at in range(len(han) - _HAN_RUN + 1)}
    return frozenset(runs or {folded})


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _sketch(runs: frozenset[str]) -> list[tuple[int, ...]]:
    """MinHash in bands: texts with most runs in common share at least one."""
    hashed = b"".join(hashlib.blake2b(each.encode(), digest_size=8).digest() for each in runs)
    hashes = np.frombuffer(hashed, dtype=np.uint64)
    least = (hashes[None, :] * _ODD[:, None] + _ODD[::-1, None]).min(axis=1)
    rows = least.reshape(_BANDS, _ROWS).tolist()
    return [(band, *row) for band, row in enumerate(rows)]


_ODD = np.frombuffer(
    b"".join(
        hashlib.blake2b(str(at).encode(), digest_size=8).digest() for at in range(_BANDS * _ROWS)
    ),
    dtype=np.uint64,
) | np.uint64(1)
