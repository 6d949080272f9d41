"""A campaign as a calendar: what is said where on which day, with the text and the share of money.

Steps stand between the first day and the last; their shares add up to the whole budget.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.language import money
from bot.studio.brief import Brief, Kind
from bot.studio.item import Item
from bot.studio.realise.copywriting import Copy, realised
from bot.studio.realise.variety import Chooser, First

_SHARES = {"ad": 5, "social": 2, "email": 1}  # weights of the budget
_LONG = 7  # days from which a reminder stands in the middle
_PLANS: dict[str, tuple[Kind, ...]] = {
    "announce": ("social",),
    "start": ("email", "ad", "social"),
    "middle": ("social", "ad"),
    "last": ("email", "social"),
}


@dataclass(frozen=True)
class Step:
    """One text on one day. `budget` is in the currency's smallest unit."""

    day: date
    name: str
    channel: Kind
    text: str
    budget: int


def plan(item: Item, brief: Brief, choose: Chooser) -> list[Step]:
    """The steps of a campaign in the order of their days; the brief has both dates."""
    named = list(_days(brief))
    order = [(day, name, channel) for day, name in named for channel in _PLANS[name]]
    total = money.minor(brief.budget, item.currency) or 0
    weights = [_SHARES[channel] for _, _, channel in order]
    shares = [total * each // sum(weights) for each in weights]
    shares[-1] += total - sum(shares)
    found = []
    for at, (day, name, channel) in enumerate(order):
        step = replace(brief, kind=channel, occasion=brief.occasion if name == "start" else "")
        text = realised(item, step, choose)
        if name == "last" and channel == "social":
            copy = Copy(item, brief, choose)
            text = f"{choose('last line', copy.words['campaign']['last_line'])}{copy.gap}{text}"
        found.append(Step(day, name, channel, text, shares[at]))
    return found


def written(item: Item, brief: Brief, choose: Chooser) -> str:
    """The plan as one text: what it is for, then the calendar."""
    copy = Copy(item, brief, choose)
    words = copy.words["campaign"]
    colon = f"{item.name}活动计划" if item.language == "zh" else f"Campaign: {item.name}"
    head = [colon]
    if brief.start and brief.end:
        head.append(words["dates"].format(start=brief.start, end=brief.end))
    for name in ("goal", "audience", "occasion"):
        if said := getattr(brief, name):
            head.append(words[name].format(text=said))
    if brief.budget:
        total = money.minor(brief.budget, item.currency) or 0
        shown = money.shown(total, item.currency, item.language)
        head.append(words["budget"].format(text=shown))
    blocks = ["\n".join(head)]
    for step in plan(item, brief, choose):
        said = words["step_budget"] if step.budget else words["step"]
        line = said.format(
            day=step.day.isoformat(),
            channel=words["channels"][step.channel],
            name=words["steps"][step.name],
            budget=money.shown(step.budget, item.currency, item.language),
        )
        blocks.append(f"## {line}\n{step.text}")
    return "\n\n".join(blocks)


def records(item: Item, brief: Brief) -> str:
    """The days and amounts of a campaign's calendar; "" for any other text."""
    if brief.kind != "campaign" or brief.start is None or brief.end is None:
        return ""
    amounts = [each.budget for each in plan(item, brief, First())]
    total = money.minor(brief.budget, item.currency) or 0
    shown = [money.shown(each, item.currency, item.language) for each in (total, *amounts)]
    return " ; ".join([*(day.isoformat() for day, _ in _days(brief)), *shown])


def _days(brief: Brief) -> Iterator[tuple[date, str]]:
    start, end = brief.start, brief.end
    if start is None or end is None:
        return
    long = (end - start).days
    first = start
    if long >= _LONG:
        yield start, "announce"
        first = start + timedelta(days=max(1, long // 7))
    yield first, "start"
    if long >= _LONG:
        yield first + (end - first) / 2, "middle"
    if end > first:
        yield end, "last"
