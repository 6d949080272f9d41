"""Is a message about orders of the shopper's own, and what does it ask of them?

"Where is my order?" is; "how do I track an order?" is a question for the knowledge. Heads tell
(`language/heads.py`); of words only an order's number counts. It knows neither the shopper nor any
order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from bot.language.heads import POSSIBLE, Judge, unknown
from bot.language.wording import ends, fold, has_han
from bot.orders import change_rules
from bot.orders.change_rules import Change
from bot.orders.numbers import USUAL, Numbers

HEAD, ASPECT, WHICH = "order", "aspect", "which"
SURE = 0.5  # of what a message is, and of which order is meant
_ASKED = 0.35  # of an aspect: two may be asked for at once
_CERTAIN = 0.9  # of "own", from which no entry of the knowledge goes first
_OF_ORDERS = ("order_state", "refund_state")
_NO_ORDER = 0.9  # of "none", from which not even a number makes it a question on an order
_MARKS = " .,;:!?。，！？"

Kind = Literal["order", "policy"]
Which = Literal["", "all", "open", "last", "before", "first"]
_WHICH: tuple[Which, ...] = ("all", "open", "last", "before", "first")


class Aspect(StrEnum):
    """What may be asked of an order: the classes of a head."""

    STATE = "state"
    ARRIVAL = "arrival"
    PLACED = "placed"
    TOTAL = "total"
    PAYMENT = "payment"
    REFUND = "refund"
    TRACKING = "tracking"
    ADDRESS = "address"
    CONTENTS = "contents"
    LIST = "list"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


# What the order meant most likely is.
_STATES: Mapping[Aspect, tuple[str, ...]] = {
    Aspect.STATE: ("coming",),
    Aspect.ARRIVAL: ("coming",),
    Aspect.TRACKING: ("coming",),
    Aspect.ADDRESS: ("coming",),
    Aspect.SHIPPED: ("shipped", "coming"),
    Aspect.DELIVERED: ("delivered",),
    Aspect.CANCELLED: ("cancelled",),
    Aspect.REFUND: ("refunded",),
    Aspect.RETURNED: ("returned",),
}
_CHANGED: Mapping[Change, str] = {
    Change.CANCEL: "unshipped",
    Change.ADDRESS: "unshipped",
    Change.RETURN: "received",
    Change.EXCHANGE: "received",
}


@dataclass(frozen=True)
class Asked:
    """What a message asks of the shopper's orders.

    "policy" asks what may still be done with one. `sure` is False for words that are as often meant
    in general ("when will it arrive?"): then it counts only for a shopper who is proven. `certain`
    is False where the knowledge may well have what is asked ("when do I see my money?"), `probable`
    where something else is as likely. `numbers`
    are orders' as `number_of` spells them; `which` of several is meant; `states` what the order
    meant most likely is, `text` the question, folded.
    """

    text: str
    kind: Kind = "order"
    sure: bool = True
    numbers: tuple[str, ...] = ()
    aspects: frozenset[Aspect] = frozenset()
    which: Which = ""
    states: tuple[str, ...] = ()
    certain: bool = True
    probable: bool = True

    @property
    def number(self) -> str:
        """The first of the numbers, "" without any."""
        return self.numbers[0] if self.numbers else ""

    @property
    def chinese(self) -> bool:
        """Whether Chinese rules apply."""
        return has_han(self.text)


def read(text: str, shop: Numbers = USUAL, judge: Judge = unknown) -> Asked | None:
    """What `text` asks of orders; None when it is about something else. `shop` finds numbers."""
    text = ends(text)
    folded = fold(text)
    numbers = shop.found(folded)
    told = judge(HEAD, text)
    may = told.get("may", 0.0) + told.get("open_may", 0.0)
    kind: Kind = "policy" if may >= SURE else "order"
    if not numbers and shop.is_one(folded.strip(_MARKS)):
        return asked(text, sure=False, numbers=shop.found(folded, asked=True), judge=judge)
    if numbers:
        # "track order 1234" however it is put; "cancel order 1234" is a wish, no question.
        alone = not shop.hidden(folded, "").strip(_MARKS)
        other = told.get("none", 0.0) >= _NO_ORDER or change_rules.wish(text, judge)
        if other and not alone:
            return None
        return asked(text, kind, numbers=numbers, judge=judge)
    own = told.get("may" if kind == "policy" else "own", 0.0)
    opened = told.get("open_may" if kind == "policy" else "open", 0.0)
    if own + opened < SURE:
        return None
    # Another head, fitted on other examples, may tell as well that it is of an order.
    state = judge(change_rules.HEAD, text)
    certain = own >= _CERTAIN or any(state.get(each, 0.0) >= SURE for each in _OF_ORDERS)
    found = asked(text, kind, sure=own >= opened, judge=judge)
    probable = own >= SURE and state.get("product", 0.0) < SURE
    return replace(found, certain=certain, probable=probable)


def asked(
    text: str,
    kind: Kind = "order",
    *,
    sure: bool = True,
    numbers: tuple[str, ...] = (),
    judge: Judge = unknown,
) -> Asked:
    """A text, taken to be about orders, with what it asks of them."""
    text = ends(text)
    if kind == "policy":
        change = change_rules.asked_about(text, judge)
        states = (_CHANGED[change],) if change else ()
        return Asked(fold(text), kind, sure, numbers, states=states)
    told = judge(ASPECT, text)
    aspects = [each for each in Aspect if told.get(each, 0.0) >= _ASKED]
    shares = judge(WHICH, text)
    which: Which = next((each for each in _WHICH if shares.get(each, 0.0) >= SURE), "")
    meant = tuple(dict.fromkeys(state for each in aspects for state in _STATES.get(each, ())))
    return Asked(fold(text), kind, sure, numbers, frozenset(aspects), which, meant)


def possible(text: str, judge: Judge) -> bool:
    """Whether `text` may well ask of an own order: where a model says so."""
    told = judge(HEAD, text)
    return sum(told.get(each, 0.0) for each in ("own", "open", "may", "open_may")) >= POSSIBLE


def is_broken(text: str, judge: Judge = unknown) -> bool:
    """Whether something is wrong with what has come."""
    broken = judge(HEAD, text).get("broken", 0.0)
    # 「有黑色的吗」: the other head is certain that it is looked for.
    wanted = judge(change_rules.HEAD, text).get("product", 0.0) >= _CERTAIN > broken
    return broken >= SURE and not wanted
