"""Measures the current index on a file of questions: `bot eval`.

Definitions, over all questions in the file's order, each with its first candidate and confidence:
a question is *right* when the first candidate is expected; one that the knowledge cannot answer
(`expect` null) can never be right. `auroc_right` is the probability that a right question has a
higher confidence than one that is not, ties counting half. `answered_at_5pct_wrong` is the longest
run from the most confident down in which at most 5 % are not right, as a share of all questions;
`resolved_at_5pct_wrong` the right ones in that run, as a share of the answerable questions. `ece`
is the expected calibration error: how far, in ten bands of confidence, the confidence is from the
share that is right, the bands weighted by their questions.
It asks the retriever alone: no conversation, no database.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.errors import InputError
from bot.language.statistics import auroc, calibration_error

WRONG_RATE = 0.05
Line = TypeVar("Line")


class Asked(BaseModel):
    """One line of a questions file."""

    question: str
    expect: str | list[str] | None

    @property
    def expected(self) -> frozenset[str]:
        """The acceptable entry ids; empty where a person should answer."""
        if self.expect is None:
            return frozenset()
        return frozenset([self.expect] if isinstance(self.expect, str) else self.expect)


@dataclass(frozen=True)
class Run:
    """What came out for one question: entry ids, best first; confidence 0..1; action."""

    top: tuple[str, ...]
    confidence: float
    action: str


def read(path: Path) -> list[Asked]:
    """The questions of a JSONL file; `InputError` names the first bad line and its reason."""
    return read_lines(path, Asked, "eval_bad_line", "eval_empty")


def read_lines(path: Path, kind: type[Line], bad: str, empty: str) -> list[Line]:
    """The lines of a JSONL file, each a `kind`; `InputError` names the first bad line and its
    reason in the command line's text `bad`, and an empty file in `empty`."""
    found, of_kind = [], TypeAdapter(kind)
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cli.eval_unreadable", path=path, reason=error) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(of_kind.validate_json(line))
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise InputError(f"cli.{bad}", path=path, line=number, reason=reason) from error
    if not found:
        raise InputError(f"cli.{empty}", path=path)
    return found


def run(asked: Sequence[Asked], ask: Callable[[str], Run]) -> Iterator[Run]:
    """Each question in turn, lazily, so that a caller can show progress."""
    for question in asked:
        yield ask(question.question)


def metrics(asked: Sequence[Asked], runs: Sequence[Run]) -> dict[str, float]:
    """The measures named in the module's docstring, and counts; nan where nothing defines them."""
    ranks = [
        next((n for n, entry in enumerate(of_run.top, 1) if entry in question.expected), 0)
        for question, of_run in zip(asked, runs, strict=True)
        if question.expected
    ]
    answerable = len(ranks)
    places = np.array(ranks)
    hits, confidence = outcomes(asked, runs)
    answered, resolved = _longest_run(hits, confidence)
    return {
        "questions": len(asked),
        "answerable": answerable,
        "hit@1": _share(places == 1),
        "hit@3": _share((places >= 1) & (places <= 3)),
        "mrr": float(np.mean(np.where(places > 0, 1 / np.maximum(places, 1), 0.0)))
        if answerable
        else float("nan"),
        "auroc_right": auroc(hits, confidence),
        "ece": calibration_error(hits, confidence),
        "resolved_at_5pct_wrong": resolved / answerable if answerable else float("nan"),
        "answered_at_5pct_wrong": answered / len(asked),
    }


def write_runs(path: Path, runs: Sequence[Run]) -> None:
    """One JSON line a question, in order."""
    with path.open("w", encoding="utf-8") as file:
        for of_run in runs:
            line = {
                "top": list(of_run.top),
                "confidence": of_run.confidence,
                "action": of_run.action,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _share(of: np.ndarray) -> float:
    return float(np.mean(of)) if len(of) else float("nan")


def outcomes(asked: Sequence[Asked], runs: Sequence[Run]) -> tuple[np.ndarray, np.ndarray]:
    """Whether each question is right (questions,), and its confidence (questions,)."""
    right = [
        bool(of_run.top) and of_run.top[0] in question.expected
        for question, of_run in zip(asked, runs, strict=True)
    ]
    return np.array(right, dtype=bool), np.array([of_run.confidence for of_run in runs])


def wrong_shares(right: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """From the most confident down, the share that is wrong among the first one, two, three …"""
    order = np.argsort(-confidence, kind="stable")
    wrong: np.ndarray = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    return wrong


def _longest_run(right: np.ndarray, confidence: np.ndarray) -> tuple[int, int]:
    """(answered, right ones among them) of the longest run with at most `WRONG_RATE` wrong."""
    wrong = wrong_shares(right, confidence)
    allowed = np.flatnonzero(wrong <= WRONG_RATE)
    if not len(allowed):
        return 0, 0
    answered = int(allowed[-1]) + 1
    return answered, answered - round(float(wrong[answered - 1]) * answered)
