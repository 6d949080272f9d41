"""What goes with a product, what else may please: from orders and likeness, each with its reason.

A product that is named, or was told just now, is gone on from. A shopper's own orders are looked at
only once they have proven who they are and have not refused; what they bought or gave back is never
suggested. Without any of that it leaves the message to the catalogue's own recommendation.
"""

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from sqlmodel import Session

from bot.catalogue import reading
from bot.catalogue.acts import AskProduct
from bot.catalogue.columns import Ids
from bot.catalogue.current import Catalogue
from bot.catalogue.focus import Focus
from bot.catalogue.prices import price_of
from bot.catalogue.reading import Reading
from bot.catalogue.recommender.history import GIVEN_BACK
from bot.catalogue.recommender.suggest import Recommender, Suggestion, why
from bot.catalogue.search import by_quantity, narrows, select, strong
from bot.catalogue.table import Table
from bot.customers import refusals
from bot.database.db import Database
from bot.dialogue import commands
from bot.dialogue.commands import GOES_WITH
from bot.dialogue.decide import Clarify, Reply
from bot.dialogue.outcome import LIKELY, SURE, Outcome
from bot.dialogue.skills.product_answers import Wanted, cited_product
from bot.dialogue.view import Part, View
from bot.insights.experiments.running import SUGGESTIONS, Tried
from bot.language.heads import Judge, unknown
from bot.language.smalltalk import strip_pleasantries
from bot.orders import store
from bot.texts import t
from bot.types import Button, Nobody, Say, Scope

_HEAD, _KINDS = "goes", ("with", "else", "own")
_MEANT, _SURE = 0.55, 0.8  # how likely it is that just this is asked
_NAMED = 5  # products that a word may name, to go on from all of them
_RECENT = 1  # turns after which what was told is still "it"
_OWN = 20  # of the shopper's own purchases, the newest, that are gone on from


@dataclass(frozen=True)
class Asked:
    """With which products (none: with what the shopper has bought), and what it must be like.
    `own` says that only their own orders can tell. `refuses` is a press on the button that refuses
    or takes that back; None for a question."""

    skus: tuple[str, ...] = ()
    read: Reading | None = None
    sure: bool = True
    own: bool = False
    refuses: bool | None = None


@dataclass(frozen=True)
class Own:
    """What a shopper bought and kept, the newest last, and all that they ever had, or gave back."""

    kept: tuple[str, ...] = ()
    had: frozenset[str] = frozenset()
    refused: bool = False


class GoesWith:
    """Suggests from the model; `judge` reads what is asked."""

    def __init__(
        self,
        db: Database,
        catalogue: Catalogue,
        recommender: Recommender,
        judge: Judge = unknown,
    ) -> None:
        self._db = db
        self._catalogue = catalogue
        self._recommender = recommender
        self._judge = judge

    def read(self, part: Part) -> Asked | None:
        """What is to be gone on from; None where nothing of the kind is asked."""
        view = part.view
        if (refuses := commands.refusal(view.pressed)) is not None:
            return Asked(refuses=refuses)
        if view.pressed.startswith(GOES_WITH):
            sku = view.pressed.removeprefix(GOES_WITH)
            return Asked((sku,)) if sku in self._catalogue.table().places else None
        if view.pressed or not part.text.strip() or not self._recommender.ready:
            return None
        told = self._judge(_HEAD, part.text)
        kind = max(_KINDS, key=lambda each: told.get(each, 0.0))
        likely = sum(told.get(each, 0.0) for each in _KINDS)
        if likely < _MEANT:
            return None
        table = self._catalogue.table()
        read = reading.read(strip_pleasantries(part.text), table)
        named = [each for each in read.words if strong(table, each)]
        if kind == "own" and not named:
            return Asked((), read, likely >= _SURE, own=True)
        places = select(table, named).places if named else ()
        skus = tuple(table.products[int(at)].sku for at in places[:_NAMED])
        if named and kind == "with" and len(places) > 0:
            return Asked(skus, read, likely >= _SURE)
        focus = view.focus
        if not named and focus.skus and focus.age <= _RECENT and not focus.aside:
            return Asked(focus.skus[:_NAMED], read, likely >= _SURE)
        if not named and not isinstance(view.scope, Nobody):
            return Asked((), read, likely >= _SURE)
        if not (read.words or read.quantities) and likely >= _SURE:
            return Asked((), read, own=kind == "else")
        return None

    def carry_out(self, act: Asked, part: Part) -> Outcome:
        """The suggestions, or why there are none."""
        view, language = part.view, part.view.language
        if act.refuses is not None:
            return Outcome(
                Reply(spoken=True),
                commands.refusal_reply(act.refuses, language),
                refuses=act.refuses,
                acts=("Refuse",),
            )
        table = self._catalogue.table()
        with self._db.read() as session:
            own = bought(session, view.claim.conversation_id, view.scope)
        skus = act.skus or own.kept
        if not skus:
            return _nothing_to_go_by(act, view, own)
        found = self._recommender.suggest(
            skus, language, without=own.had, among=_narrowed(act.read, table)
        )
        named = table.products[table.places[skus[-1]]].name(language) if act.skus else ""
        if not found:
            key = "nothing" if named else "nothing_for_you"
            say = Say(t(f"suggest.{key}", language, name=named), language)
            return Outcome(Reply(spoken=True), say, LIKELY, acts=("Recommend",), focus=view.focus)
        head = t(f"suggest.{'goes_with' if named else 'for_you'}", language, name=named)
        text = "\n".join([head, *(_line(each, table, view) for each in found)])
        skus = tuple(each.sku for each in found)
        return Outcome(
            Reply(spoken=True),
            Say(text, language, sources=tuple(cited_product(table, sku, language) for sku in skus)),
            SURE if act.sure else LIKELY,
            about="products",
            acts=("Recommend",),
            products=skus,
            focus=Focus(skus),
        )


