"""Parts dialogues into those to learn from and those held out, the same way every time.

Near-duplicates stay together, else the held-out loss would praise what was learned by heart. Two
dialogues are near-duplicates when their shoppers said the same but for numbers and punctuation, or
when at least `ALIKE` of the five-character windows in either are in both.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bot.errors import InputError
from bot.writing.training.dialogues import Dialogue

ALIKE = 0.6
"""Jaccard similarity from which two dialogues are near-duplicates."""
MOST = 256
"""Held-out dialogues: more make the loss hardly surer and every measurement slower."""

_WINDOW = 5  # characters
_HASHES, _BANDS = 160, 40  # a pair at ALIKE shares a band with probability .996
_WORTH_A_LOOK = 0.45  # share of equal signatures; at ALIKE it is higher with probability .9999
_NOT_WORDS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")

Hashes = NDArray[np.uint64]


def split(
    dialogues: Sequence[Dialogue], share: float, seed: int
) -> tuple[list[Dialogue], list[Dialogue]]:
    """(to learn from, held out), each in the file's order; about `share` is held out.

    Groups of near-duplicates are drawn in the order of a hash of their smallest key, so the file's
    order does not matter. `InputError` when there are not two groups.
    """
    groups = sorted(
        _groups(dialogues),
        key=lambda group: hashlib.sha256(
            f"{seed} {min(dialogues[at].key for at in group)}".encode()
        ).digest(),
    )
    if len(groups) < 2:
        raise InputError("training.too_alike", count=len(dialogues))
    wanted = min(MOST, max(1, round(share * len(dialogues))))
    held: set[int] = set()
    for group in groups:
        if len(held) + len(group) <= wanted:
            held.update(group)
    if not held:  # every group is larger than what is wanted
        smallest = min(groups, key=len)
        held.update(smallest)
    return (
        [one for at, one in enumerate(dialogues) if at not in held],
        [one for at, one in enumerate(dialogues) if at in held],
    )


def _groups(dialogues: Sequence[Dialogue]) -> list[list[int]]:
    """Places of dialogues that are near-duplicates of each other, also by way of others."""
    ones, others = zip(*_pairs(dialogues), strict=True)
    size = (len(dialogues), len(dialogues))
    alike = coo_array((np.ones(len(ones)), (ones, others)), shape=size)
    groups: dict[int, list[int]] = defaultdict(list)
    for at, group in enumerate(connected_components(alike, directed=False)[1].tolist()):
        groups[group].append(at)
    return list(groups.values())


def _pairs(dialogues: Sequence[Dialogue]) -> Iterable[tuple[int, int]]:
    first_with: dict[str, int] = {}
    for at, dialogue in enumerate(dialogues):
        asked = _plain(dialogue.of("shopper"))
        yield at, first_with.setdefault(asked, at)
    windows = [_windows(_plain("\n".join(said.text for said in d.said))) for d in dialogues]
    signatures = _signatures(windows)
    seen: set[tuple[int, int]] = set()
    for bucket in _buckets(signatures):
        for place, one in enumerate(bucket):
            for other in bucket[:place]:
                if (one, other) in seen:
                    continue
                seen.add((one, other))
                likely = np.mean(signatures[one] == signatures[other]) > _WORTH_A_LOOK
                if likely and _alike(windows[one], windows[other]):
                    yield one, other


def _plain(text: str) -> str:
    return _NOT_WORDS.sub(" ", _DIGITS.sub("0", text.casefold())).strip()


def _windows(text: str) -> Hashes:
    """The distinct hashes of all five-character windows; at least one."""
    codes = np.frombuffer(text.ljust(_WINDOW).encode("utf-32-le"), np.uint32).astype(np.uint64)
    powers = np.uint64(1_000_003) ** np.arange(_WINDOW, dtype=np.uint64)
    hashes = np.lib.stride_tricks.sliding_window_view(codes, _WINDOW) @ powers
    return np.unique(hashes)


def _signatures(windows: Sequence[Hashes]) -> Hashes:
    """MinHash, a row a dialogue: two rows agree in about as many places as the windows do."""
    random = np.random.default_rng(0)
    factors = random.integers(1, 2**63, _HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return np.vstack([(hashes[:, None] * factors).min(axis=0) for hashes in windows])


def _buckets(signatures: Hashes) -> Iterable[list[int]]:
    """Places of dialogues whose signatures agree in a whole band."""
    for band in np.split(signatures, _BANDS, axis=1):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for at, row in enumerate(band):
            buckets[row.tobytes()].append(at)
        yield from (bucket for bucket in buckets.values() if len(bucket) > 1)


def _alike(one: Hashes, other: Hashes) -> bool:
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both >= ALIKE * (len(one) + len(other) - both)
