"""How likely a passage supports a sentence: a learned probability over cheap features.

`support.json` holds the shipped weights, fitted by `bot calibrate-check` on pairs from the
knowledge folder (`fit.py`). It comes after the rules in `check`, which already made
facts, negations and conditions agree; it judges the rest of the words.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from bot.errors import SettingsError
from bot.writing.grounding.words import Source, content, share

SHIPPED = Path(__file__).parent / "support.json"
FEATURES = ("cosine", "held", "covered", "order", "new_words", "long")
_LIKELY = 0.5
MOST_NEW = 3  # new words beyond these make no difference


@dataclass(frozen=True)
class Weights:
    """`weights` by name of `FEATURES`, with `bias`; from `threshold` (0..1) on it is support.

    A sentence without a word of its own needs only to be more likely than not: what is wrong with
    such a one is found by the rules.
    """

    bias: float
    weights: Mapping[str, float]
    threshold: float

    def probability(self, values: Mapping[str, float]) -> float:
        """0..1 that the sentence says what the passage says."""
        exponent = self.bias + sum(self.weights[name] * values[name] for name in FEATURES)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, exponent))))

    def supports(self, values: Mapping[str, float]) -> bool:
        """Whether that is likely enough."""
        enough = self.threshold if values["new_words"] else min(self.threshold, _LIKELY)
        return self.probability(values) >= enough


def features(sentence: str, statement: str, context: str, cosine: float) -> dict[str, float]:
    """The evidence that `statement`, under its title `context`, says what `sentence` says.

    `held`: the share of the sentence's words that are there; `covered`: of the statement's in the
    sentence; `order`: of its neighbouring pairs; `new_words`: how many words are the sentence's own
    (0..1, three or more are 1); `long`: how much longer it is. `cosine` is -1..1.
    """
    words = content(sentence)
    source = Source(statement, context)
    said = content(statement)
    new = len(source.lacks(words))
    return {
        "cosine": cosine,
        "held": share(words, source),
        "covered": share(said, Source(sentence)),
        "order": _order(words, [*said, *content(context)]),
        "new_words": min(new, MOST_NEW) / MOST_NEW,
        "long": min(1.0, max(0.0, len(words) / max(1, len(said)) - 1.0)),
    }


def _order(words: Sequence[str], said: Sequence[str]) -> float:
    """The share of neighbouring words that are neighbours in the statement, too; 1.0 for one."""
    pairs = list(pairwise(words))
    if not pairs:
        return 1.0
    known = set(pairwise(said))
    return sum(pair in known for pair in pairs) / len(pairs)


@cache
def load(path: Path = SHIPPED) -> Weights:
    """The weights; `SettingsError` when the file is not one of ours."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        weights = Weights(float(data["bias"]), dict(data["weights"]), float(data["threshold"]))
        if missing := set(FEATURES) - set(weights.weights):
            raise ValueError(f"no weight for {', '.join(sorted(missing))}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise SettingsError("settings.ranking_damaged", path=path.name, reason=reason) from error
    return weights


def save(path: Path, weights: Weights) -> None:
    """Write weights so that `load` reads them."""
    path.write_text(json.dumps(asdict(weights), indent=2, sort_keys=True) + "\n", encoding="utf-8")
