"""A probability from evidence, thresholds between the fitted rates, and the file they ship in."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.errors import SettingsError
from bot.knowledge.confidence import FEATURES, READINGS, SHIPPED, Weights, features, load, save
from bot.types import Candidate

WEIGHTS = Weights(
    rank=(0.5, 0.25, 0.25, 0.0),
    bias=-2.0,
    confidence=dict.fromkeys(FEATURES, 1.0),
    thresholds={"0.01": 0.9, "0.05": 0.7, "0.1": 0.6},
)


def found(entry_id: str, **evidence: float) -> Candidate:
    values: dict[str, Any] = {
        "dense": 0.5,
        "dense_mean": 0.5,
        "lexical": 0.5,
        "overlap": 0.5,
        "coverage": 0.5,
    }
    return Candidate(
        entry_id=entry_id,
        language="en",
        title="",
        text="",
        source="",
        kind="faq",
        **(values | {"score": 0.5} | evidence),
    )


def test_nothing_found_is_never_right() -> None:
    assert WEIGHTS.probability([]) == 0.0


def test_more_evidence_is_surer_and_a_close_second_is_not() -> None:
    first, second = found("a", dense=0.9, score=0.9), found("b", score=0.4)
    sure = WEIGHTS.probability([first, second])
    assert 0 < sure < 1
    assert WEIGHTS.probability([replace(first, lexical=0.9), second]) > sure
    assert WEIGHTS.probability([first, replace(second, score=0.89)]) < sure
    assert WEIGHTS.probability([first, replace(second, lexical=0.9)]) < sure  # they disagree


def test_extreme_evidence_neither_overflows_nor_is_certain() -> None:
    for bias in (-1e6, 1e6):
        assert 0 < replace(WEIGHTS, bias=bias).probability([found("a")]) <= 1


def test_margins_are_towards_the_best_other_entry() -> None:
    read = features(
        [found("a", score=0.9, dense=0.8), found("b", score=0.6), found("c", dense=0.7)]
    )
    assert set(read) == set(FEATURES)
    assert read["margin"] == pytest.approx(0.3)
    assert read["dense_margin"] == pytest.approx(0.1)
    assert read["agreement"] == 1.0
    assert features([found("a")])["margin"] == 0.5
    assert features([found("a"), found("b", lexical=0.6)])["agreement"] == 0.0


def test_the_score_is_the_weighted_sum() -> None:
    evidence = np.array([[0.8], [0.4], [0.2], [0.9]], dtype=np.float32)
    assert WEIGHTS.score(*evidence) == pytest.approx([0.55])


@pytest.mark.parametrize(
    ("rate", "limit"),
    [(0.001, 0.9), (0.01, 0.9), (0.03, 0.8), (0.05, 0.7), (0.075, 0.65), (0.1, 0.6), (0.5, 0.6)],
)
def test_thresholds_are_interpolated_and_never_extrapolated(rate: float, limit: float) -> None:
    assert WEIGHTS.threshold(rate) == pytest.approx(limit)


def test_the_shipped_weights_let_no_evidence_count_against() -> None:
    for weights in load().values():
        assert set(weights.confidence) == set(FEATURES)
        assert min(weights.confidence.values()) >= 0
        assert sum(weights.confidence.values()) > 0
        limits = [weights.threshold(rate) for rate in (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)]
        assert limits == sorted(limits, reverse=True)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "ranking.json"
    given = {name: replace(WEIGHTS, bias=float(at)) for at, name in enumerate(READINGS)}
    save(path, given)
    assert load(path) == given


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"english": {}}', '{"english": 1, "bridged": 2}', None]
)
def test_a_damaged_file_is_said_to_be_one(tmp_path: Path, damage: str | None) -> None:
    path = tmp_path / "ranking.json"
    if damage is not None:
        path.write_text(damage, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load(path)
    assert "ranking.json" in raised.value.message("zh")


def test_a_missing_feature_is_found_at_load_and_not_at_the_first_question(tmp_path: Path) -> None:
    data = json.loads(SHIPPED.read_text(encoding="utf-8"))
    del data["multilingual"]["confidence"]["margin"]
    path = tmp_path / "ranking.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(SettingsError):
        load(path)


def test_a_classifier_counts_where_there_is_one() -> None:
    for reading, weights in load().items():
        of_classifier = weights.confidence["learned"] + weights.confidence["learned_margin"]
        assert (of_classifier > 0) == (reading in ("english", "multilingual"))
