"""What a hand-over says besides while nobody is there: when somebody is, and that an e-mail helps.

Where no hours are set, somebody is taken to be there. An e-mail address that is then typed stays in
the conversation as it is; the desk shows it as a way to reach the shopper.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.customers.proof_dialogue import address_alone
from bot.dialogue.decide import Escalate
from bot.dialogue.outcome import Outcome
from bot.hours import Hours
from bot.orders.describe import spoken_day
from bot.texts import t
from bot.types import Author, Claim, Language, Reason, Say, Status, now

_LEAVES = "web"  # the channel where a shopper may not come back to what is said to them


class Away:
    """Asks for the shop's `hours`, None where none are set, and for its own `words`, "" where it
    has none; both may be others from one moment to the next."""

    def __init__(
        self,
        hours: Callable[[], Hours | None] = lambda: None,
        clock: Callable[[], datetime] = now,
        words: Callable[[Language], str] = lambda _: "",
    ) -> None:
        self._hours = hours
        self._clock = clock
        self._words = words

    def until(self) -> datetime | None:
        """When somebody is there next; None while somebody is."""
        hours = self._hours()
        return hours.opens(self._clock()) if hours else None

    def told(self, outcome: Outcome, claim: Claim) -> Outcome:
        """The outcome with a word on when somebody is there, where it brings in a person."""
        opens, decision, say = self.until(), outcome.decision, outcome.say
        if opens is None or not isinstance(decision, Escalate):
            return outcome
        when, own = self._when(opens, say.language), self._words(say.language)
        away = own.replace("{when}", when) if own else t("chat.away", say.language, when=when)
        lines = [say.text, away]
        dialogue = say.dialogue
        if not decision.again and decision.reason is not Reason.GUESSING and _unreachable(claim):
            lines.append(t("chat.away_email", say.language))
            # The address that is typed next is for the agent, and no beginning of a proof.
            dialogue = dialogue or {}
        return replace(outcome, say=replace(say, text="\n\n".join(lines), dialogue=dialogue))

    def left(self, claim: Claim, reason: Reason | None, language: Language) -> Outcome | None:
        """What is said to an e-mail address alone, while a person is waited for."""
        said = claim.messages
        if self._hours() is None or reason is None or claim.status is not Status.WAITING:
            return None
        if not all(each.choice is None and address_alone(each.text) for each in said):
            return None
        say = Say(t("chat.address_left", language), language)
        return Outcome(Escalate(reason, again=True), say)

    def _when(self, opens: datetime, language: Language) -> str:
        """In the shop's time, which the shopper's need not be: "tomorrow at 9:00 (UTC+1)"."""
        today = self._clock().astimezone(opens.tzinfo).date()
        days = (opens.date() - today) // timedelta(days=1)
        key = ("chat.at_today", "chat.at_tomorrow")[days] if days < 2 else "chat.at_day"
        day = spoken_day(opens.date(), language, today)
        return t(key, language, day=day, time=f"{opens.hour}:{opens:%M}", zone=_zone(opens))


def _unreachable(claim: Claim) -> bool:
    """Whether the shop could reach the shopper nowhere but on the page that they look at."""
    told = (turn.text for turn in claim.history if turn.author is Author.SHOPPER)
    return claim.chat.channel == _LEAVES and not claim.proven and not any(map(address_alone, told))


def _zone(at: datetime) -> str:
    """As UTC+1, UTC-3:30 or UTC."""
    offset = at.utcoffset() or timedelta()
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta() else "+"
    rest = f":{minutes:02}" if minutes else ""
    return f"UTC{sign}{hours}{rest}" if offset else "UTC"
