"""Labels of the catalogue in a message, where they are not just asked for: said in two parts
(「附近有什么景点」 for 「周边景点」), or of a number ("rated over 4", 「评分4.5分以上」)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from bot.catalogue.columns import unit_behind
from bot.catalogue.product import word_of
from bot.catalogue.table import LONGEST_WORD, Table
from bot.language.phrases import Phrases, Token
from bot.language.quantities import MONEY, Quantity, kind_at
from bot.language.wording import has_han, lexicon

Span = tuple[int, int]
LONGEST_LABEL = 4  # English words
_APART = 24  # characters between the parts of a label
_WEIGHT = re.compile(r"\b(?:weigh|heav|light)")
_POUND = 0.453592  # kg
_YARD = 0.9144  # m
_QUALITY = 4  # letters that an adjective and its noun share
_BESIDE = 3  # tokens between a label and its number
ENDS = frozenset(",，。;；?？!！")


def label_at(tokens: list[Token], at: int, table: Table) -> tuple[str, int]:
    """The measure whose label stands at `at` ("burning time"), and the place behind it."""
    if has_han(tokens[at].text):
        for to in range(min(len(tokens), at + LONGEST_WORD), at + 1, -1):
            key = "".join(each.text for each in tokens[at:to])
            if key in table.labels:
                return table.labels[key], to
        return "", at
    stems = [word_of(each.text) for each in tokens[at : at + LONGEST_LABEL]]
    for length in range(len(stems), 0, -1):
        key = " ".join(stems[:length])
        if key in table.labels:
            return table.labels[key], at + length
    return "", at


def said_apart(folded: str, table: Table) -> Iterator[tuple[str, Span, Span]]:
    """The measures whose labels are said in two parts within a clause, each with where these
    stand."""
    if not table.halves or not has_han(folded):
        return
    for at in range(len(folded) - 1):
        for rest, measure in table.halves.get(folded[at : at + 2], ()):
            clause = folded[at + 2 : at + 2 + _APART]
            end = min((clause.index(each) for each in "。?？!！" if each in clause), default=_APART)
            found = clause.find(rest, 0, end)
            if found >= 0:
                start = at + 2 + found
                yield measure, (at, at + 2), (start, start + len(rest))


def said_of(
    quantity: Quantity, measures: Sequence[str], between: Sequence[Token], table: Table
) -> str | None:
    """Which of the `measures` that are named before a number it is said of: "" for the price, None
    for none of them."""
    if (
        quantity.kind == "count"
        or len(between) > _BESIDE
        or any(each.text in ENDS for each in between)
    ):
        return None
    for measure in measures:
        if {(quantity.kind, measure), ("", measure)} & table.counted:
            return measure
    return "" if "price" in measures else None


def free(tokens: list[Token], table: Table) -> Iterator[Quantity]:
    """「免费」 as a price of nothing, where something of the catalogue costs nothing."""
    if not len(table.prices) or not (table.prices == 0).any():
        return
    for at in range(len(tokens)):
        found = _free().at(tokens, at)
        if found is not None:
            denied = {each.text for each in tokens[max(0, at - 2) : at]} & _denials()
            high = None if denied else 0.0
            start, end = tokens[at].start, tokens[found[1] - 1].end
            yield Quantity(0.0, high, MONEY, start, end, low_open=bool(denied))


@cache
def _denials() -> frozenset[str]:
    return frozenset(map(str, lexicon("products")["denied"]))


@cache
def _free() -> Phrases[bool]:
    return Phrases({str(each): True for each in lexicon("products")["free"]})


def in_units(quantity: Quantity, folded: str, table: Table) -> Quantity:
    """The number with the unit behind it, where that is one of the catalogue's own ("10 bar");
    pounds as money where prices are in pounds; 「42码」 as a size where there is one so."""
    if folded[: quantity.end].endswith("码") and quantity.high is not None:
        size = round(quantity.high / _YARD, 2)
        if size in table.sizes:
            return replace(quantity, low=size, high=size, kind="")
    pounds = quantity.kind == "mass" and "pound" in folded[quantity.start : quantity.end]
    if pounds and table.currency == "GBP" and not _WEIGHT.search(folded):
        low, high = (each and round(each / _POUND, 2) for each in (quantity.low, quantity.high))
        return replace(quantity, kind=MONEY, currency="GBP", low=low, high=high)
    if quantity.kind or quantity.sides or not table.units:
        return quantity
    unit = unit_behind(folded, quantity, ends=False)
    if has_han(unit):
        unit = next((each for each in table.units if unit.startswith(each)), "")
    for known in (unit, unit.removesuffix("s")):
        if known in table.units and word_of(known) not in table.exact:
            end = folded.index(unit, quantity.end) + len(unit)
            return replace(quantity, kind=known, end=end)
    return quantity


def of_no_unit(quantity: Quantity, unknown: Mapping[int, str], last: int) -> Quantity:
    """A number whose unit nothing explains ("at least 40 dB"), which is no price: an `unknown` word
    right behind it, by where it starts, with no word of the catalogue after it."""
    if quantity.kind or quantity.of or quantity.sides:
        return quantity
    for start in (quantity.end, quantity.end + 1):
        if start > last and (unit := unknown.get(start)) and not has_han(unit):
            return replace(quantity, kind=unit)
    return quantity


def by_kind(quantity: Quantity, table: Table) -> Quantity:
    """The number with the measure that its unit means, where that is no unit of measure, which a
    catalogue may leave out: 4 stars are a rating."""
    if quantity.of or quantity.kind != "star":
        return quantity
    meant = (each for each in _measured_in(quantity.kind) if ("", each) in table.counted)
    return replace(quantity, of=next(meant, ""))


@cache
def _measured_in(kind: str) -> tuple[str, ...]:
    measures = lexicon("products")["measures"]
    return tuple(name for name, each in measures.items() if each.get("kind") == kind)


@cache
def amounts() -> dict[str, frozenset[str]]:
    """Which way "which holds more" sorts, with the words for it."""
    return {sign: frozenset(of) for sign, of in lexicon("products")["amounts"].items()}


@cache
def bare_sorts() -> dict[str, str]:
    """What plain Chinese words for a quality sort by at the end of 「哪个…」."""
    sorts = lexicon("products")["sorts"]
    return {str(each): name for name, of in sorts.items() for each in of.get("bare", ())}


def asked_at(tokens: list[Token], at: int, table: Table) -> tuple[tuple[str, ...], int]:
    """The measures of "how many ml", 「几毫升」, "how spicy", 「多辣」 at `at`, by the unit or by a
    label that the adjective is a part of; and the place behind it."""
    asks = lexicon("products")["asked_how"]
    for length in (2, 1):
        said = "".join(each.text for each in tokens[at : at + length])
        behind = at + length
        if said not in asks or behind >= len(tokens):
            continue
        kind, to = kind_at(tokens, behind)
        if kind and kind != MONEY and any(held == kind for held, _ in table.counted):
            return tuple(sorted(of for held, of in table.counted if held == kind and of)), to
        quality = tokens[behind].text
        found = [of for label, of in table.labels.items() if _of_quality(label, quality)]
        if asks[said] and found:
            return tuple(dict.fromkeys(found)), behind + 1
    return (), at


def _of_quality(label: str, quality: str) -> bool:
    """Whether a label is the noun of an adjective: 「辣度」, "spiciness"."""
    if has_han(quality):
        return label == f"{quality}度"
    return len(quality) >= _QUALITY and label[:_QUALITY] == quality[:_QUALITY]


def sorted_at(tokens: list[Token], at: int, table: Table) -> tuple[str, bool, int]:
    """What is sorted by at `at` in the catalogue's own terms ("the most caffeine", "spiciest",
    「最辣」), whether that is a comparative, and the place behind it; "" for nothing."""
    token, signs = tokens[at].text, lexicon("products")["most_of"]
    if token in signs and at + 1 < len(tokens):
        label, to = label_at(tokens, at + 1, table)
        quality = tokens[at + 1].text
        own = (of for label, of in table.labels.items() if _of_quality(label, quality))
        if label := label or next(own, ""):
            return f"{label}{signs[token]}", False, max(to, at + 2)
    ending = next((each for each in ("est", "er") if token.endswith(each)), "")
    if ending and token.isascii():
        for label, of in table.labels.items():
            if _of_quality(label, token.removesuffix(ending)):
                return f"{of}-", ending == "er", at + 1
    return "", False, at
