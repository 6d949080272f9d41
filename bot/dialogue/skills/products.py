"""Answers on the shop's products: from words to acts, and what the catalogue says.

It gives way to the knowledge where that is sure of another answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from pydantic import BaseModel

from bot.catalogue import calls, reading
from bot.catalogue.acts import Act, AskProduct, FindProducts, Recommend
from bot.catalogue.current import Catalogue
from bot.catalogue.denials import denials
from bot.catalogue.found import words_of
from bot.catalogue.needs import Sense
from bot.catalogue.table import is_title
from bot.catalogue.understand import understand
from bot.dialogue import followup
from bot.dialogue.decide import Clarify, worth_a_button
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import product_answers
from bot.dialogue.skills.no_product import of_shop, of_whom, speak_of
from bot.dialogue.skills.product_answers import Rule, Wanted
from bot.dialogue.view import Part, View
from bot.language.heads import Judge, unknown
from bot.language.smalltalk import strip_pleasantries
from bot.types import PRODUCT, Candidate

_KNOWN = 0.6  # confidence from which an entry goes before what the catalogue is asked
_LITERAL = 0.9  # confidence of an entry that was written for this very question
_OFFERED = 10  # products told that a model may mean
_HEAD, _SHOPPING = "want", ("product", "none", "denied")
_LIKELY_SHOPPING = 0.5
_MOOD, _CROSS = "mood", ("angry", "upset", "trouble")
_LIKELY_CROSS = 0.4


class ProductAnswers:
    """Answers from the catalogue of whatever index is current."""

    def __init__(
        self,
        catalogue: Catalogue,
        rule: Rule,
        judge: Judge = unknown,
        beside: Callable[[Outcome, Wanted, View], Outcome] = lambda outcome, *_: outcome,
    ) -> None:
        """`beside` adds what is offered beside an answer."""
        self._beside = beside
        self._catalogue = catalogue
        self._rule = rule
        self._judge = judge

    def read(self, part: Part) -> Wanted | None:
        """What the part asks of the catalogue, unless the knowledge has the better answer."""
        if part.view.pressed or not part.text.strip():
            return None
        table = self._catalogue.table()
        read = reading.read(strip_pleasantries(part.text), table)
        sense = Sense(part.view.retriever.alike, part.view.retriever.nearest)
        act = understand(read, table, part.view.focus, self._shopping, sense)
        if act is None and not (part.alone or part.before) and denials(read, table):
            return Wanted(AskProduct(()), read, more=True)  # "I drink no black tea. What else …"
        if act is None or self._gives_way(act, read, part):
            return None
        return Wanted(_likely_first(act, read, part), read, self._goes_on(act, read, part))

    def tools(self, part: Part) -> Iterable[type[BaseModel]]:
        """What a model may call: the products told last or found by the part's words, the facets
        of the catalogue."""
        found = (_sku(each) for each in part.found.candidates if each.kind == "product")
        skus = [*part.view.focus.skus[:_OFFERED], *found]
        return calls.tools(self._catalogue.table(), skus, part.view.language)

    def called(self, call: BaseModel, part: Part) -> Wanted | None:
        """What a model's call means, where the words of the part bear it."""
        table, view = self._catalogue.table(), part.view
        shown = worth_a_button(part.found.candidates)
        likely = part.found.confidence >= view.policy.clarify_at
        found = calls.act_of(
            call,
            part.text,
            table,
            view.focus,
            view.retriever.likeness,
            leans=followup.leans(part.text),
            found=[_sku(each) for each in shown if each.kind == "product"] if likely else (),
        )
        return Wanted(*found) if found else None

    def _goes_on(self, act: Act, read: reading.Reading, part: Part) -> bool:
        """Whether a part is more of the search before it: "a lamp, something under 100"."""
        if part.alone or not part.before or not isinstance(act, FindProducts | Recommend):
            return False
        table = self._catalogue.table()
        first = reading.read(part.before, table)
        if denials(first, table):
            return True
        before = understand(first, table, part.view.focus, self._shopping)
        kinds, others = ({each.word for each in of.words} & table.kinds for of in (read, first))
        return isinstance(before, FindProducts | Recommend) and (kinds <= others or not others)

    def _shopping(self, text: str) -> bool:
        """Whether a message may be about products: no wish or trouble with an order."""
        told = self._judge(_HEAD, text)
        return sum(told.get(each, 0.0) for each in _SHOPPING) >= _LIKELY_SHOPPING if told else True

    def _is_cross(self, text: str) -> bool:
        """Whether somebody gives vent to something, in whatever form."""
        told = self._judge(_MOOD, text)
        return sum(told.get(each, 0.0) for each in _CROSS) >= _LIKELY_CROSS

    def _is_policy(self, act: Act, read: reading.Reading) -> bool:
        """Whether what is asked is a matter between shop and shopper ("warranty on tools"), and of
        no product in particular, or of one that says nothing of it."""
        if not isinstance(act, AskProduct):
            return False
        table = self._catalogue.table()
        asked = {*act.measures, *(each.text for each in (*read.words, *read.unknown))}
        if asked.isdisjoint(words_of("dealings")):
            return False
        products = [table.products[table.places[sku]] for sku in act.skus]
        if not any(each.holds(act.measures) for each in products):
            return True
        named = any(each.word in table.kinds or is_title(each.word) for each in read.words)
        return not (named or read.asks & {"it", "both"})

    def _is_there(self, act: Act) -> bool:
        """Whether it is asked when something is back that is in stock, if not in all variants."""
        table = self._catalogue.table()
        held = (table.products[table.places[sku]].stock for sku in act.skus)
        return isinstance(act, AskProduct) and act.back and any(held)

    def carry_out(self, act: Wanted, part: Part) -> Outcome:
        """What the catalogue says."""
        table = self._catalogue.table()
        answer = product_answers.answer(act, part, table, self._rule)
        if act.more:  # no answer of its own, so that the whole is read as one
            return replace(answer, decision=Clarify())
        if not act.act.sure:
            answer = product_answers.with_rule(answer, act.act, part, table)
        return self._beside(answer, act, part.view) if part.alone else answer

    def _gives_way(self, act: Act, read: reading.Reading, part: Part) -> bool:
        """Whether the knowledge has the better answer."""
        found = part.found
        first = found.first
        unclear = isinstance(act, AskProduct | Recommend) and not act.skus
        if unclear or (isinstance(act, FindProducts) and act.unknown):
            # "Do you have gift cards": the knowledge may know of something called so.
            likely = found.confidence >= part.view.policy.assume_at
            if not unclear and self._is_cross(part.text):
                return True  # "you have got to be kidding": no wares
            if unclear and part.view.past.of_knowledge:
                return True  # "it" is what was answered
            somewhat = found.confidence >= part.view.policy.clarify_at
            theirs = not unclear and somewhat and speak_of(act, found.candidates)
            return first is not None and first.kind != "product" and (likely or theirs)
        if of_shop(act, read) or of_whom(act, read):
            return True
        if first is None or first.kind == "product":
            return False
        if first.entry_id in part.view.past.told and part.view.focus.elsewhere and not act.sure:
            return True  # "it" may be what was answered just now
        if self._is_policy(act, read) or self._is_there(act):
            return found.confidence >= part.view.policy.assume_at
        if act.sure:  # "cheapest?" alone says too little for any entry to be meant
            ours = read.sort and not (read.words or read.unknown)
            return not ours and found.confidence >= _LITERAL
        told = isinstance(act, AskProduct) and act.said
        known = part.view.policy.assume_at if read.unknown and not told else _KNOWN
        return found.confidence >= min(_KNOWN, known)


def _sku(product: Candidate) -> str:
    return product.entry_id.removeprefix(PRODUCT)


def _likely_first(act: Act, read: reading.Reading, part: Part) -> Act:
    """A list of what was looked for in words that the catalogue lacks, in the order of how like
    them the search found the products' texts."""
    if not isinstance(act, FindProducts) or act.sure or act.sort or not read.unknown:
        return act
    rank = {_sku(each): at for at, each in enumerate(part.found.candidates)}
    skus = sorted(act.skus, key=lambda sku: rank.get(sku, len(rank)))
    return replace(act, skus=tuple(skus))
