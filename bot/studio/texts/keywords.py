"""The phrases that a text is about, Chinese and English.

Candidates are runs of words that may name a thing (by jieba's tags; in English by what is no little
word). One counts more the oftener it is said, the fewer other texts say it, the earlier it comes,
and where the title says it; a phrase stands for its parts.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import rjieba
from stopwordsiso import stopwords

from bot.language.lexical import stem
from bot.language.wording import has_han

_LONGEST = 4  # words of a phrase
_MOST = 20_000  # characters of a text that are read
_TITLE = 2.2  # how much more what the title says counts
_EARLY = 1.0  # how much more the first words count than the last
_LENGTHS = {1: 1.0, 2: 1.2, 3: 0.8, 4: 0.5}  # by words of a phrase
_SHORT = 0.35  # of a single Chinese character, or a short English word
_NAMES = frozenset(
    {"n", "nr", "ns", "nt", "nz", "vn", "eng", "l", "v", "a", "b", "j", "an", "i", "ng"}
)
_ENDS = _NAMES - {"a", "b"}
_WORD = re.compile(r"[^\W\d_][\w'-]*|[.,;:!?()\n]")

Background = Mapping[str, int]
"""In how many texts each phrase stands; "" for how many texts there are."""


def background(texts: Iterable[str]) -> Counter[str]:
    """What other texts say."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({key for key, *_ in _candidates(text[:_MOST])})
        counts[""] += 1
    return counts


def keywords(text: str, others: Background, most: int = 5, title: str = "") -> list[str]:
    """The phrases, best first, as the text has them; `title` counts as a part of it."""
    whole = f"{title}\n{text}"[:_MOST] if title else text[:_MOST]
    said: dict[str, tuple[str, int, float, int]] = {}
    length = max(1, len(whole))
    for key, phrase, at, words in _candidates(whole):
        first = said.get(key, (phrase, 0, 1 - at / length, words))
        said[key] = (first[0], first[1] + 1, first[2], words)
    of_title = {key for key, *_ in _candidates(title)} if title else set()
    many = max(1, others.get("", 0))
    scores = {}
    for key, (phrase, times, early, words) in said.items():
        rare = math.log((many + 1) / (others.get(key, 0) + 0.5)) if others else 1.0
        score = math.log1p(times) * max(rare, 0.1) * _LENGTHS[words]
        score *= (1 + _EARLY * early) * (_TITLE if key in of_title else 1.0) * _weight(phrase)
        scores[key] = score
    return _apart(sorted(scores, key=lambda key: (-scores[key], key)), said, most)


def _apart(
    ordered: Sequence[str], said: Mapping[str, tuple[str, int, float, int]], most: int
) -> list[str]:
    """The best phrases of which none is a part of another."""
    found: list[str] = []
    for key in ordered:
        if any(key in other or other in key for other in found):
            continue
        found.append(key)
        if len(found) == most:
            break
    return [said[key][0] for key in found]


def _weight(phrase: str) -> float:
    if has_han(phrase):
        return _SHORT if len(phrase) < 2 else 1.0
    return _SHORT if len(phrase) < 3 else 1.0


def _candidates(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Each phrase: what it is counted as, its words, where it begins and how many words it has."""
    words = _han(text) if has_han(text) else _latin(text)
    run: list[tuple[str, str, int]] = []
    for word, tag, at in words:
        if tag in _NAMES:
            run.append((word, tag, at))
            continue
        yield from _phrases(run)
        run = []
    yield from _phrases(run)


def _phrases(run: Sequence[tuple[str, str, int]]) -> Iterator[tuple[str, str, int, int]]:
    for start in range(len(run)):
        for end in range(start + 1, min(start + _LONGEST, len(run)) + 1):
            part = run[start:end]
            if part[-1][1] in _ENDS:
                latin = all(word.isascii() for word, _, _ in part)
                phrase = (" " if latin else "").join(word for word, _, _ in part)
                key = " ".join(stem(word.lower()) for word, _, _ in part) if latin else phrase
                yield key, phrase, part[0][2], end - start


def _han(text: str) -> Iterator[tuple[str, str, int]]:
    at = 0
    for word, tag in rjieba.tag(text):
        little = word in _little("zh") or word.lower() in _little("en")
        yield word, "x" if little or word.isdigit() or not word.strip() else tag, at
        at += len(word)


def _latin(text: str) -> Iterator[tuple[str, str, int]]:
    for found in _WORD.finditer(text):
        word = found.group()
        name = word[0].isalpha() and word.lower() not in _little("en")
        yield word, "n" if name else "x", found.start()


def little_words() -> frozenset[str]:
    """Words that name nothing, of both languages."""
    return _little("en") | _little("zh")


@cache
def _little(language: str) -> frozenset[str]:
    return frozenset(stopwords(language))
