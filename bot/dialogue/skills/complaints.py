"""Something is wrong with what was bought: of an order that was named or told of, a return or an
exchange is offered; else the knowledge has a word on it, before the catalogue sells another.

Nothing is begun by it; an order that has not come is for `orders.py` to tell of.
"""

from dataclasses import dataclass

from bot.database.db import Database
from bot.dialogue import followup, parts
from bot.dialogue.commands import ORDERS, person_button
from bot.dialogue.compose import source, worded
from bot.dialogue.decide import Clarify, Reply
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import proofs
from bot.dialogue.skills.order_words import SURE_RULE, beside_rule
from bot.dialogue.view import Part, View
from bot.language.heads import Judge, unknown
from bot.language.wording import fold
from bot.orders import asks, describe, store
from bot.orders.change_rules import Change
from bot.orders.record import State
from bot.orders.request_dialogue import REQUEST
from bot.texts import t
from bot.types import Button, Candidate, Nobody, Say
from bot.writing.grounding.words import content


@dataclass(frozen=True)
class Complaint:
    """Something is wrong with the order of one of these `numbers`; without them, with the one told
    of just now, or, where none is `known`, with something."""

    numbers: tuple[str, ...] = ()
    known: bool = True


class Complaints:
    """Offers what can be done. `mail` says whether codes can be sent, for who is not proven yet."""

    def __init__(self, db: Database, judge: Judge = unknown, *, mail: bool) -> None:
        self._db = db
        self._judge = judge
        self._mail = mail

    def read(self, part: Part) -> Complaint | None:
        """The complaint in the part; a question on an order is none."""
        folded, view = fold(part.text), part.view
        if view.pressed or not asks.is_broken(part.text, self._judge):
            return None
        numbers = view.numbers.found(folded)
        known = bool(numbers) or len(view.past.orders) == 1
        return None if known and "?" in folded else Complaint(numbers, known)

    def carry_out(self, act: Complaint, part: Part) -> Outcome | None:
        """The offer; None where no such order has come, or the knowledge answers by itself."""
        view, language = part.view, part.view.language
        if not act.known:
            return self._of_something(part)
        with self._db.read() as session:
            if isinstance(view.scope, Nobody):
                if not act.numbers or not store.any_at_all(session):
                    return None
                return proofs.ask(view.claim, language, view.numbers, mail=self._mail)
            orders = store.orders(session, view.scope)
        meant = [
            each
            for each in orders
            if (
                any(map(each.is_called, act.numbers))
                if act.numbers
                else each.id in view.past.orders
            )
        ]
        here = next((each for each in meant if each.state is State.DELIVERED), None)
        if here is None:
            return None
        buttons = [
            Button(t(f"orders.button_{change}", language), f"{REQUEST}begin:{change}")
            for change in (Change.RETURN, Change.EXCHANGE)
        ]
        text = t("orders.broken", language, order=here.id)
        say = Say(
            text,
            language,
            (*buttons, person_button(language)),
            (describe.source(here, language, 1.0),),
        )
        if part.found.first and part.found.confidence >= SURE_RULE:
            say = beside_rule(say, part.found.first, part.text)
        return Outcome(Reply(spoken=True), say, about="orders", acts=("Complain",))

    def _of_something(self, part: Part) -> Outcome | None:
        """What the knowledge says of that trouble in the shopper's own words ("a swollen battery"),
        else of whatever is broken; None where it is sure, and where it has nothing."""
        view, language = part.view, part.view.language
        if _text(part) and part.found.confidence >= view.policy.reply_at:
            return None
        clauses = [text for way in parts.ways([part.text], self._judge) for text in way]
        tries = (part, *(Part(text, view, alone=False) for text in clauses))
        told = (found for each in tries if (found := _text(each)) and _says(found, each.text))
        rule = next(told, None) or _on_trouble(view)
        if rule is None:
            return None
        if part.before and followup.leans(part.text):  # "…, what do I do with it" asks nothing new
            return Outcome(Clarify(), Say("", language))
        text = f"{t('orders.sorry', language)}\n\n{worded(rule, part.text, language)}"
        with self._db.read() as session:
            theirs = store.any_at_all(session)
        orders = [Button(t("commands.orders_question", language), ORDERS)] if theirs else []
        say = Say(text, language, (*orders, person_button(language)), (source(rule),))
        return Outcome(Reply(spoken=True), say, view.policy.assume_at, acts=("Complain",))


def _on_trouble(view: View) -> Candidate | None:
    """What the knowledge probably says of whatever is broken, in the shopper's language."""
    question = t("orders.broken_rule", view.language)
    found = view.retriever.candidates(question)
    if not found or view.retriever.confidence(question, found) < view.policy.clarify_at:
        return None
    spoken = (each for each in found if each.language == view.language)
    return next((each for each in spoken if each.kind != "product"), None)


def _text(part: Part) -> Candidate | None:
    """The text that the knowledge finds first, unless something in the question is against it."""
    first = part.found.first
    return first if first and first.kind != "product" and not first.contradicts else None


def _says(found: Candidate, clause: str) -> bool:
    """Whether a text has every word of a clause."""
    words = frozenset(content(fold(clause)))
    return bool(words) and words <= frozenset(content(fold(f"{found.title} {found.text}")))
