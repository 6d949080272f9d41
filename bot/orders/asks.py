"""Is a message about orders of the shopper's own, and what does it ask of them?

"Where is my order?" is; "how do I track an order?" is a question for the knowledge. The grammars
are in `lexicons/orders_en.yaml` and `orders_zh.yaml`. It knows neither the shopper nor any order.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bot.language.wording import fold, has_han, lexicon, rule
from bot.orders.numbers import USUAL, Numbers

Kind = Literal["order", "policy"]
_MARKS = " .,;:!?。，！？"
_LONGEST = 400  # characters that are looked at; a question stands at the beginning or the end


@dataclass(frozen=True)
class Asked:
    """What a message asks of the shopper's orders.

    "policy" asks what may still be done with one. `sure` is False for words that are as often meant
    in general ("when will it arrive?"): then it counts only for a shopper who is proven. `number`
    is an order's number as `number_of` spells it, the first of `numbers`; `states` what the order
    meant most likely is, `text` the question, folded.
    """

    text: str
    kind: Kind
    sure: bool
    number: str = ""
    numbers: tuple[str, ...] = ()
    aspects: frozenset[str] = frozenset()
    states: tuple[str, ...] = ()

    @property
    def chinese(self) -> bool:
        """Whether Chinese rules apply."""
        return has_han(self.text)


def read(text: str, shop: Numbers = USUAL) -> Asked | None:
    """What `text` asks of orders; None when it is about something else. `shop` finds numbers."""
    folded = _looked_at(fold(text))
    grammar = grammar_of(folded)
    numbers = shop.found(folded)
    number = numbers[0] if numbers else ""
    kind: Kind = "order"
    sure = True
    if rule(grammar, "policy").search(folded):
        kind = "policy"
    elif rule(grammar, "other").search(folded):
        return None
    elif number:
        # "track order 1234" however it is put; "cancel order 1234" is a wish, no question.
        if rule(grammar, "wish").search(folded) and not rule(grammar, "order").search(folded):
            return None
    elif rule(grammar, "general").search(folded) or is_broken(folded):
        return None
    elif rule(grammar, "order").search(folded):
        pass
    elif shop.is_one(folded.strip(_MARKS)):
        numbers, sure = shop.found(folded, asked=True), False
    elif rule(grammar, "likely").search(folded):
        sure = False
    else:
        return None
    return asked(folded, kind, sure=sure, numbers=numbers)


def asked(
    folded: str, kind: Kind = "order", *, sure: bool = True, numbers: tuple[str, ...] = ()
) -> Asked:
    """A folded text, taken to be about orders, with what it asks of them."""
    folded = _looked_at(folded)
    grammar = grammar_of(folded)
    aspects = frozenset(
        name for name, pattern in _patterns(grammar, "aspects") if pattern.search(folded)
    )
    named = "policy_states" if kind == "policy" else "states"
    states = tuple(name for name, pattern in _patterns(grammar, named) if pattern.search(folded))
    number = numbers[0] if numbers else ""
    return Asked(folded, kind, sure, number, numbers, aspects, states)


def asks_of_policy(folded: str) -> bool:
    """Whether it asks what may still be done with whatever was spoken of just now."""
    folded = _looked_at(folded)
    return rule(grammar_of(folded), "policy_bare").search(folded) is not None


def is_broken(folded: str) -> bool:
    """Whether something is wrong with what has come."""
    folded = _looked_at(folded)
    return rule(grammar_of(folded), "broken").search(folded) is not None


def grammar_of(folded: str) -> str:
    """Which lexicon's rules are for this text."""
    return "orders_zh" if has_han(folded) else "orders_en"


def _looked_at(folded: str) -> str:
    """All of a folded text, or the beginning and the end of a long one."""
    if len(folded) <= _LONGEST:
        return folded
    half = _LONGEST // 2
    return f"{folded[: half - 1]} {folded[-half:]}"


@cache
def _patterns(grammar: str, name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(_compiled(grammar, lexicon(grammar)[name]))


def _compiled(grammar: str, named: Mapping[str, str]) -> Iterator[tuple[str, re.Pattern[str]]]:
    words = lexicon(grammar)["words"]
    for name, pattern in named.items():
        yield name, re.compile(re.sub(r"<([a-z_]+)>", lambda found: words[found[1]], pattern))


@cache
def empty_words(grammar: str) -> tuple[str, ...]:
    """Words that name no item, the longest first."""
    return tuple(sorted(lexicon(grammar)["empty"].split(), key=len, reverse=True))
