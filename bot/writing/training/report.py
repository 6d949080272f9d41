"""What a training run gave: for the screen, for `deskhand.json` and for the model card.

Answers of real dialogues stay in `deskhand.json`; the model card, which may be shown around, has
figures only. The curve is drawn as SVG by hand: a chart library would be a dependency for one line.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.texts import t

Curve = list[tuple[int, float]]
"""(step, loss) in order."""

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT, _LEFT, _EDGE = 640, 320, 52, 28


@dataclass(frozen=True)
class Shown:
    """One held-out question and what was, and is, answered to it."""

    question: str
    expected: str
    before: str
    after: str


@dataclass(frozen=True)
class Report:
    """All that is known of a run. Losses are nats per token of the held-out answers."""

    base: str
    parameters: int
    method: str
    data: str
    data_sha256: str
    dialogues: int
    trained_on: int
    held_out: int
    too_long: int
    device: str
    rate: float
    steps: int
    stopped_early: bool
    best_step: int
    loss_before: float
    loss_after: float
    perplexity_before: float
    perplexity_after: float
    seconds: float
    learning: Curve
    held_out_losses: Curve
    answers: list[Shown]
    versions: dict[str, str]

    @property
    def better(self) -> bool:
        """Whether the held-out loss is lower than the base's."""
        return self.loss_after < self.loss_before

    def as_json(self) -> dict[str, Any]:
        """Plain values, for `--json` and `deskhand.json`."""
        return {"format": 1, "better": self.better, **asdict(self)}

    def write(self, folder: Path, language: str) -> None:
        """`deskhand.json`, the model card and the curve, beside the weights."""
        text = json.dumps(self.as_json(), ensure_ascii=False, indent=1)
        (folder / "deskhand.json").write_text(text + "\n", encoding="utf-8")
        card = t("training.card", language, **self.as_json())
        (folder / "README.md").write_text(card, encoding="utf-8")
        (folder / "loss.svg").write_text(self._curve(language), encoding="utf-8")

    def _curve(self, language: str) -> str:
        curves = {
            "learning": (self.learning, "#9aa7b0"),
            "held_out": (self.held_out_losses, "#1f6f5c"),
        }
        points = [point for curve, _ in curves.values() for point in curve]
        last = max(step for step, _ in points) or 1
        top = max(loss for _, loss in points)
        bottom = min(loss for _, loss in points)
        high = (top - bottom) or 1.0

        def place(step: float, loss: float) -> tuple[float, float]:
            x = _LEFT + (_WIDTH - _LEFT - _EDGE) * step / last
            return x, _EDGE + (_HEIGHT - 2 * _EDGE) * (top - loss) / high

        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
            ' font-family="sans-serif" font-size="12" fill="#333">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        ]
        for loss in (bottom, (bottom + top) / 2, top):
            x, y = place(0, loss)
            parts.append(f'<path d="M{x} {y:.1f}H{_WIDTH - _EDGE}" stroke="#e4e7e9"/>')
            parts.append(
                f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{loss:.2f}</text>'
            )
        for step in (0, last):
            x, _ = place(step, bottom)
            parts.append(f'<text x="{x}" y="{_HEIGHT - 8}" text-anchor="middle">{step}</text>')
        for row, (name, (curve, colour)) in enumerate(curves.items()):
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in curve))
            parts.append(
                f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
            parts.append(
                f'<text x="{_WIDTH - _EDGE}" y="{12 + 13 * row}" text-anchor="end"'
                f' fill="{colour}">{t(f"training.curve_{name}", language)}</text>'
            )
        return "\n".join([*parts, "</svg>", ""])


def sparkline(losses: Sequence[float]) -> str:
    """The losses as a row of bars, for a terminal."""
    low, high = min(losses), max(losses)
    span = (high - low) or 1.0
    return "".join(_BARS[round((loss - low) / span * (len(_BARS) - 1))] for loss in losses)
