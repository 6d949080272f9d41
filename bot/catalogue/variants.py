"""Which variants of a product a message means, and what of them is on stock.

It words nothing but their options: "white XL".
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from bot.catalogue.bridged import is_colour
from bot.catalogue.columns import measured
from bot.catalogue.found import Word
from bot.catalogue.product import Product
from bot.catalogue.reading import Reading
from bot.catalogue.table import Table, title_key, words
from bot.knowledge.entry import Variant
from bot.language.measures import measure_of
from bot.language.phrases import pieces_of
from bot.language.quantities import Quantity
from bot.language.wording import fold, has_han
from bot.types import Language

_APART = re.compile(r"[\s,;/()]+")


def says(text: str, word: Word) -> bool:
    """Whether a text says a word of the catalogue."""
    if has_han(word.text):
        folded, bare = fold(text), word.plain.removesuffix("色")
        if word.plain in folded or (word.plain != bare and bare in folded):
            return True
        return is_colour(word.text, folded)
    if "\0" in word.word and not word.plain.isalnum():  # "1/2", also of "1/4-1/2"
        return f"\0{word.word}\0" in f"\0{title_key(pieces_of(fold(text)))}\0"
    if len(word.word) == 1:  # "C" is not "C#"
        return word.word in _APART.split(fold(text))
    stems = set(words(text))
    return all(each in stems for each in word.parts)


def asked_by(text: str, measure: str, table: Table) -> list[Word]:
    """The labels by which a message asks for a measure, as words: a product without the label may
    say them in a value ("does it run on batteries")."""
    labels = (label for label, of in table.labels.items() if of == measure)
    found = (Word(each, tuple(each.split()), each, 0) for each in labels)
    return [each for each in found if says(text, each)]


def meant(product: Product, asked: Sequence[Word], language: Language) -> list[Variant] | None:
    """The variants that have all options among the words, else one of each kind ("normal or high"),
    maybe none; None where no word is an option of the product."""
    variants = product.facts(language).variants
    options = [each for each in asked if any(_has(variant, each) for variant in variants)]
    if not options:
        return None
    if every := [each for each in variants if all(_has(each, word) for word in options)]:
        return every
    kinds: dict[str, list[Word]] = defaultdict(list)
    for word in options:
        told = (option for each in variants for option in each.options)
        kinds[next(label for label, value in told if says(value, word))].append(word)
    return [
        each
        for each in variants
        if all(any(_has(each, word) for word in of) for of in kinds.values())
    ]


def options(product: Product, reading: Reading, language: Language) -> list[Word]:
    """The numbers of a message ("in 42", 「250克」) that are options of the product, the options of
    several words that it names as a whole, and its words that nothing else explains ("the L")."""
    variants = product.facts(language).variants
    values = {value for each in variants for _, value in each.options}
    named = (each for each in values if " " in each and fold(each) in reading.text)
    found = [Word(title_key(pieces_of(fold(each))), (), each, -1) for each in named]
    for each in reading.quantities:
        said = [of for of in values if _is(of, each)]
        if each.exact and said:
            key = title_key(pieces_of(fold(said[0])))
            found.append(Word(key, (key,), said[0], each.start))
    return [*found, *(each for each in reading.unknown if any(_has(of, each) for of in variants))]


def option_labels(product: Product) -> set[str]:
    """What the options of the product's variants are called, in all its languages."""
    facts = [entry.facts for entry in product.entries.values() if entry.facts]
    return {label for of in facts for each in of.variants for label, _ in each.options}


def _is(value: str, quantity: Quantity) -> bool:
    of = measured(value)
    return bool(of) and (of[0].kind, of[0].low) == (quantity.kind, quantity.low)


def by_option(
    product: Product, measures: Sequence[str], language: Language
) -> list[tuple[str, int | None]]:
    """The values of the option that is among the measures ("which sizes are left"), each with the
    stock of all its variants, None where one does not say; empty without such an option."""
    stock: dict[str, int | None] = {}
    for variant in product.facts(language).variants:
        for label, value in variant.options:
            if measure_of(label) in measures:
                before = stock.get(value, 0)
                unknown = before is None or variant.stock is None
                stock[value] = None if unknown else (before or 0) + (variant.stock or 0)
    return list(stock.items())


def name(variant: Variant) -> str:
    """ "white XL"."""
    return " ".join(value for _, value in variant.options)


def _has(variant: Variant, word: Word) -> bool:
    return any(says(value, word) for _, value in variant.options)
