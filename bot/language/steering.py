"""Words that only steer a dialogue: yes, no, never mind, log out. Pure rules on the words alone.

What is steered, and what becomes of it, the dialogues know.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from bot.language.wording import fold, lexicon, words_only

_LONGEST_STEER = 60  # characters of words that only steer a dialogue


def steered(text: str) -> Literal["cancel", "yes", "no"] | None:
    """Whether the whole of `text` calls a dialogue off, agrees or disagrees."""
    words = words_only(fold(text))
    for kind in ("yes", "no", "cancel"):
        if _made_of(words, ("filler",), kind, ("filler", "no" if kind == "cancel" else kind)):
            return kind
    return None


def logs_out(text: str) -> bool:
    """Whether all of `text` says that the shopper logs out, or is somebody else."""
    return _made_of(words_only(fold(text)), ("filler",), "log_out", ("filler",))


def called_off(text: str) -> bool:
    """Whether a dialogue is called off by all of `text`, or by its last words: "no, forget it"."""
    if steered(text) == "cancel":
        return True
    last = re.split(r"[,.;!?]+", fold(text).strip(" .!?,;"))[-1]
    return _made_of(words_only(last), ("filler", "no"), "leave", ("filler",))


def _made_of(words: str, before: tuple[str, ...], kind: str, after: tuple[str, ...]) -> bool:
    """Whether all of `words` are those of `before`, then of `kind`, at least one, then of `after`.

    The words of a Chinese text overlap, 「不要」 is one and two, so a rule with repeats would try
    every way to cut it: 30 of them take hours. Here each place is reached once, however it is cut.
    """
    if not 0 < len(words) <= _LONGEST_STEER:
        return False
    reached = {(0, False)}
    for place in range(len(words)):
        for said in (False, True):
            if (place, said) not in reached:
                continue
            for name in (kind, *(after if said else before)):
                for end in _ends(name, words, place):
                    reached.add((end, said or name == kind))
    return (len(words), True) in reached


def _ends(name: str, words: str, place: int) -> Iterator[int]:
    """Where each word of `name` that stands at `place` ends, the space after it included."""
    for pattern in _patterns(name):
        found = pattern.match(words, place)
        if found and found.end() > place:
            yield found.end()


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(f"(?:{each})(?![a-z]) ?") for each in lexicon("dialogue")[name])
