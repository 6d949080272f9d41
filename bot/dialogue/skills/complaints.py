"""Something is wrong with an order that was named or told of: a return or exchange is offered.

What the knowledge says of that stands below. Nothing is begun by it; an order that has not come is
for `orders.py` to tell of.
"""

from dataclasses import dataclass

from bot.database.db import Database
from bot.dialogue.commands import person_button
from bot.dialogue.decide import Reply
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import proofs
from bot.dialogue.skills.order_words import SURE_RULE, beside_rule
from bot.dialogue.view import Part
from bot.language.heads import Judge, unknown
from bot.language.wording import fold
from bot.orders import asks, describe, store
from bot.orders.change_rules import Change
from bot.orders.record import State
from bot.orders.request_dialogue import REQUEST
from bot.texts import t
from bot.types import Button, Nobody, Say


@dataclass(frozen=True)
class Complaint:
    """Something is wrong with the order of one of these `numbers`; without them, with the one told
    of just now."""

    numbers: tuple[str, ...] = ()


class Complaints:
    """Offers what can be done. `mail` says whether codes can be sent, for who is not proven yet."""

    def __init__(self, db: Database, judge: Judge = unknown, *, mail: bool) -> None:
        self._db = db
        self._judge = judge
        self._mail = mail

    def read(self, part: Part) -> Complaint | None:
        """The complaint in the part; a question is none."""
        folded, view = fold(part.text), part.view
        if view.pressed or "?" in folded or not asks.is_broken(part.text, self._judge):
            return None
        numbers = view.numbers.found(folded)
        return Complaint(numbers) if numbers or len(view.past.orders) == 1 else None

    def carry_out(self, act: Complaint, part: Part) -> Outcome | None:
        """The offer; None where no such order has come."""
        view, language = part.view, part.view.language
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
