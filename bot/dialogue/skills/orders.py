"""Answers on the shopper's own orders: scope, record, words, and a policy's text where one applies.

A message that is not about orders costs no query. Who somebody is comes with the burst's `Scope`;
who is nobody yet is asked for a proof, in the words of `proofs.py`. It changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from pydantic import BaseModel
from sqlmodel import Session

from bot.catalogue.calls import Tool
from bot.database.db import Database
from bot.dialogue import followup
from bot.dialogue.commands import person_button
from bot.dialogue.compose import LABEL, worded
from bot.dialogue.compose import source as cited
from bot.dialogue.decide import Clarify, Decision, Escalate, Reply
from bot.dialogue.followup import ORDER, Past
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import change_words, proofs
from bot.dialogue.view import Part
from bot.language.foreign import language_of
from bot.language.heads import POSSIBLE, Judge, unknown
from bot.language.wording import fold
from bot.orders import asks, change_rules, describe, store, words
from bot.orders.asks import Asked
from bot.orders.change_rules import Rules
from bot.orders.find import MOST_BUTTONS, Found
from bot.orders.live import LiveOrders
from bot.orders.record import Order
from bot.orders.search import OrderSearch
from bot.orders.vectors import Floats, OrderVectors
from bot.texts import shorten, t
from bot.types import (
    Button,
    Candidate,
    Language,
    Nobody,
    OneOrder,
    Reason,
    Say,
    Scope,
    now,
)

SURE_RULE = 0.5  # confidence from which an entry of the knowledge is put beside a record
_ORDER = 0.8  # of the head, from which it asks a proven shopper's order
_A_FEW = 4  # digits that may be anything where nothing was said of orders
_NO_PAST = Past()
_UNSURE = 0.75  # confidence below which a message that leans on an order answer is about the order


class AskOrder(Tool):
    """Something is asked of an order of their own: where it is, when it comes, what is in it."""


@dataclass(frozen=True)
class Question:
    """What is asked, in which language, and what of the knowledge may belong to it."""

    text: str
    language: Language
    asked: Asked
    rules: tuple[Candidate, ...] = ()
    past: Past = _NO_PAST
    pressed: str = ""

    @property
    def personal(self) -> bool:
        """Whether only the shopper's own orders can answer it."""
        return bool(self.pressed) or (self.asked.sure and self.asked.kind == "order")


