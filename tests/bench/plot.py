"""The table's main figures as a picture, readable on white and on dark pages."""

from pathlib import Path
from typing import Any

_INK = "#6b7280"  # a grey that shows on either
_COLOURS = {"Deskhand, whole flow": "#0d9488", "Deskhand, retriever": "#5eead4", "chain": "#f59e0b"}
_SIDES = {"Deskhand, whole flow": "flow", "Deskhand, retriever": "retrieval", "chain": "chain"}
_PANELS = {
    "start to first answer": "Start to first answer",
    "resident memory": "Memory",
    "latency p50": "Latency, median",
    "questions a second, 32 at once": "Questions a second, 32 at once",
}


def draw(found: dict[str, Any], path: Path) -> None:
    """Write `path` (its folder is made) from what `bench` returned."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    rows = {row["name"]: row for row in found["rows"]}
    plt.rcParams.update({"text.color": _INK, "font.size": 9})
    figure, axes = plt.subplots(1, len(_PANELS), figsize=(11, 2.4))
    for axis, (name, title) in zip(axes, _PANELS.items(), strict=True):
        row = rows[name]
        values = [row[side] for side in _SIDES.values()]
        bars = axis.barh(list(_SIDES), values, color=list(_COLOURS.values()), height=0.62)
        digits = 1 if max(values) < 100 else 0
        labels = [f"{value:.{digits}f} {row['unit'].replace('/s', 'a second')}" for value in values]
        axis.bar_label(bars, labels=labels, padding=3, color=_INK)
        axis.set_title(title, fontsize=10, loc="left")
        axis.set_xlim(0, max(values) * 1.35)
        axis.invert_yaxis()
        axis.set_xticks([])
        axis.tick_params(length=0, labelcolor=_INK, labelleft=axis is axes[0])
        axis.spines[:].set_visible(False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=160, transparent=True)
    plt.close(figure)
