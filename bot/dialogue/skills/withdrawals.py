"""The words for requests that a shopper takes back; the skill of the table is `changes.py`."""

from collections.abc import Sequence

from bot.dialogue.decide import Escalate, Reply
from bot.dialogue.outcome import Outcome
from bot.texts import t
from bot.tickets.requests import Pending
from bot.types import Language, Reason, Say


def taken_back(filed: Sequence[Pending], language: Language) -> Outcome:
    """What is said of each, and done: one that an agent has approved already only a person can
    stop, and one that was declined is over."""
    lines, late = [], any(each.status == "approved" for each in filed)
    for each in filed:
        key = {"approved": f"too_late_{each.change}", "declined": f"{each.change}_declined"}
        text = key.get(each.status, f"withdrawn_{each.change}")
        lines.append(t(f"requests.{text}", language, order=each.order_id))
    return Outcome(
        Escalate(Reason.REQUEST) if late else Reply(),
        Say("\n".join(lines), language, dialogue={}),
        request="too_late" if late else "withdrawn",
        withdraws=tuple(each.id for each in filed if each.status == "open"),
    )
