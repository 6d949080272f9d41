"""A price that would probably bring more, with its expected range; or why none is named.

Named is only a price between the owner's limits, near prices that were asked before, not more than
15 % from the present one, and only where even the worse end of the interval loses nothing. What is
made more is the margin where the cost is known, else the takings. Nothing here changes a price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from bot.insights.prices import history
from bot.insights.prices import limits as limited
from bot.insights.prices.elasticity import Elasticity, elasticity
from bot.insights.prices.history import Sales
from bot.insights.prices.limits import NO_LIMITS, Limits
from bot.language.money import digits
from bot.texts import t
from bot.types import Language

NEAR = 0.15  # share by which a suggestion may differ from the present price
_BEYOND = 0.05  # share beyond the prices that were asked before
_STEPS = 60
_VAGUE = 4.0  # width of an interval that tells nothing
_WORTH = 0.01  # share of the takings from which a change is worth naming

Answer = Literal["weeks", "pieces", "prices", "unclear", "keep", "raise", "lower"]


@dataclass(frozen=True)
class Hint:
    """Of one product: amounts in its currency. `suggested` is there for "raise" and "lower", with
    what is to be expected of `gain`, a share of what it brings now, from `gain_low` to `gain_high`;
    `of_margin` says that it is the margin. `bound` says that a limit kept it from going further."""

    sku: str
    name: str
    currency: str
    price: float
    answer: Answer
    elasticity: Elasticity | None = None
    suggested: float | None = None
    gain: float = 0.0
    gain_low: float = 0.0
    gain_high: float = 0.0
    of_margin: bool = False
    bound: bool = False
    competitor: float | None = None

    @property
    def told(self) -> bool:
        """Whether there was enough to tell."""
        return self.elasticity is not None


def hints(session: Session, *, at: datetime, sku: str = "") -> list[Hint]:
    """Of every product that was sold, those with a suggestion first; or of the one."""
    known = limited.kept(session)
    found = history.sales(session, at=at, sku=sku)
    made = [hint(each, known.get(each.sku, NO_LIMITS)) for each in found.values()]
    return sorted(made, key=lambda each: (each.suggested is None, not each.told, -each.gain))


def hint(sold: Sales, limits: Limits) -> Hint:
    """What the weeks of a product say of its price."""
    units = 10.0 ** digits(sold.currency)
    price = sold.price / units
    plain = Hint(sold.sku, sold.name, sold.currency, price, "keep", competitor=limits.competitor)
    found = elasticity(sold.weeks)
    if not isinstance(found, Elasticity):
        return _as(plain, found)
    if found.high - found.low > _VAGUE:
        return _as(plain, "unclear")
    asked = [each.price / units for each in sold.weeks]
    low = max(price * (1 - NEAR), min(asked) * (1 - _BEYOND), limits.lowest or 0.0)
    high = min(price * (1 + NEAR), max(asked) * (1 + _BEYOND), limits.highest or float("inf"))
    if limits.competitor is not None and price <= limits.competitor:
        high = min(high, limits.competitor)  # who is the cheaper one stays it
    cost = limits.cost if limits.cost is not None and limits.cost < price else None
    if cost is not None:
        low = max(low, cost)
    if low > high:
        return _as(plain, "keep", found)

    def gain(at: float, by: float) -> float:
        """The share by which more is made at another price, were that the elasticity."""
        margin = (at - (cost or 0.0)) / (price - (cost or 0.0))
        # Nobody buys more because it is dearer, whatever a few weeks say.
        return float(margin * (at / price) ** min(by, 0.0) - 1)

    tried = [low + (high - low) * step / _STEPS for step in range(_STEPS + 1)]
    best = max(tried, key=lambda each: gain(each, found.value))
    best = min(max(_rounded(best), low), high)
    ends = sorted(gain(best, each) for each in (found.low, found.high))
    if gain(best, found.value) < _WORTH or ends[0] < 0:
        return _as(plain, "keep", found)
    return Hint(
        sold.sku,
        sold.name,
        sold.currency,
        price,
        "raise" if best > price else "lower",
        found,
        best,
        gain(best, found.value),
        ends[0],
        ends[1],
        cost is not None,
        bound=min(best - low, high - best) < (high - low) / _STEPS,
        competitor=limits.competitor,
    )


def _as(plain: Hint, answer: Answer, found: Elasticity | None = None) -> Hint:
    return Hint(
        plain.sku,
        plain.name,
        plain.currency,
        plain.price,
        answer,
        found,
        competitor=plain.competitor,
    )


def _rounded(price: float) -> float:
    """As prices are written: whole from a hundred on, else to ten cents."""
    return float(round(price)) if price >= 100 else round(price, 1)


def sentence(of: Hint, language: Language) -> str:
    """A hint in plain words."""
    found = of.elasticity
    return t(
        f"prices.said_{of.answer}",
        language,
        price=f"{of.price:.2f}",
        suggested=f"{of.suggested or 0:.2f}",
        currency=of.currency,
        what=t("prices.margin" if of.of_margin else "prices.takings", language),
        gain=f"{100 * of.gain:+.0f} %",
        low=f"{100 * of.gain_low:+.0f} %",
        high=f"{100 * of.gain_high:+.0f} %",
        value=f"{found.value:.1f}" if found else "",
        from_=f"{found.low:.1f}" if found else "",
        to=f"{found.high:.1f}" if found else "",
    )


def counted(hints: Sequence[Hint]) -> dict[str, int]:
    """How many products have a suggestion, enough to keep their price, and too little data."""
    suggested = sum(each.suggested is not None for each in hints)
    told = sum(each.told for each in hints)
    return {"suggested": suggested, "kept": told - suggested, "silent": len(hints) - told}
