"""A product's texts in two languages held against each other: numbers, units, claims.

A number differs where the other text has neither its digits, nor the same in words, nor the same
amount in another unit. What a text leaves out in words alone is not seen.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.language.quantities import Quantity, quantities
from bot.language.wording import fold
from bot.studio.claims import findings
from bot.studio.wares import Text
from bot.types import Language

_NUMBER = re.compile(r"(?<![a-z\d])\d+(?:[.,]\d+)*")
_NEAR = 1e-3


@dataclass(frozen=True)
class Difference:
    """What the text in `language` says and the other one does not: a number as it is written
    ("number"), or words that claim something ("claim")."""

    kind: str
    language: str
    said: str


def differences(texts: Mapping[Language, Text]) -> list[Difference]:
    """Between the English and the Chinese text; none where there is but one."""
    if not {"en", "zh"} <= texts.keys():
        return []
    found = []
    pairs: tuple[tuple[Language, Language], ...] = (("en", "zh"), ("zh", "en"))
    for mine, other in pairs:
        own, theirs = texts[mine].whole, texts[other].whole
        found += [Difference("number", mine, said) for said in _numbers_only_in(own, theirs)]
        claimed = {each.family for each in findings(theirs, other)}
        found += [
            Difference("claim", mine, own[each.start : each.end])
            for each in findings(own, mine)
            if each.family not in claimed
        ]
    return found


def _numbers_only_in(own: str, other: str) -> list[str]:
    own, other = fold(own), fold(other)
    there = {_plain(each) for each in _NUMBER.findall(other)}
    amounts = [end for each in quantities(other) for end in _ends(each)]
    mine = quantities(own)
    found = []
    for number in _NUMBER.finditer(own):
        if _plain(number.group()) in there:
            continue
        of = [each for each in mine if each.start <= number.start() < each.end]
        values = [float(_plain(number.group())), *(end for each in of for end in _ends(each))]
        if not any(_alike(value, amount) for value in values for amount in amounts):
            end = max((each.end for each in of), default=number.end())
            found.append(own[number.start() : end].strip())
    return list(dict.fromkeys(found))


def _plain(number: str) -> str:
    """Digits with a point at most; "1,800" is 1800, "0,9" is 0.9."""
    whole = re.sub(r",(?=\d{3}(?!\d))", "", number).replace(",", ".")
    parts = whole.split(".")
    return whole if len(parts) <= 2 else "".join(parts)


def _ends(quantity: Quantity) -> list[float]:
    ends = (quantity.low, quantity.high, *quantity.sides)
    return [each for each in ends if each is not None]


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= _NEAR * max(abs(one), abs(other), _NEAR)
