"""Answers on the shop's products: from words to acts, and what the catalogue says.

It gives way to the knowledge where that is sure of another answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pydantic import BaseModel

from bot.catalogue import calls, reading
from bot.catalogue.acts import Act, AskProduct, FindProducts, Recommend
from bot.catalogue.current import Catalogue
from bot.catalogue.describe import describe, says_nothing
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.catalogue.understand import understand
from bot.dialogue import followup
from bot.dialogue.compose import source as cited
from bot.dialogue.compose import worded
from bot.dialogue.decide import Clarify, Reply, worth_a_button
from bot.dialogue.outcome import SURE, Outcome
from bot.dialogue.view import Part
from bot.language.heads import Judge, unknown
from bot.language.smalltalk import strip_pleasantries
from bot.texts import t
from bot.types import PRODUCT, Candidate, Language, Say, Source

LIKELY = 0.8  # confidence of an act that is not sure of itself
_KNOWN = 0.6  # confidence from which an entry goes before what the catalogue is asked
_LITERAL = 0.9  # confidence of an entry that was written for this very question
_OFFERED = 10  # products told that a model may mean
_HEAD, _SHOPPING = "want", ("product", "none")
_LIKELY_SHOPPING = 0.5
_RULE_AT = 0.5  # confidence from which the knowledge's rule is put beside "sold out"


@dataclass(frozen=True)
class Wanted:
    """What is wanted of the catalogue, and the words that it was read from. `more`: it belongs to
    the search before it."""

    act: Act
    read: reading.Reading
    more: bool = False


class ProductAnswers:
    """Answers from the catalogue of whatever index is current."""

    def __init__(
        self,
        catalogue: Catalogue,
        rule: Callable[[str, float], Candidate | None],
        judge: Judge = unknown,
    ) -> None:
        """`rule` finds the knowledge's entry for a question of ours, when it is so sure of it."""
        self._catalogue = catalogue
        self._rule = rule
        self._judge = judge

    def read(self, part: Part) -> Wanted | None:
        """What the part asks of the catalogue, unless the knowledge has the better answer."""
        if part.view.pressed or not part.text.strip():
            return None
        table = self._catalogue.table()
        read = reading.read(strip_pleasantries(part.text), table)
        act = understand(read, table, part.view.focus, self._shopping)
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
        before = understand(first, table, part.view.focus, self._shopping)
        kinds, others = ({each.word for each in of.words} & table.kinds for of in (read, first))
        return isinstance(before, FindProducts | Recommend) and (kinds <= others or not others)

    def _shopping(self, text: str) -> bool:
        """Whether a message may be about products: no wish or trouble with an order."""
        told = self._judge(_HEAD, text)
        return sum(told.get(each, 0.0) for each in _SHOPPING) >= _LIKELY_SHOPPING if told else True

    def carry_out(self, act: Wanted, part: Part) -> Outcome:
        """What the catalogue says."""
        answer = self._answer(act, part)
        if act.more:  # no answer of its own, so that the whole is read as one
            return replace(answer, decision=Clarify())
        return answer if act.act.sure else self._with_rule(answer, act.act, part)

    def _gives_way(self, act: Act, read: reading.Reading, part: Part) -> bool:
        """Whether the knowledge has the better answer."""
        found = part.found
        first = found.first
        unclear = isinstance(act, AskProduct) and not act.skus
        if unclear or (isinstance(act, FindProducts) and act.unknown):
            # "Do you sell laptops": the knowledge may still know of something called so.
            # "Do you have jobs" is no matter of the catalogue, "do you have ladders" is.
            plain = unclear or "sell" in read.asks or part.view.focus.lacking
            likely = found.confidence >= part.view.policy.assume_at
            if unclear and part.view.past.of_knowledge:
                return True  # "it" is what was answered
            return first is not None and first.kind != "product" and (likely or not plain)
        if first is None or first.kind == "product":
            return False
        if act.sure:  # "cheapest?" alone says too little for any entry to be meant
            ours = read.sort and not (read.words or read.unknown)
            return not ours and found.confidence >= _LITERAL
        known = part.view.policy.assume_at if read.unknown else _KNOWN
        return found.confidence >= min(_KNOWN, known)

    def _with_rule(self, answer: Outcome, act: Act, part: Part) -> Outcome:
        """What the knowledge probably says where the catalogue is silent."""
        first = part.found.first
        if not isinstance(act, AskProduct) or not act.missed or first is None:
            return answer
        if first.kind == "product" or part.found.confidence < part.view.policy.assume_at:
            return answer
        language = answer.say.language
        text = says_nothing(act, self._catalogue.table(), language)
        said = worded(first, part.text, language)
        sources = (cited(first), *answer.say.sources)
        return replace(answer, say=Say(f"{text}\n\n{said}", language, sources=sources))

    def _answer(self, wanted: Wanted, part: Part) -> Outcome:
        act, language = wanted.act, part.view.language
        table = self._catalogue.table()
        text = describe(act, wanted.read, table, language)
        told = _shown(act)
        sources = {sku: _source(table, sku, language) for sku in told}
        counted = isinstance(act, AskProduct | FindProducts) and act.count
        ordering = told and ("order" in wanted.read.asks or counted)
        rule = self._restock(act, table, language)
        if rule is None and ordering:
            rule = self._rule(t("products.order_rule", language), _RULE_AT)
        if rule is not None:
            text = f"{text}\n\n{worded(rule, text, language)}"
            sources[rule.entry_id] = cited(rule)
        focus = _told(act)
        unclear = isinstance(act, AskProduct) and not act.skus
        return Outcome(
            Clarify() if unclear else Reply(spoken=True),
            Say(text, language, sources=tuple(sources.values())),
            SURE if act.sure else LIKELY,
            about="products",
            acts=(type(act).__name__,),
            products=told,
            # "Nothing cheaper" tells of no product, and leaves what it was compared with in mind.
            focus=focus if focus.skus or focus.lacking else replace(part.view.focus, age=0),
        )

    def _restock(self, act: Act, table: Table, language: Language) -> Candidate | None:
        """What the knowledge says of things that are sold out, where that is asked."""
        if not isinstance(act, AskProduct) or not act.back:
            return None
        if any(table.products[table.places[sku]].stock != 0 for sku in act.skus):
            return None
        return self._rule(t("products.back_rule", language), _RULE_AT)


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


def _shown(act: Act) -> tuple[str, ...]:
    """The products that an answer names."""
    if isinstance(act, FindProducts):
        return act.skus[: act.limit] or act.near
    return act.skus


def _told(act: Act) -> Focus:
    """What to keep in mind of an act."""
    if isinstance(act, FindProducts) and act.unknown:
        return Focus(lacking=True)
    measures = act.measures if isinstance(act, AskProduct) else ()
    return Focus(_shown(act), measures)


def _source(table: Table, sku: str, language: Language) -> Source:
    product = table.products[table.places[sku]]
    entry, image = product.entry(language), product.facts(language).image
    return Source(entry.id, entry.source, 1.0, entry.title, entry.url, image)