class Offers:
    """Offers what goes with a product under the answer on it, where something does; tried by an
    experiment, it is offered to some and not to others."""

    def __init__(self, recommender: Recommender, tried: Tried) -> None:
        self._recommender = recommender
        self._tried = tried

    def beside(self, outcome: Outcome, wanted: Wanted, view: View) -> Outcome:
        """The answer, with the button where it is on one product and offers nothing else."""
        act, say = wanted.act, outcome.say
        single = isinstance(act, AskProduct) and len(act.skus) == 1 and not act.missed
        if not single or say.buttons or not isinstance(outcome.decision, Reply):
            return outcome
        sku = act.skus[0]
        if not self._recommender.suggest([sku], view.language, most=1):
            return outcome
        shown = self._tried(SUGGESTIONS, view.claim.chat)
        exposed = outcome.exposed if shown is None else (*outcome.exposed, shown)
        button = Button(t("suggest.button_with", view.language), f"{GOES_WITH}{sku}")
        buttons = (button,) if shown is None or shown.value else ()
        return replace(outcome, say=replace(say, buttons=buttons), exposed=exposed)


def bought(session: Session, conversation_id: int, scope: Scope) -> Own:
    """What the shopper in a chat bought, as far as they may see it and have not refused; what they
    had counts in any case, so that it is not suggested."""
    if isinstance(scope, Nobody):
        return Own()
    orders = store.orders(session, scope)
    had = frozenset(line.sku for order in orders for line in order.lines if line.sku)
    if refusals.refused(session, conversation_id, scope):
        return Own(had=had, refused=True)
    kept = [
        line.sku
        for order in reversed(orders)
        for line in order.lines
        if line.sku and order.state not in GIVEN_BACK
    ]
    return Own(tuple(kept[-_OWN:]), had)


def _nothing_to_go_by(act: Asked, view: View, own: Own) -> Outcome:
    """A question back: with which product, or a proof first."""
    key = "prove" if act.own else "which"
    if own.refused:
        key = "refused"
    elif not isinstance(view.scope, Nobody):
        key = "nothing_for_you"
    say = Say(t(f"suggest.{key}", view.language), view.language)
    return Outcome(Clarify(), say, LIKELY, about="products", acts=("Recommend",), focus=view.focus)


def _narrowed(read: Reading | None, table: Table) -> Ids | None:
    """The places that the numbers of the question leave ("under 50"); None where it names none."""
    numbers = [each for each in read.quantities if narrows(table, each)] if read else []
    if not numbers:
        return None
    everything = np.arange(len(table.products), dtype=np.int32)
    return reduce(lambda left, each: by_quantity(table, left, each), numbers, everything)


def _line(suggestion: Suggestion, table: Table, view: View) -> str:
    product, language = table.products[table.places[suggestion.sku]], view.language
    facts = [price_of(product, language), why(suggestion, table, language)]
    return t(
        "products.line",
        language,
        name=product.name(language),
        facts=t("products.comma", language).join(each for each in facts if each),
    )
