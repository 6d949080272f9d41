"""How well claims are found: `python -m tests.bench.claims [--data FOLDER] [--index INDEX]`.

Ours: cases in `tests/data`, half of them look-alikes, each with the families of claims that are in
it; those of `claims_held_out.jsonl` were written before any rule, the others after the rules and
before they were mended by them. F1 is over pairs of a case and a family.

FOLDER/green-claims: sentences of companies' reports, does it claim something for the environment.
Our rules are for shops' texts and are measured as they are; a head (the encoder's vector and hashed
words, as `bot/language/heads.py` has it) fitted on its training part shows what can be told. That
part has no stated licence: measured here, never shipped.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.studio.claims import findings
from tests.support.paths import ROOT

OURS = ROOT / "tests" / "data" / "claims.jsonl"
HELD_OUT = ROOT / "tests" / "data" / "claims_held_out.jsonl"
_GREEN = {"green", "climate_neutral"}
_STRENGTHS = (4.0, 30.0)


@dataclass(frozen=True)
class Score:
    """Of pairs of a case and a family: found and right, found and wrong, not found."""

    right: int
    wrong: int
    missed: int

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)

    def __str__(self) -> str:
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        return f"P {precision:.3f} R {recall:.3f} F1 {self.f1:.3f}"


def score(path: Path) -> Score:
    """Of the rules on a file of cases."""
    right = wrong = missed = 0
    for case in _lines(path):
        found = {each.family for each in findings(case["text"], case["language"])}
        wanted = set(case["expect"])
        right += len(found & wanted)
        wrong += len(found - wanted)
        missed += len(wanted - found)
    return Score(right, wrong, missed)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.claims")
    parser.add_argument("--data", type=Path, help="a folder with green-claims/")
    parser.add_argument("--index", type=Path, help="an index folder whose encoder is used")
    asked = parser.parse_args()
    for path in (HELD_OUT, OURS):
        cases = _lines(path)
        alike = sum(not case["expect"] for case in cases)
        print(f"{path.name}: {len(cases)} cases, {alike} of them look-alikes: {score(path)}")
    if asked.data:
        for line in _green(asked.data / "green-claims", asked.index):
            print(line, flush=True)


def _green(folder: Path, index: Path | None) -> Iterator[str]:
    from bot.language import exports, regression
    from bot.language.embedder import MULTILINGUAL_MODEL
    from bot.language.encoder import Encoder
    from bot.language.heads import features

    train, dev = _lines(folder / "train.jsonl"), _lines(folder / "dev.jsonl")
    told = [any(f.rule in _GREEN for f in findings(case["text"], "en")) for case in dev]
    yield f"green claims dev ({len(dev)}), our rules as they are: {_score(told, dev)}"
    with tempfile.TemporaryDirectory() as temporary:
        place = (index or Path(temporary)) / "encoders"
        encoder = Encoder(exports.export(MULTILINGUAL_MODEL, place).folder)

        def rows(cases: list[dict[str, Any]]) -> regression.Floats:
            return features([str(case["text"]) for case in cases], encoder.encode)

        every, held = rows(train), rows(dev)
    right = np.array([case["label"] for case in train], dtype=np.int64)
    fold = np.random.default_rng(1).permutation(len(train)) % 5
    best = (0.0, 0.0, 0.5)
    for strength in _STRENGTHS:
        shares = np.zeros(len(train), dtype=np.float32)
        for each in range(5):
            weights = regression.fit(every[fold != each], right[fold != each], strength=strength)
            shares[fold == each] = regression.probabilities(weights, every[fold == each])[:, 1]
        for least in np.arange(0.2, 0.8, 0.05):
            f1 = _score((shares > least).tolist(), train).f1
            best = max(best, (f1, strength, float(least)))
    _, strength, least = best
    weights = regression.fit(every, right, strength=strength)
    told = (regression.probabilities(weights, held)[:, 1] > least).tolist()
    how = f"strength {strength:g}, from {least:.2f}, by cross-validation on train"
    yield f"  a head fitted on train ({how}; not shipped): {_score(told, dev)}"


def _score(told: list[bool], cases: list[dict[str, Any]]) -> Score:
    pairs = [(said, bool(case["label"])) for said, case in zip(told, cases, strict=True)]
    return Score(pairs.count((True, True)), pairs.count((True, False)), pairs.count((False, True)))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
