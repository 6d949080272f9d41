"""Corpus BLEU (Papineni et al., 2002) over several references a text, as mteval-v13a counts it.

Four-grams, the length of the closest reference, no smoothing. Letters' case is ignored unless it is
asked for. Counted here because a vendor's scorer would be a dependency for one number.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

_SYMBOLS = re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])")
_STOPS = (re.compile(r"([^0-9])([\.,])"), re.compile(r"([\.,])([^0-9])"))
_DASH = re.compile(r"([0-9])(-)")
_LONGEST = 4


def tokens(text: str, *, cased: bool = False) -> list[str]:
    """The words and signs of a text as mteval-v13a cuts them."""
    text = f" {text if cased else text.lower()} "
    text = _SYMBOLS.sub(r" \1 ", text)
    text = _STOPS[0].sub(r"\1 \2 ", text)
    text = _STOPS[1].sub(r" \1 \2", text)
    return _DASH.sub(r"\1 \2 ", text).split()


def corpus_bleu(
    texts: Sequence[str], references: Sequence[Sequence[str]], *, cased: bool = False
) -> float:
    """0..100; each text has one or more references."""
    matched, total = [0] * _LONGEST, [0] * _LONGEST
    length = closest = 0
    for text, theirs in zip(texts, references, strict=True):
        words = tokens(text, cased=cased)
        others = [tokens(each, cased=cased) for each in theirs]
        length += len(words)
        closest += min((abs(len(each) - len(words)), len(each)) for each in others)[1]
        for size in range(1, _LONGEST + 1):
            mine = _grams(words, size)
            most: Counter[tuple[str, ...]] = Counter()
            for each in others:
                most |= _grams(each, size)
            matched[size - 1] += sum((mine & most).values())
            total[size - 1] += sum(mine.values())
    if not all(matched):
        return 0.0
    precision = sum(math.log(m / n) for m, n in zip(matched, total, strict=True)) / _LONGEST
    brevity = min(0.0, 1.0 - closest / length)
    return 100.0 * math.exp(precision + brevity)


def _grams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
