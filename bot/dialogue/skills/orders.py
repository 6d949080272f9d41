"""Answers on the shopper's own orders: scope, record, words, and a policy's text where one applies.

A message that is not about orders costs no query. Who somebody is comes with the burst's `Scope`;
who is nobody yet is asked for a proof, in the words of `proofs.py`. It changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel
from sqlmodel import Session

from bot.catalogue.calls import Tool
from bot.database.db import Database
from bot.dialogue import followup
from bot.dialogue.decide import Reply
from bot.dialogue.followup import ORDER, WHOLE, Past
from bot.dialogue.outcome import LIKELY, SURE, Outcome
from bot.dialogue.skills import order_words, proofs
from bot.dialogue.skills.order_words import SURE_RULE, OrderWords
from bot.dialogue.view import Part
from bot.language.foreign import language_of
from bot.orders import asks, change_rules, store, words
from bot.orders.asks import Asked, Kind
from bot.orders.find import MOST_BUTTONS, Found
from bot.orders.live import LiveOrders
from bot.orders.record import Order
from bot.orders.search import OrderSearch
from bot.orders.vectors import Floats, OrderVectors
from bot.texts import t
from bot.types import Candidate, Language, Nobody, OneOrder, Scope

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
        said: OrderWords,
        *,
        mail: bool = False,
        live: LiveOrders | None = None,
    ) -> None:
        """`mail` says whether codes can be sent, for the words that ask for a proof; `live` is
        asked before the shopper's orders are looked at."""
        self._db = db
        self._search = OrderSearch(vectors, encode, said.zone)
        self._words = said
        self._judge = said.judge
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
            asked = proofs.ask(view.claim, act.language, view.numbers, mail=self._mail)
            if act.asked.certain:
                return asked
            said = order_words.likely(part) or asked
            return replace(said, yields_to=SURE if act.asked.probable else LIKELY)
        fresh = self._live.refresh(view.scope) if self._live else True
        with self._db.read() as session:
            found = self.answer(session, view.scope, act)
            if found is None or fresh:
                return found
            return self._words.as_of(found, store.orders(session, view.scope), act.language)

    def read(self, part: Part) -> Question | None:
        """The part as a question about orders; None when it is about something else."""
        view, text = part.view, part.text
        past, language, pressed = view.past, view.language, view.pressed
        if pressed.startswith(WHOLE):
            return Question(text, language, Asked(""), pressed=pressed.removeprefix(WHOLE))
        if pressed.startswith(ORDER):
            again = asks.asked(past.asked or text, judge=self._judge)
            pressed = pressed.removeprefix(ORDER)
            return Question(text, language, again, _rules(part), past, pressed)
        if pressed:
            return None
        asked = asks.read(text, view.numbers, self._judge)
        if asked and asked.kind == "policy" and not (asked.sure or past.orders):
            return None
        if asked is None and past.about_orders and part.found.confidence < _UNSURE:
            if not followup.leans(text):
                return None
            about = change_rules.asked_about(text, self._judge)
            kind: Kind = "policy" if about else "order"
            asked = asks.asked(text, kind, sure=False, judge=self._judge)
        if asked and language_of(text) is not None:
            # The words of another language would be taken for items.
            asked = replace(asked, text="")
        return Question(text, language, asked, _rules(part), past) if asked else None

    def tools(self, part: Part) -> tuple[type[BaseModel], ...]:
        """What a model may call."""
        return (AskOrder,)

    def called(self, call: BaseModel, part: Part) -> Question | None:
        """The question, where the head holds it possible; which order, and whose, the words and the
        scope say."""
        text, view = part.text, part.view
        if not isinstance(call, AskOrder) or not asks.possible(text, self._judge):
            return None
        asked = asks.read(text, judge=self._judge) or asks.asked(text, judge=self._judge)
        return Question(text, view.language, asked, _rules(part), view.past)

    def answer(self, session: Session, scope: Scope, question: Question) -> Outcome | None:
        """The answer from the orders in `scope`, in words; None when it may as well be about
        something else, and nothing in them is meant."""
        orders = store.orders(session, scope)
        asked, past = question.asked, question.past
        if question.pressed:
            chosen = [order for order in orders if order.id == question.pressed]
            if chosen:
                return self._said(question, chosen, 1.0)
            return self._none(Found("none", confidence=1.0), orders, question, scope)
        leans = followup.leans(question.text)
        found = self._search.find(orders, asked, past.orders, leans=leans)
        if found.outcome == "none":
            if not asked.sure and words.of_question(asked.text) and question.rules:
                return None
            if 0 < len(asked.number) <= _A_FEW and not (asked.sure or past.about_orders):
                return None  # "12" alone may answer something else
            return self._none(found, orders, question, scope)
        if found.outcome == "several":
            return self._words.which(found.orders, question.language, "which", found.confidence)
        said = self._said(question, found.orders, found.confidence)
        if found.missing:
            numbers = t("orders.comma", question.language).join(found.missing)
            missing = t("orders.none_of_these", question.language, numbers=numbers)
            return order_words.before(missing, said)
        return said

    def _said(self, question: Question, orders: Sequence[Order], sure: float) -> Outcome:
        """What is told of the orders; with the rule that was asked for."""
        say = self._words.told(orders, question.asked, question.language, sure)
        if question.asked.kind == "policy":
            rule = next(iter(question.rules), None)
            say = self._words.ruled(say, question.text, rule, orders)
        else:
            say = self._words.unsettled(say, question.asked, orders)
        return order_words.outcome(Reply(spoken=True), say, sure)

    def _none(
        self, found: Found, orders: Sequence[Order], question: Question, scope: Scope
    ) -> Outcome:
        """No such order; what there is, to choose from."""
        language = question.language
        if not orders:
            return order_words.none_at_all(language)
        if isinstance(scope, OneOrder):
            said = self._said(replace(question, rules=()), orders, found.confidence)
            return order_words.before(t("orders.only_one", language), said)
        key = "none_number" if question.asked.number else "none_days" if found.days else "none"
        return self._words.which(orders[:MOST_BUTTONS], language, key, found.confidence)


def _rules(part: Part) -> tuple[Candidate, ...]:
    """What of the knowledge may belong to the part, where it is sure enough."""
    return part.found.candidates if part.found.confidence >= SURE_RULE else ()
