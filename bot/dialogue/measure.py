"""Measures how moods are read, on a file of messages with a label each: `bot eval-mood`.

`auroc_negative` is the probability that a negative message is held to be more negative than one
that is not, ties counting half. The other figures are shares of the messages with a label that are
taken for a bad mood, and for anger: as the flow takes them, one message at a time.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from pydantic import BaseModel

from bot.dialogue.mood import Mood
from bot.knowledge.evaluate import read_lines
from bot.language.statistics import auroc

Label = Literal["negative", "neutral", "positive"]


class Labelled(BaseModel):
    """One line of a file of moods."""

    text: str
    label: Label


def read(path: Path) -> list[Labelled]:
    """The messages of a JSONL file; `InputError` names the first bad line and its reason."""
    return read_lines(path, Labelled, "eval_mood_bad_line", "eval_mood_empty")


def run(messages: Sequence[Labelled], feel: Callable[[str], Mood]) -> Iterator[Mood]:
    """The mood of each message in turn, lazily, so that a caller can show progress."""
    for message in messages:
        yield feel(message.text)


def metrics(messages: Sequence[Labelled], moods: Sequence[Mood]) -> dict[str, float]:
    """The measures named in the module's docstring, and counts; nan where nothing defines them."""
    bad = np.array([message.label == "negative" for message in messages])
    measured: dict[str, float] = {
        "messages": len(messages),
        "auroc_negative": auroc(bad, np.array([mood.bad for mood in moods], dtype=np.float64)),
    }
    for label in get_args(Label):
        of_label = [
            mood for message, mood in zip(messages, moods, strict=True) if message.label == label
        ]
        measured[label] = len(of_label)
        measured[f"{label}_taken_negative"] = _share([mood.negative for mood in of_label])
        measured[f"{label}_taken_angry"] = _share([mood.angry for mood in of_label])
    return measured


def write_runs(path: Path, moods: Sequence[Mood]) -> None:
    """One JSON line a message, in order: how likely (0..1) it is negative, and angry."""
    with path.open("w", encoding="utf-8") as file:
        for mood in moods:
            file.write(json.dumps({"negative": mood.bad, "angry": mood.furious}) + "\n")


def _share(of: Sequence[bool]) -> float:
    return float(np.mean(of)) if of else float("nan")
