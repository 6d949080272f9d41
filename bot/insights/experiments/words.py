"""A plan in words."""

from bot.insights.experiments.outcomes import OUTCOMES
from bot.insights.experiments.store import Plan
from bot.texts import t
from bot.types import Language


def planned(found: Plan, outcome: str, least: float, language: Language) -> str:
    """How long an experiment takes, in a sentence."""
    if found.least is None and found.days is None:
        return t("experiments.planned_unknown", language, daily=f"{found.daily:.1f}")
    mean = found.baseline
    said = f"{100 * mean:.1f} %" if OUTCOMES[outcome].share else f"{mean:.2f}"
    told = {"daily": f"{found.daily:.1f}", "baseline": said, "least": f"{100 * least:.0f} %"}
    if found.days is not None:
        return t("experiments.planned", language, days=found.days, **told)
    smallest = f"{100 * (found.least or 0):.0f} %"
    return t("experiments.planned_long", language, smallest=smallest, **told)
