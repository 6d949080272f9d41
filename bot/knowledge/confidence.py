"""How likely the best candidate is right: a learned probability, not a raw cosine.

`ranking.json` beside this file holds the shipped weights, fitted by `bot calibrate` on the demo
shop's own phrasings (each in turn taken out and asked; see `calibrate.py`). There are weights for
each way to read a question, since the cosines of encoders are not alike. Nothing is fitted here.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, cast, get_args

from bot.errors import SettingsError
from bot.knowledge.postings import Scores
from bot.types import Candidate

SHIPPED = Path(__file__).parent / "ranking.json"
Reading = Literal["english", "english_untaught", "bridged", "multilingual", "multilingual_untaught"]
"""Who reads a question: an English encoder, the same through a dictionary, or a multilingual one;
untaught where entries have too few phrasings for a classifier (`classifier.py`)."""

READINGS: tuple[Reading, ...] = get_args(Reading)
FEATURES = (
    "dense",
    "dense_mean",
    "lexical",
    "learned",
    "overlap",
    "coverage",
    "margin",
    "dense_margin",
    "lexical_margin",
    "learned_margin",
    "agreement",
)


@dataclass(frozen=True)
class Weights:
    """One reading's weights. `rank` combines dense, dense_mean, lexical and learned into a score;
    `confidence` is by name of `FEATURES`, with `bias`. `thresholds` maps a wrong rate ("0.05") to
    the confidence from which replies are wrong no more often than that."""

    rank: tuple[float, float, float, float]
    bias: float
    confidence: Mapping[str, float]
    thresholds: Mapping[str, float]

    def score(self, dense: Scores, dense_mean: Scores, lexical: Scores, learned: Scores) -> Scores:
        """What candidates (n,) are ordered by."""
        first, second, third, fourth = self.rank
        scores = first * dense + second * dense_mean + third * lexical + fourth * learned
        return cast(Scores, scores)

    def probability(self, candidates: Sequence[Candidate]) -> float:
        """0..1 that the first of `candidates`, best first, answers the question."""
        if not candidates:
            return 0.0
        values = features(candidates)
        exponent = self.bias + sum(self.confidence[name] * values[name] for name in FEATURES)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, exponent))))

    def threshold(self, wrong_rate: float) -> float:
        """The confidence from which replies are wrong at most `wrong_rate` (0..1) of the time.

        Between the fitted rates it is interpolated, outside of them the nearest one holds.
        """
        rates = sorted((float(rate), limit) for rate, limit in self.thresholds.items())
        if wrong_rate <= rates[0][0]:
            return rates[0][1]
        for (low, high_limit), (high, low_limit) in pairwise(rates):
            if wrong_rate <= high:
                return high_limit + (low_limit - high_limit) * (wrong_rate - low) / (high - low)
        return rates[-1][1]


def features(candidates: Sequence[Candidate]) -> dict[str, float]:
    """The evidence for the first candidate, by name; margins are towards the best other entry."""
    best, others = candidates[0], candidates[1:]
    return {
        "dense": best.dense,
        "dense_mean": best.dense_mean,
        "lexical": best.lexical,
        "learned": best.learned or 0.0,
        "overlap": best.overlap,
        "coverage": best.coverage,
        "margin": best.score - max((other.score for other in others), default=0.0),
        "dense_margin": best.dense - max((other.dense for other in others), default=0.0),
        "lexical_margin": best.lexical - max((other.lexical for other in others), default=0.0),
        "learned_margin": (best.learned or 0.0)
        - max((other.learned or 0.0 for other in others), default=0.0),
        "agreement": float(
            all(best.dense >= other.dense for other in others)
            and all(best.lexical >= other.lexical for other in others)
        ),
    }


@cache
def load(path: Path = SHIPPED) -> dict[Reading, Weights]:
    """The weights by reading; `SettingsError` when the file is not one of ours."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {reading: _weights(data[reading]) for reading in READINGS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise SettingsError("settings.ranking_damaged", path=path.name, reason=reason) from error


def _weights(data: Mapping[str, Any]) -> Weights:
    weights = Weights(**{**data, "rank": tuple(data["rank"])})
    if missing := set(FEATURES) - set(weights.confidence):
        raise ValueError(f"no weight for {', '.join(sorted(missing))}")
    return weights


def save(path: Path, weights: Mapping[Reading, Weights]) -> None:
    """Write weights so that `load` reads them."""
    data = {reading: asdict(of) for reading, of in weights.items()}
    path.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
