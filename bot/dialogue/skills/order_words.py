"""What is said of one's own orders: a record, a list, a question back, and the rule beside them.

It chooses no order (`orders.py`); the sentences on a record are `bot/orders/describe.py`'s.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo

from bot.dialogue.commands import ORDERS, person_button
from bot.dialogue.compose import LABEL, compose, worded
from bot.dialogue.compose import source as cited
from bot.dialogue.decide import Clarify, Decision, Escalate, Reply
from bot.dialogue.followup import ORDER, WHOLE
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import change_words
from bot.dialogue.view import Part
from bot.language.heads import Judge, unknown
from bot.orders import change_rules, describe
from bot.orders.asks import Asked, Aspect
from bot.orders.change_rules import Rules
from bot.orders.find import MOST_BUTTONS
from bot.orders.record import Order
from bot.texts import shorten, t
from bot.types import Button, Candidate, Language, Reason, Say, now

SURE_RULE = 0.5  # confidence from which an entry of the knowledge is put beside a record
_USUAL = Rules()


@dataclass(frozen=True)
class OrderWords:
    """`zone` says what day it is. `rules` are what may still be done with an order, `rule` finds
    the knowledge's entry on that, `judge` tells which is asked about."""

    zone: tzinfo
    rules: Rules = _USUAL
    rule: Callable[[str, float], Candidate | None] | None = None
    judge: Judge = unknown

    @property
    def _today(self) -> date:
        return now().astimezone(self.zone).date()

    def told(self, orders: Sequence[Order], asked: Asked, language: Language, sure: float) -> Say:
        """One order, or several on a line each."""
        sources = tuple(describe.source(order, language, sure) for order in orders)
        if len(orders) > 1:
            text = describe.listed(
                orders,
                language,
                today=self._today,
                zone=self.zone,
                priced=Aspect.TOTAL in asked.aspects,
            )
            return Say(text, language, self._buttons(orders, language), sources)
        [order] = orders
        text = describe.describe(order, asked, language, today=self._today, zone=self.zone)
        whole = Button(t("orders.button_whole", language), f"{WHOLE}{order.id}")
        return Say(text, language, (whole,) if describe.is_particular(asked) else (), sources)

    def ruled(
        self, say: Say, question: str, found: Candidate | None, orders: Sequence[Order]
    ) -> Say:
        """Before the record whether what the question asks may still be done, after it the rule,
        which the knowledge `found` for it."""
        change = change_rules.asked_about(question, self.judge)
        asked, rule = question, found
        if rule and change and change_rules.asked_about(rule.title, self.judge) is not change:
            rule = None  # to "can I change the address" the entry on where the shop is lies near
        if change and len(orders) == 1:
            why = change_rules.refusal(
                change, orders[0], self.rules, today=self._today, zone=self.zone
            )
            verdict = t(f"requests.can_{change}", say.language, order=orders[0].id)
            if why:
                verdict = change_words.why_not(*why, orders[0], say.language, self._today)
            say = replace(say, text=f"{verdict}\n\n{say.text}")
        if rule is None and change and self.rule:
            asked = t(f"requests.rule_{change}", say.language)
            rule = self.rule(asked, SURE_RULE)
        return beside_rule(say, rule, asked) if rule else say

    def unsettled(self, say: Say, asked: Asked, orders: Sequence[Order]) -> Say:
        """With what the knowledge says of money that is not back yet, or, where more is asked than
        where it is, of a parcel that is late."""
        about = ""
        if Aspect.REFUND in asked.aspects and not any(each.refunded for each in orders):
            about = "refund"
        elif not asked.sure and any(each.days_late(self._today) for each in orders):
            about = "late"
        question = t(f"orders.{about}_rule", say.language) if about else ""
        rule = self.rule(question, SURE_RULE) if question and self.rule else None
        return beside_rule(say, rule, question) if rule else say

    def which(self, orders: Sequence[Order], language: Language, key: str, sure: float) -> Outcome:
        """Asks which of the orders is meant."""
        say = Say(t(f"orders.{key}", language), language, self._buttons(orders, language))
        return outcome(Clarify(), say, sure)

    def as_of(self, found: Outcome, orders: Sequence[Order], language: Language) -> Outcome:
        """The answer from what is here, saying of when it is; with nothing here, a person."""
        if not orders:
            say = Say(t("orders.source_down", language), language)
            return outcome(Escalate(Reason.BOT_FAILED), say, 0.0)
        known = max(order.updated_at for order in orders if order.updated_at)
        at = known.astimezone(self.zone)
        day = describe.spoken_day(at.date(), language, self._today)
        return before(t("orders.as_of", language, day=day, time=f"{at:%H:%M}"), found)

    def _buttons(self, orders: Sequence[Order], language: Language) -> tuple[Button, ...]:
        labels = (describe.label(order, language, today=self._today) for order in orders)
        return tuple(
            Button(shorten(label, LABEL), f"{ORDER}{order.id}")
            for order, label in zip(orders[:MOST_BUTTONS], labels, strict=False)
        )


def none_at_all(language: Language) -> Outcome:
    """There is no order of theirs."""
    say = Say(t("orders.none_at_all", language), language, (person_button(language),))
    return outcome(Reply(spoken=True), say, 1.0)


def outcome(decision: Decision, say: Say, sure: float) -> Outcome:
    """What the skill answers."""
    return Outcome(decision, say, sure, about="orders", acts=("AskOrder",))


def likely(part: Part) -> Outcome | None:
    """The knowledge's answer where it is likely meant, with the way to one's own orders beside it;
    None without such an answer."""
    found, policy, language = part.found, part.view.policy, part.view.language
    first = found.first
    if first is None or first.kind == "product" or first.contradicts:
        return None
    if found.confidence < policy.assume_at:
        return None
    reply = Reply(first, spoken=True, assumed=found.confidence < policy.reply_at)
    say = compose(reply, found.question, language)
    say = replace(say, buttons=(Button(t("commands.orders_question", language), ORDERS),))
    return Outcome(
        reply, say, found.confidence, question=found.question, found=found.candidates, acts=("Ask",)
    )


def before(text: str, found: Outcome) -> Outcome:
    """What was found to say, with a line before it."""
    return replace(found, say=replace(found.say, text=f"{text}\n{found.say.text}"))


def beside_rule(say: Say, rule: Candidate, question: str) -> Say:
    """What the record says, and below it what the knowledge says; both cited."""
    said = worded(rule, question, say.language)
    text = f"{say.text}\n\n{t('orders.rule_says', say.language)}\n{said}"
    return replace(say, text=text, sources=(*say.sources, cited(rule)))
