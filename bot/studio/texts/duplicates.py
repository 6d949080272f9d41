"""Texts that are nearly the same: by their runs of characters (Broder's resemblance, 1997).

Two texts are held against each other only where they share a rare run, so that thousands take
seconds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.language.lexical import tokens

NEAR = 0.8  # share of runs that near copies have in common
_RUN = 4  # words or Chinese characters
_SHORTEST = 8  # runs; shorter texts are alike by chance
_CROWDED = 60  # texts with one run; it tells nothing apart


def near_copies(texts: Mapping[str, str], near: float = NEAR) -> list[tuple[str, str, float]]:
    """Pairs of names whose texts are nearly the same, the most alike first."""
    runs = {name: _runs(text) for name, text in texts.items()}
    holders: dict[int, list[str]] = defaultdict(list)
    for name, own in runs.items():
        if len(own) >= _SHORTEST:
            for run in own:
                holders[run].append(name)
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for names in holders.values():
        if 1 < len(names) <= _CROWDED:
            for at, one in enumerate(names):
                for other in names[at + 1 :]:
                    shared[one, other] += 1
    found = []
    for (one, other), _ in shared.items():
        alike = resemblance(runs[one], runs[other])
        if alike >= near:
            found.append((one, other, round(alike, 3)))
    return sorted(found, key=lambda each: (-each[2], each[0], each[1]))


def resemblance(one: frozenset[int], other: frozenset[int]) -> float:
    """0 to 1."""
    every = len(one | other)
    return len(one & other) / every if every else 0.0


def _runs(text: str) -> frozenset[int]:
    words: Sequence[str] = tokens(text)
    return frozenset(hash(tuple(words[at : at + _RUN])) for at in range(len(words) - _RUN + 1))
