"""What two products have in common, as a shopper would say it: the same material, the same kind.

Read from the catalogue's own attributes and tags; a number (a price, a size) is nothing in common.
"""

import re

from bot.catalogue.product import Attribute, Product, pieces
from bot.language.wording import has_han
from bot.types import Language

_NUMBER = re.compile(r"\d")
_SHARE = re.compile(r"^\d{1,3} ?% ?")  # "100% linen" is linen
_LONGEST = 40  # characters of a value that two products may share
KIND = "kind"  # what a tag or a category says
# The measures whose values are worth saying, the most telling first.
COLOUR = "colour"
TELLING = ("material", "scent", "style", "pattern", COLOUR)


def said_of(product: Product) -> set[tuple[str, str]]:
    """All that is said of a product, as (measure, value); in the first language that it has."""
    language = next(iter(product.entries))
    entry, facts = product.entry(language), product.facts(language)
    kinds = [facts.category, *entry.tags]
    found = {(KIND, each.lower()) for each in kinds if each}
    for each in product.attributes(language):
        found.update((each.measure, value.lower()) for value in _values(each.value))
    return found


def shared(one: Product, other: Product, language: Language) -> Attribute | None:
    """An attribute that both have, with the one value of it that both have, in the reader's
    language; the most telling one, None where there is none."""
    found: dict[str, Attribute] = {}
    for mine in one.attributes(language):
        theirs = {
            value.lower()
            for each in other.attributes(language)
            if each.measure == mine.measure
            for value in _values(each.value)
        }
        for value in _values(mine.value):
            if value.lower() in theirs:
                found.setdefault(mine.measure, Attribute(mine.label, value, mine.measure))
    return next((found[each] for each in TELLING if each in found), None)


def same_tag(one: Product, other: Product, language: Language) -> str:
    """A tag of both that says no kind of thing, "" for none."""
    theirs = {each.lower() for each in other.entry(language).tags}
    apart = kinds(one) | kinds(other)
    written = (each for each in one.entry(language).tags if has_han(each) == (language == "zh"))
    return next((each for each in written if each.lower() in theirs - apart), "")


def kinds(product: Product) -> frozenset[str]:
    """What sort of thing a product is, by the first tag in each language: another of the same is
    instead of it, not with it."""
    found: dict[bool, str] = {}
    for entry in product.entries.values():
        for tag in entry.tags:
            found.setdefault(has_han(tag), tag.lower())
    return frozenset(found.values())


def _values(text: str) -> list[str]:
    """The values of an attribute that two products may share."""
    found = (_SHARE.sub("", each) for each in pieces(text))
    return [each for each in found if each and len(each) <= _LONGEST and not _NUMBER.search(each)]
