"""Answers on the shop's products: from words to acts, and what the catalogue says.

It gives way to the knowledge where that is sure of another answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.catalogue import reading
from bot.catalogue.acts import Act, AskProduct, FindProducts, Recommend
from bot.catalogue.current import Catalogue
from bot.catalogue.describe import describe, says_nothing
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.catalogue.understand import understand
from bot.dialogue.compose import source as cited
from bot.dialogue.compose import worded
from bot.dialogue.decide import Clarify, Reply
from bot.dialogue.outcome import Outcome
from bot.dialogue.view import Part
from bot.language.heads import Judge, unknown
from bot.texts import t
from bot.types import Candidate, Language, Say, Source

SURE, LIKELY = 0.95, 0.8  # confidence of an act that is sure of itself, and of one that is not
_KNOWN = 0.55  # confidence from which an entry goes before what the catalogue is asked
_LITERAL = 0.9  # confidence of an entry that was written for this very question
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
        read = reading.read(part.text, table)
        act = understand(read, table, part.view.focus, self._shopping)
        if act is None or self._gives_way(act, part):
            return None
        return Wanted(act, read, self._goes_on(act, read, part))

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

    def _gives_way(self, act: Act, part: Part) -> bool:
        """Whether the knowledge has the better answer."""
        found = part.found
        first = found.first
        unclear = isinstance(act, AskProduct) and not act.skus
        if unclear or (isinstance(act, FindProducts) and act.unknown):
            # "Do you sell laptops": the knowledge may still know of something called so.
            likely = found.confidence >= part.view.policy.assume_at
            return first is not None and first.kind != "product" and likely
        if first is None or first.kind == "product":
            return False
        return found.confidence >= (_LITERAL if act.sure else _KNOWN)

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
            focus=focus if focus.skus else replace(part.view.focus, age=0),
        )

    def _restock(self, act: Act, table: Table, language: Language) -> Candidate | None:
        """What the knowledge says of things that are sold out, where that is asked."""
        if not isinstance(act, AskProduct) or not act.back:
            return None
        if any(table.products[table.places[sku]].stock != 0 for sku in act.skus):
            return None
        return self._rule(t("products.back_rule", language), _RULE_AT)


def _shown(act: Act) -> tuple[str, ...]:
    """The products that an answer names."""
    if isinstance(act, FindProducts):
        return act.skus[: act.limit] or act.near
    return act.skus


def _told(act: Act) -> Focus:
    """What to keep in mind of an act."""
    measures = act.measures if isinstance(act, AskProduct) else ()
    return Focus(_shown(act), measures)


def _source(table: Table, sku: str, language: Language) -> Source:
    product = table.products[table.places[sku]]
    entry, image = product.entry(language), product.facts(language).image
    return Source(entry.id, entry.source, 1.0, entry.title, entry.url, image)