class OrderAnswers:
    """Answers from the orders of whoever is proven."""

    def __init__(
        self,
        db: Database,
        vectors: OrderVectors,
        encode: Callable[[str], Floats],
        zone: tzinfo,
        *,
        mail: bool = False,
        live: LiveOrders | None = None,
        rules: Rules | None = None,
        rule: Callable[[str, float], Candidate | None] | None = None,
        judge: Judge = unknown,
    ) -> None:
        """`mail` says whether codes can be sent, for the words that ask for a proof; `live` is
        asked before the shopper's orders are looked at. `rules` are what may still be done with an
        order, `rule` finds the knowledge's entry on that, `judge` tells which is asked about."""
        self._rules = rules or Rules()
        self._rule = rule
        self._judge = judge
        self._db = db
        self._search = OrderSearch(vectors, encode, zone)
        self._zone = zone
        self._mail = mail
        self._live = live

    def carry_out(self, act: Question, part: Part) -> Outcome | None:
        """What to say if this is about orders; to a shopper who is not proven, how to be. None
        when it is about something else, or may be and nobody is proven."""
        view = part.view
        if isinstance(view.scope, Nobody):
            if not act.personal:
                return None
            with self._db.read() as session:
                if not store.any_at_all(session):
                    return None
            return proofs.ask(view.claim, act.language, view.numbers, mail=self._mail)
        fresh = self._live.refresh(view.scope) if self._live else True
        with self._db.read() as session:
            found = self.answer(session, view.scope, act)
            if found is None or fresh:
                return found
            return self._as_of(found, store.orders(session, view.scope), act)

    def _as_of(self, found: Outcome, orders: Sequence[Order], question: Question) -> Outcome:
        """The answer from what is here, saying of when it is; with nothing here, a person."""
        language = question.language
        if not orders:
            say = Say(t("orders.source_down", language), language)
            return _outcome(Escalate(Reason.BOT_FAILED), say, 0.0)
        known = max(order.updated_at for order in orders if order.updated_at)
        at = known.astimezone(self._zone)
        day = describe.spoken_day(at.date(), language, now().astimezone(self._zone).date())
        text = t("orders.as_of", language, day=day, time=f"{at:%H:%M}")
        return _before(text, found)

    def read(self, part: Part) -> Question | None:
        """The part as a question about orders; None when it is about something else."""
        view, text = part.view, part.text
        past, language, pressed = view.past, view.language, view.pressed
        if pressed.startswith(ORDER):
            again = asks.asked(fold(past.asked or text))
            pressed = pressed.removeprefix(ORDER)
            return Question(text, language, again, _rules(part), past, pressed)
        if pressed:
            return None
        asked = asks.read(text, view.numbers)
        if asked is None and past.orders and asks.asks_of_policy(fold(text)):
            asked = asks.asked(fold(text), "policy")
        if asked is None and past.about_orders and part.found.confidence < _UNSURE:
            if not followup.leans(text):
                return None
            asked = asks.asked(fold(text), sure=False)
        foreign = language_of(text) is not None
        known = not isinstance(view.scope, Nobody)
        if asked is None and (foreign or known) and self._of_an_order(text, _ORDER):
            # Of another language the grammars know no word, and would take them for items.
            asked = asks.asked("" if foreign else fold(text), sure=foreign)
        return Question(text, language, asked, _rules(part), past) if asked else None

    def tools(self, part: Part) -> tuple[type[BaseModel], ...]:
        """What a model may call."""
        return (AskOrder,)

    def called(self, call: BaseModel, part: Part) -> Question | None:
        """The question, where the head holds it possible; which order, and whose, the words and the
        scope say."""
        text, view = part.text, part.view
        if not isinstance(call, AskOrder) or not self._of_an_order(text, POSSIBLE):
            return None
        asked = asks.read(text) or asks.asked(fold(text))
        return Question(text, view.language, asked, _rules(part), view.past)

    def _of_an_order(self, text: str, at_least: float) -> bool:
        """Whether the head of wishes takes it for a question on how far an order or a refund is."""
        told = self._judge(change_rules.HEAD, text)
        return told.get("order_state", 0.0) + told.get("refund_state", 0.0) >= at_least

    def answer(self, session: Session, scope: Scope, question: Question) -> Outcome | None:
        """The answer from the orders in `scope`, in words; None when it may as well be about
        something else, and nothing in them is meant."""
        orders = store.orders(session, scope)
        if question.pressed:
            chosen = [order for order in orders if order.id == question.pressed]
            if chosen:
                return self._said(question, chosen, 1.0)
            return self._none(Found("none", confidence=1.0), orders, question, scope)
        past = question.past
        leans = followup.leans(question.text)
        found = self._search.find(orders, question.asked, past.orders, leans=leans)
        if found.outcome == "none":
            named = words.of_question(question.asked.text)
            if not question.asked.sure and named and question.rules:
                return None
            if 0 < len(question.asked.number) <= _A_FEW and not (
                question.asked.sure or past.about_orders
            ):
                return None  # "12" alone may answer something else
            return self._none(found, orders, question, scope)
        if found.outcome == "several":
            return self._which(found.orders, question, "which", found.confidence)
        said = self._said(question, found.orders, found.confidence)
        if found.missing:
            numbers = t("orders.comma", question.language).join(found.missing)
            said = _before(t("orders.none_of_these", question.language, numbers=numbers), said)
        return said

    def _said(self, question: Question, orders: Sequence[Order], sure: float) -> Outcome:
        """One order in full, or several on a line each; with the rule that was asked for."""
        language = question.language
        today = now().astimezone(self._zone).date()
        sources = [describe.source(order, language, sure) for order in orders]
        if len(orders) == 1:
            text = describe.describe(
                orders[0], question.asked, language, today=today, zone=self._zone
            )
        else:
            priced = "total" in question.asked.aspects
            text = describe.listed(orders, language, today=today, zone=self._zone, priced=priced)
        buttons = self._buttons(orders, language) if len(orders) > 1 else ()
        say = Say(text, language, buttons, tuple(sources))
        if question.asked.kind == "policy":
            say = self._ruled(say, question, orders)
        return _outcome(Reply(spoken=True), say, sure)

    def _ruled(self, say: Say, question: Question, orders: Sequence[Order]) -> Say:
        """Before the record whether it may still be done, after it the rule in the knowledge."""
        change = change_rules.asked_about(question.text, self._judge)
        asked, rule = question.text, next(iter(question.rules), None)
        if rule and change and change_rules.asked_about(rule.title, self._judge) is not change:
            rule = None  # to "can I change the address" the entry on where the shop is lies near
        if change and len(orders) == 1:
            today = now().astimezone(self._zone).date()
            why = change_rules.refusal(change, orders[0], self._rules, today=today, zone=self._zone)
            verdict = t(f"requests.can_{change}", say.language, order=orders[0].id)
            if why:
                verdict = change_words.why_not(*why, orders[0], say.language, today)
            say = replace(say, text=f"{verdict}\n\n{say.text}")
        if rule is None and change and self._rule:
            asked = t(f"requests.rule_{change}", say.language)
            rule = self._rule(asked, SURE_RULE)
        return beside_rule(say, rule, asked) if rule else say

    def _which(self, orders: Sequence[Order], question: Question, key: str, sure: float) -> Outcome:
        language = question.language
        say = Say(t(f"orders.{key}", language), language, self._buttons(orders, language))
        return _outcome(Clarify(), say, sure)

    def _none(
        self, found: Found, orders: Sequence[Order], question: Question, scope: Scope
    ) -> Outcome:
        """No such order; what there is, to choose from."""
        language = question.language
        if not orders:
            say = Say(t("orders.none_at_all", language), language, (person_button(language),))
            return _outcome(Reply(spoken=True), say, 1.0)
        if isinstance(scope, OneOrder):
            said = self._said(replace(question, rules=()), orders, found.confidence)
            return _before(t("orders.only_one", language), said)
        key = "none_number" if question.asked.number else "none_days" if found.days else "none"
        return self._which(orders[:MOST_BUTTONS], question, key, found.confidence)

    def _buttons(self, orders: Sequence[Order], language: Language) -> tuple[Button, ...]:
        today = now().astimezone(self._zone).date()
        return tuple(
            Button(
                shorten(describe.label(order, language, today=today), LABEL), f"{ORDER}{order.id}"
            )
            for order in orders[:MOST_BUTTONS]
        )


def _rules(part: Part) -> tuple[Candidate, ...]:
    """What of the knowledge may belong to the part, where it is sure enough."""
    return part.found.candidates if part.found.confidence >= SURE_RULE else ()


def _outcome(decision: Decision, say: Say, sure: float) -> Outcome:
    return Outcome(decision, say, sure, about="orders", acts=("AskOrder",))


def _before(text: str, found: Outcome) -> Outcome:
    """What was found to say, with a line before it."""
    return replace(found, say=replace(found.say, text=f"{text}\n{found.say.text}"))


def beside_rule(say: Say, rule: Candidate, question: str) -> Say:
    """What the record says, and below it what the knowledge says; both cited."""
    said = worded(rule, question, say.language)
    text = f"{say.text}\n\n{t('orders.rule_says', say.language)}\n{said}"
    return replace(say, text=text, sources=(*say.sources, cited(rule)))
