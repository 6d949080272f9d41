"""Draws what `bot eval` found as two pictures (SVG), readable on white and on dark pages.

*Reliability*: of the questions in each band of confidence, the share that is right; on the dashed
line both are the same. *Risk and coverage*: from the most confident question down, the share that
is wrong among those answered so far; the dashed line is the wrong rate that is measured at.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from jinja2 import Template

from bot.knowledge.evaluate import WRONG_RATE, Asked, Run, outcomes, wrong_shares
from bot.language.statistics import bands
from bot.texts import t

_TEMPLATE = Path(__file__).with_name("picture.svg")
_SIDE = 360  # of the square that is drawn in
_MOST = 300  # points of a line
_LARGEST = 18.0  # radius of a dot that all questions are in


def write(folder: Path, asked: Sequence[Asked], runs: Sequence[Run], language: str) -> list[Path]:
    """Write both pictures into `folder`, which is made; their paths."""
    right, confidence = outcomes(asked, runs)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {
        "reliability": _reliability(right, confidence, language),
        "risk_coverage": _risk_coverage(right, confidence, language),
    }
    paths = []
    for name, picture in drawn.items():
        paths.append(folder / f"{name}.svg")
        paths[-1].write_text(picture, encoding="utf-8")
    return paths


def _reliability(right: np.ndarray, confidence: np.ndarray, language: str) -> str:
    found = [each for each in bands(right, confidence) if each.size]
    dots = [
        (
            *_place(each.confidence, each.right),
            round(max(2.0, _LARGEST * (each.size / len(right)) ** 0.5), 1),
            t("cli.plot_band", language, count=each.size, right=f"{each.right:.0%}"),
        )
        for each in found
    ]
    line = [(each.confidence, each.right) for each in found]
    return _drawn("reliability", language, line, goal=[(0, 0), (1, 1)], dots=dots)


def _risk_coverage(right: np.ndarray, confidence: np.ndarray, language: str) -> str:
    wrong = wrong_shares(right, confidence)
    shown = np.unique(np.linspace(0, len(wrong) - 1, min(_MOST, len(wrong))).astype(int))
    line = [((at + 1) / len(wrong), float(wrong[at])) for at in shown.tolist()]
    top = min(1.0, max(2 * WRONG_RATE, math.ceil(10 * float(wrong.max())) / 10))
    goal = [(0, WRONG_RATE), (1, WRONG_RATE)]
    return _drawn("risk_coverage", language, line, goal=goal, top=top)


def _drawn(
    name: str,
    language: str,
    line: Iterable[tuple[float, float]],
    *,
    goal: Iterable[tuple[float, float]],
    dots: Sequence[tuple[float, float, float, str]] = (),
    top: float = 1.0,
) -> str:
    def joined(points: Iterable[tuple[float, float]]) -> str:
        return " ".join(f"{x},{y}" for x, y in (_place(*each, top) for each in points))

    template = Template(_TEMPLATE.read_text(encoding="utf-8"), autoescape=True)
    drawn: str = template.render(
        title=t(f"cli.plot_{name}", language),
        across=t(f"cli.plot_{name}_across", language),
        up=t(f"cli.plot_{name}_up", language),
        goal=joined(goal),
        line=joined(line),
        dots=dots,
        top=top,
    )
    return drawn


def _place(across: float, up: float, top: float = 1.0) -> tuple[float, float]:
    """Shares (0..1, the second of `top`) as a point of the square, whose first row is on top."""
    return round(across * _SIDE, 1), round((1 - up / top) * _SIDE, 1)
