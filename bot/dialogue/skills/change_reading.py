"""Reads what is wanted of orders: a new wish, an answer in its dialogue, or a change of mind.

Whether a text speaks a wish at all, `orders/change_rules.py` tells; what is said of it is
`change_answers.py`'s.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.dialogue.view import Part
from bot.language import exact
from bot.language.heads import Judge
from bot.language.wording import has_han
from bot.orders import change_rules, request_dialogue
from bot.orders.change_rules import Change
from bot.orders.numbers import USUAL, Numbers
from bot.orders.request_dialogue import REQUEST, Wish

_CANCEL = re.compile(r"\bcancel\b|取消", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """What is wanted of orders: to begin a `change`, to go on with a `wish` by words or by a
    button (`choice`), or, where all is `off`, to take back what was begun or filed; `denied` are
    the changes that are expressly not wanted. `told` are the orders told of just now, by id, which
    the text `leans` on or not; `numbers` finds the shop's own. `single`: the proof opens one order
    alone."""

    text: str
    choice: str | None = None
    change: Change | None = None
    wish: Wish | None = None
    off: bool = False
    denied: frozenset[Change] = frozenset()
    told: Collection[str] = ()
    leans: bool = False
    numbers: Numbers = USUAL
    single: bool = False


def read(part: Part, judge: Judge) -> Wanted | None:
    """The wish in the part, or what it may answer in a wish's dialogue."""
    claim, newest = part.view.claim, part.view.claim.messages[-1]
    wish = Wish.of(claim.dialogue)
    if part.alone and newest.choice is not None:
        return _pressed(newest.text, newest.choice, wish)
    texts = [each.text for each in claim.messages[::-1]] if part.alone else [part.text]
    numbers = part.view.numbers
    spoken = [change_rules.spoken(text, judge) for text in texts]
    denied = frozenset().union(*(each.denied for each in spoken))
    keeps = any(each.keeps for each in spoken)
    change = next((each.wished for each in spoken if each.wished), None)
    if not (change or denied or keeps or change_rules.asked_about(texts[0], judge)):
        change = change_rules.spoken(_plainly(texts[0], numbers), judge).wished
    if change is None and claim.dialogue is None and part.view.past.about_orders:
        # "OK, cancel" after an order was told of calls off the order, not the talk.
        calls_off = any(_CANCEL.search(text) and exact.kinds(text) for text in texts)
        change = Change.CANCEL if calls_off else None
    if keeps and change in (Change.CANCEL, wish and wish.change):
        change = None  # "keep the order" is heard as something to do with it
    if change is None and (denied or keeps):
        answering = wish is not None and wish.step in request_dialogue.TOLD
        if not answering or denied:
            return Wanted(texts[0], off=True, denied=denied, wish=wish)
    if wish is None and change is None:
        return None
    # In a dialogue, "because I want my money back" is an answer, not a wish of its own.
    anew = wish is None or wish.step == "order" or denied
    if anew and change not in (None, wish and wish.change):
        return Wanted(part.text, change=change, denied=denied)
    return Wanted(texts[0], wish=wish, denied=denied)


def _plainly(text: str, numbers: Numbers) -> str:
    """ "return order 4512" for "return 2024-W-55", in which the heads see no number; "" for a text
    without such."""
    if has_han(text) or USUAL.found(text) or not numbers.found(text, usual=False):
        return ""
    return numbers.hidden(text, "order 4512").replace("order order", "order")


def _pressed(text: str, choice: str, wish: Wish | None) -> Wanted | None:
    begun = choice.removeprefix(f"{REQUEST}begin:")
    if begun in set(Change) and begun != choice:
        return Wanted(text, change=Change(begun))
    return Wanted(text, choice, wish=wish) if wish else None
