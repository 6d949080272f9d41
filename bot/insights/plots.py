"""Plots as SVG: drawn here, coloured by the page's own style sheet in both themes.

Every part is a link to what it was counted from, with its figure as the title. Axes begin at zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup

WIDTH, HEIGHT = 520, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 6, 10, 26
_LINES = 4  # at most, besides the axis
_LABELS = 13  # under the columns, at most


@dataclass(frozen=True)
class Part:
    """A piece of a column: how much, its colour in the style sheet, what it says and opens."""

    value: float
    look: str
    title: str
    href: str


@dataclass(frozen=True)
class Column:
    """What stands on one another, from below, over a label."""

    label: str
    parts: Sequence[Part]

    @property
    def total(self) -> float:
        return sum(part.value for part in self.parts)


def columns(shown: Sequence[Column], title: str) -> Markup:
    """Columns side by side, each of its parts to press on."""
    step = _step(max((column.total for column in shown), default=0))
    top = max(step, ceil(max((column.total for column in shown), default=0) / step) * step)
    room, floor_ = HEIGHT - _TOP - _BOTTOM, HEIGHT - _BOTTOM
    wide = (WIDTH - _LEFT - _RIGHT) / max(1, len(shown))
    bar = min(46.0, wide * 0.72)
    drawn = [_lines(step, top)]
    every = ceil(len(shown) / _LABELS)
    for place, column in enumerate(shown):
        middle = _LEFT + wide * (place + 0.5)
        below = float(floor_)
        for part in column.parts:
            tall = part.value / top * room
            if part.value:
                below -= tall
                drawn.append(_bar(middle - bar / 2, below, bar, tall, part))
        if place % every == 0:
            drawn.append(
                Markup('<text x="{:.1f}" y="{}" class="mid">{}</text>').format(
                    middle, HEIGHT - 8, column.label
                )
            )
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, title, Markup("").join(drawn))


def bar(value: float, most: float, look: str = "plot-solved") -> Markup:
    """A bar in a table's row, as long as its share of the longest; its figure stands beside it."""
    long = 100 * value / most if most else 0
    return Markup(
        '<svg class="bar-plot" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{:.1f}" height="8" rx="2" class="{}"/></svg>'
    ).format(max(long, 1.5 if value else 0), look)


def strip(parts: Sequence[Part], title: str) -> Markup:
    """One bar from left to right, its parts as long as their shares."""
    whole, left, drawn = sum(part.value for part in parts), 0.0, []
    for part in parts:
        if part.value:
            wide = part.value / whole * WIDTH
            drawn.append(_bar(left, 0, max(1.0, wide - 1.5), 15.5, part))
            left += wide
    return Markup(
        '<svg class="strip-plot" viewBox="0 0 {} 14" preserveAspectRatio="none" role="group"'
        ' aria-label="{}">{}</svg>'
    ).format(WIDTH, title, Markup("").join(drawn))


def _bar(x: float, y: float, wide: float, tall: float, part: Part) -> Markup:
    # The piece above leaves a hairline free, so that two colours never need to be told by colour.
    shape = Markup(
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2" class="{}">'
        "<title>{}</title></rect>"
    ).format(x, y, wide, max(1.0, tall - 1.5), part.look, part.title)
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(part.href, part.title, shape)


def _lines(step: float, top: float) -> Markup:
    room = HEIGHT - _TOP - _BOTTOM
    drawn = []
    for number in range(floor(top / step) + 1):
        y = HEIGHT - _BOTTOM - number * step / top * room
        drawn.append(
            Markup(
                '<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                '<text x="{}" y="{:.1f}" class="end">{:g}</text>'
            ).format(_LEFT, WIDTH - _RIGHT, y, y, _LEFT - 7, y + 4, number * step)
        )
    return Markup("").join(drawn)


def _step(most: float) -> float:
    """A round number between lines: 1, 2 or 5 and zeros."""
    if most <= _LINES:
        return 1
    rough = most / _LINES
    power = 10.0 ** floor(log10(rough))
    return next((power * by for by in (1.0, 2.0, 5.0) if power * by >= rough), power * 10)
