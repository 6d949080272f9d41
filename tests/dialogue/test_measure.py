"""The measures of moods against cases small enough to count by hand."""

import json
import math
from pathlib import Path

import pytest

from bot.dialogue.measure import Labelled, metrics, read, run, write_runs
from bot.dialogue.mood import Mood
from bot.errors import InputError

MESSAGES = [
    Labelled(text="a", label="negative"),
    Labelled(text="b", label="negative"),
    Labelled(text="c", label="neutral"),
]
MOODS = {"a": Mood(-0.9, 0.99, 0.98), "b": Mood(-0.1, 0.2, 0.0), "c": Mood(-0.2, 0.4, 0.1)}


def test_shares_and_ranks_are_of_each_label() -> None:
    measured = metrics(MESSAGES, list(run(MESSAGES, MOODS.__getitem__)))
    assert measured["auroc_negative"] == 0.5  # above the neutral one is one of two
    assert measured["negative_taken_negative"] == measured["negative_taken_angry"] == 0.5
    assert measured["neutral_taken_negative"] == 0.0
    assert math.isnan(measured["positive_taken_angry"])
    assert (measured["messages"], measured["positive"]) == (3, 0)


def test_runs_are_one_line_a_message(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs.jsonl", [MOODS["a"]])
    assert json.loads((tmp_path / "runs.jsonl").read_text()) == {"negative": 0.99, "angry": 0.98}


@pytest.mark.parametrize(
    ("line", "named"),
    [('{"text": "a", "label": "sad"}', "line 1"), ("", "no messages")],
)
def test_a_wrong_line_and_an_empty_file_are_told(tmp_path: Path, line: str, named: str) -> None:
    (tmp_path / "moods.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read(tmp_path / "moods.jsonl")
    assert named in refused.value.message("en")
