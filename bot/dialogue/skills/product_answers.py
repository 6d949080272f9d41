"""What is said of the shop's products, and what the knowledge adds to it.

What is wanted, `products.py` reads; the catalogue's own words are `catalogue/describe.py`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.catalogue import reading, variants
from bot.catalogue.acts import Act, AskProduct, FindProducts, Recommend
from bot.catalogue.describe import describe, says_nothing
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.dialogue.commands import person_button
from bot.dialogue.compose import source as cited
from bot.dialogue.compose import worded
from bot.dialogue.decide import Clarify, Reply
from bot.dialogue.outcome import LIKELY, SURE, Outcome
from bot.dialogue.view import Part
from bot.texts import t
from bot.types import Candidate, Language, Say, Source

_RULE_AT = 0.5  # confidence from which the knowledge's rule is put beside "sold out"

Rule = Callable[[str, float], Candidate | None]
"""Finds the knowledge's entry for a question of ours, when it is so sure of it."""


@dataclass(frozen=True)
class Wanted:
    """What is wanted of the catalogue, and the words that it was read from. `more`: it belongs to
    the search before it."""

    act: Act
    read: reading.Reading
    more: bool = False


def answer(wanted: Wanted, part: Part, table: Table, ruled: Rule) -> Outcome:
    """What the catalogue says, with the knowledge's rule beside it where one is asked for."""
    act, language = wanted.act, part.view.language
    text = describe(act, wanted.read, table, language)
    told = _shown(act)
    sources = {sku: cited_product(table, sku, language) for sku in told}
    counted = isinstance(act, AskProduct | FindProducts) and act.count
    ordering = told and ("order" in wanted.read.asks or counted)
    rule = _restock(act, table, language, ruled)
    if rule is None and ordering:
        rule = ruled(t("products.order_rule", language), _RULE_AT)
    if rule is not None:
        text = f"{text}\n\n{worded(rule, text, language)}"
        sources[rule.entry_id] = cited(rule)
    focus = _told(act)
    if isinstance(act, AskProduct) and len(act.skus) == 1 and not act.missed:
        product = table.products[table.places[act.skus[0]]]
        asked = (*act.words, *variants.options(product, wanted.read, language))
        named = (each for each in asked if variants.meant(product, [each], language) is not None)
        focus = replace(focus, options=tuple(each.text for each in named))
    unclear = isinstance(act, AskProduct | Recommend) and not act.skus
    return Outcome(
        Clarify() if unclear else Reply(spoken=True),
        Say(
            text,
            language,
            buttons=(person_button(language),) if _is_silent(act, table) else (),
            sources=tuple(sources.values()),
        ),
        SURE if act.sure else LIKELY,
        about="products",
        acts=(type(act).__name__,),
        products=told,
        # "Nothing cheaper" tells of no product, and leaves what it was compared with in mind.
        focus=focus if focus.skus or focus.lacking else replace(part.view.focus, age=0),
    )


def with_rule(answer: Outcome, act: Act, part: Part, table: Table) -> Outcome:
    """What the knowledge probably says where the catalogue is silent."""
    first = part.found.first
    if not isinstance(act, AskProduct) or not act.missed or first is None:
        return answer
    if first.kind == "product" or part.found.confidence < part.view.policy.assume_at:
        return answer
    language = answer.say.language
    text = says_nothing(act, table, language)
    said = worded(first, part.text, language)
    sources = (cited(first), *answer.say.sources)
    return replace(answer, say=Say(f"{text}\n\n{said}", language, sources=sources))


def _is_silent(act: Act, table: Table) -> bool:
    """Whether the catalogue has no certain answer to what is asked of one product, so that a person
    is offered."""
    if not isinstance(act, AskProduct) or len(act.skus) != 1:
        return False
    product = table.products[table.places[act.skus[0]]]
    unheld = bool(act.measures) and not (act.words or product.holds(act.measures))
    return act.unsaid or unheld or bool(act.said and not act.sure)


def _restock(act: Act, table: Table, language: Language, ruled: Rule) -> Candidate | None:
    """What the knowledge says of things that are sold out, where that is asked."""
    if not isinstance(act, AskProduct) or not act.back:
        return None
    if any(table.products[table.places[sku]].stock != 0 for sku in act.skus):
        return None
    return ruled(t("products.back_rule", language), _RULE_AT)


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
    return Focus(_shown(act), measures, ordered=isinstance(act, FindProducts) and bool(act.sort))


def cited_product(table: Table, sku: str, language: Language) -> Source:
    """A product as an answer cites it."""
    product = table.products[table.places[sku]]
    entry, image = product.entry(language), product.facts(language).image
    return Source(entry.id, entry.source, 1.0, entry.title, entry.url, image)
