"""The course of an experiment as SVG: the effect and its interval, day by day, around no effect."""

from collections.abc import Sequence
from math import ceil

from markupsafe import Markup

from bot.insights.experiments.verdict import Day, percent

WIDTH, HEIGHT = 520, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 8, 10, 26
_LABELS = 10
_MOST = 2.0  # beyond ± 200 % nothing is drawn: the first days say little


def course(days: Sequence[Day], title: str) -> Markup:
    """The plot; empty where no day has an effect yet."""
    told = [(each.number, each.effect) for each in days if each.effect is not None]
    if not told:
        return Markup("")
    reach = min(_MOST, max(max(abs(of.low), abs(of.high)) for _, of in told)) or 0.01
    first, last = days[0].number, days[-1].number

    def x(day: float) -> float:
        return _LEFT + (day - first + 0.5) / (last - first + 1) * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        held = max(-reach, min(reach, value))
        return _TOP + (reach - held) / (2 * reach) * (HEIGHT - _TOP - _BOTTOM)

    drawn = [
        Markup('<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
            _LEFT, WIDTH - _RIGHT, y(value), y(value)
        )
        + Markup('<text x="{}" y="{:.1f}" class="end">{}</text>').format(
            _LEFT - 6, y(value) + 4, f"{100 * value:+.0f} %" if value else "0"
        )
        for value in (-reach, 0.0, reach)
    ]
    wide = max(2.0, min(22.0, (WIDTH - _LEFT - _RIGHT) / (last - first + 1) * 0.6))
    for number, of in told:
        look = "plot-solved" if of.certain else "plot-open"
        said = f"{number}: {percent(of.effect)} ({percent(of.low)} … {percent(of.high)})"
        drawn.append(
            Markup(
                '<g><title>{}</title><rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"'
                ' rx="2" class="{}"/><circle cx="{:.1f}" cy="{:.1f}" r="3.5" class="dot"/></g>'
            ).format(
                said,
                x(number) - wide / 2,
                y(of.high),
                wide,
                max(1.0, y(of.low) - y(of.high)),
                look,
                x(number),
                y(of.effect),
            )
        )
    every = ceil((last - first + 1) / _LABELS)
    for number in range(first, last + 1, every):
        drawn.append(
            Markup('<text x="{:.1f}" y="{}" class="mid">{}</text>').format(
                x(number), HEIGHT - 8, number
            )
        )
    return Markup(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, title, Markup("").join(drawn))
