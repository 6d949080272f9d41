"""The short dialogue that turns a wish into a complete request: a state machine, pure.

Which order, which items, what reason or replacement or address, then a summary and a yes. The
orders it may speak of are handed in, those of the proven scope; a button that names another one is
no button. What it asks is worded in the dialogue's
`change_words.py`, what it ends with is stored by `tickets/requests.py`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, tzinfo
from typing import Any, Literal

from bot.language.heads import Judge, unknown
from bot.language.steering import called_off, steered
from bot.language.wording import fold, words_only
from bot.orders.change_rules import Change, Rules, refusal
from bot.orders.record import Order, number_of

REQUEST = "request:"  # choices of this dialogue
YES, CANCEL, ALL = "request:yes", "request:cancel", "request:item:all"
LONGEST = 500  # characters of a reason, a replacement or an address
MOST_BUTTONS = 6
_ADDRESS_LENGTH = 8  # characters, at least
_NUMBERS = re.compile(r"\d+")
_QUESTION = re.compile(r"[?？]\s*$")
_ALL_WORDS = re.compile(
    r"^(?:all|everything|both|all of (?:it|them)|the (?:whole|entire) order|全部|都|所有|整单|全都)"
)

# An address in a wish: after a colon, or after "to" with a number in it; of China with its 区, 路.
_ADDRESS = re.compile(
    r"[:：]\s*(.{8,})$"
    r"|\bto (?:my )?(\d+[a-z]? [^?]{6,})$",
    re.IGNORECASE,
)
_REPLACEMENT = re.compile(
    r"\b(?:for|to|into|with) (?:an? |the |one in )?((?!me\b|it\b|you\b)[^,.;?!]{1,60})$"
    r"|换(?:成|为|个|一?[件个双条])([^，。！？,.!?吗呢]{1,30})",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"(?:\bbecause\b|\bsince\b|\bas it\b|[,.;]\s*(?=it|they|the|this|that|i)|[，。；]|因为)\s*"
    r"([^?？]{6,})$",
    re.IGNORECASE,
)

_GIVEN = {
    Change.ADDRESS: _ADDRESS,
    Change.EXCHANGE: _REPLACEMENT,
    Change.RETURN: _REASON,
}

Step = Literal["order", "items", "reason", "replacement", "address", "confirm"]
_STEPS: Mapping[Change, tuple[Step, ...]] = {
    Change.CANCEL: ("order", "confirm"),
    Change.RETURN: ("order", "items", "reason", "confirm"),
    Change.EXCHANGE: ("order", "items", "replacement", "confirm"),
    Change.ADDRESS: ("order", "address", "confirm"),
}
TOLD: frozenset[Step] = frozenset({"reason", "replacement", "address"})
"""The steps that take the shopper's own words."""


@dataclass(frozen=True)
class Wish:
    """How far the dialogue is. `items` are positions in the order; `text` is the reason, the
    replacement or the new address; `seen` the order's digest when the summary was shown; `amends`
    the request that waits for a decision and whose place it takes, 0 for none."""

    change: Change
    step: Step = "order"
    order_id: str = ""
    items: tuple[int, ...] = ()
    text: str = ""
    seen: str = ""
    amends: int = 0

    def kept(self) -> dict[str, Any]:
        """As it is stored with the conversation."""
        return {"kind": "request", **asdict(self), "change": self.change.value}

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> "Wish | None":
        """From what `kept` made; None when another dialogue, or none, is going on."""
        if not stored or stored.get("kind") != "request":
            return None
        known = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        return cls(**known | {"change": Change(known["change"]), "items": tuple(known["items"])})


@dataclass(frozen=True)
class Prompt:
    """Ask for what `wish.step` needs; of several `orders`, or of one. `again`: it was no answer."""

    wish: Wish
    orders: tuple[Order, ...]
    again: bool = False


@dataclass(frozen=True)
class Refused:
    """The shop's rules don't allow it for this order; `why` names a text."""

    change: Change
    order: Order
    why: str
    known: Mapping[str, object]


@dataclass(frozen=True)
class NoOrder:
    """There is no order that it could be about."""

    change: Change


@dataclass(frozen=True)
class Done:
    """The shopper has said yes."""

    wish: Wish
    order: Order


@dataclass(frozen=True)
class Stopped:
    """The shopper does not want it any more."""

    change: Change


Move = Prompt | Refused | NoOrder | Done | Stopped


@dataclass(frozen=True)
class Shop:
    """What the rules are measured by: the shop's own, and its day."""

    rules: Rules
    today: date
    zone: tzinfo


def begin(change: Change, orders: Sequence[Order], shop: Shop, *, amends: int = 0) -> Move:
    """The first step; `orders` are those in scope that the wish may mean, likeliest first."""
    if not orders:
        return NoOrder(change)
    refusals = [_refusal(change, order, shop) for order in orders]
    possible = [order for order, why in zip(orders, refusals, strict=True) if why is None]
    if not possible:
        return refusals[0] or NoOrder(change)
    if len(possible) == 1:
        return _forward(Wish(change, order_id=possible[0].id, amends=amends), possible[0])
    return Prompt(Wish(change), tuple(possible[:MOST_BUTTONS]))


def advance(
    wish: Wish,
    text: str,
    choice: str | None,
    orders: Sequence[Order],
    shop: Shop,
    judge: Judge = unknown,
) -> Move | None:
    """What a message makes of the dialogue; None when it is about something else."""
    if choice == CANCEL or (choice is None and called_off(text, judge)):
        return Stopped(wish.change)
    if choice is not None and not choice.startswith(REQUEST):
        return None
    if wish.step == "order":
        return _choose_order(wish, text, choice, orders, shop)
    order = next((each for each in orders if each.id == wish.order_id), None)
    if order is None:
        return NoOrder(wish.change)
    if refused := _refusal(wish.change, order, shop):
        return refused  # it has gone on since
    if wish.step == "items":
        return _choose_items(wish, text, choice, order)
    if wish.step == "confirm":
        return _confirm(wish, text, choice, order, judge)
    return _take_text(wish, text, choice, order)


def _choose_order(
    wish: Wish, text: str, choice: str | None, orders: Sequence[Order], shop: Shop
) -> Move | None:
    meant = (choice or "").removeprefix(f"{REQUEST}order:") if choice else number_of(text)
    found = [order for order in orders if choice and order.id == meant]
    if not choice:
        found = [order for order in orders if order.number and order.number in meant]
        place = _NUMBERS.fullmatch(text.strip())
        if not found and place and 0 < int(place.group()) <= min(len(orders), MOST_BUTTONS):
            found = [_possible(wish.change, orders, shop)[int(place.group()) - 1]]
    if len(found) != 1:
        possible = _possible(wish.change, orders, shop)
        return _unclear(wish, text, choice, tuple(possible))
    if refused := _refusal(wish.change, found[0], shop):
        return refused
    return _forward(replace(wish, order_id=found[0].id), found[0])


def _possible(change: Change, orders: Sequence[Order], shop: Shop) -> list[Order]:
    return [each for each in orders if _refusal(change, each, shop) is None][:MOST_BUTTONS]


def _choose_items(wish: Wish, text: str, choice: str | None, order: Order) -> Move | None:
    every = tuple(range(len(order.lines)))
    if choice == ALL or (choice is None and _ALL_WORDS.search(words_only(fold(text)))):
        return _forward(replace(wish, items=every), order)
    if choice is not None:
        place = choice.removeprefix(f"{REQUEST}item:")
        chosen: tuple[int, ...] = (int(place),) if place.isdigit() and int(place) in every else ()
    else:
        chosen = _named(text, order)
    if not chosen:
        return _unclear(wish, text, choice, (order,))
    return _forward(replace(wish, items=chosen), order)


def given(change: Change, text: str) -> str:
    """What the words of a wish say already of the reason, the replacement or the new address; ""
    for nothing."""
    said = " ".join(text[:LONGEST].split())
    found = _GIVEN[change].search(said) if change in _GIVEN else None
    return next((each.strip() for each in found.groups() if each), "") if found else ""


def told(prompt: Prompt, said: str) -> Prompt:
    """As if `said` had been the answer to the question for the reason, replacement or address."""
    move = _take_text(prompt.wish, said, None, prompt.orders[0])
    return move if isinstance(move, Prompt) and not move.again else prompt


def chosen(prompt: Prompt, items: tuple[int, ...]) -> Prompt:
    """As if these items of the order had been the answer to the question for them."""
    return _forward(replace(prompt.wish, items=items), prompt.orders[0])


def _named(text: str, order: Order) -> tuple[int, ...]:
    """Items by their place ("1 and 3") or by their name."""
    folded = words_only(fold(text))
    by_name = tuple(
        place
        for place, line in enumerate(order.lines)
        if any(
            name and (name in folded or (len(folded) > 2 and folded in name))
            for name in (words_only(fold(each)) for each in (line.name, *line.names.values()))
        )
    )
    if by_name:
        return by_name
    places = [int(each) - 1 for each in _NUMBERS.findall(folded)]
    return tuple(dict.fromkeys(place for place in places if 0 <= place < len(order.lines)))


def _take_text(wish: Wish, text: str, choice: str | None, order: Order) -> Move | None:
    said = " ".join(text.split())
    if choice is None and _QUESTION.search(said):
        return None  # a question of theirs is not the answer to ours
    if choice is not None and not choice.startswith(f"{REQUEST}reason:"):
        return Prompt(wish, (order,), again=True)
    short = wish.step == "address" and len(said.encode()) < _ADDRESS_LENGTH
    if not said or len(said) > LONGEST or short:
        return Prompt(wish, (order,), again=True)
    return _forward(replace(wish, text=said), order)


def _confirm(wish: Wish, text: str, choice: str | None, order: Order, judge: Judge) -> Move | None:
    meant = steered(text, judge) if choice is None else None
    if meant == "no":
        return Stopped(wish.change)
    if choice != YES and meant != "yes":
        return _unclear(wish, text, choice, (order,))
    if order.digest != wish.seen:  # what they agreed to is not what it is now
        return Prompt(replace(wish, seen=order.digest), (order,), again=True)
    return Done(wish, order)


def _unclear(wish: Wish, text: str, choice: str | None, orders: tuple[Order, ...]) -> Prompt | None:
    """A stale button, or a word or two, is asked about once more; more is something else."""
    if choice is None and (_QUESTION.search(text) or len(text.split()) > 4 or len(text) > 40):
        return None
    return Prompt(wish, orders, again=True)


def _forward(wish: Wish, order: Order) -> Prompt:
    """To the next step that has something to ask."""
    steps = _STEPS[wish.change]
    step = steps[steps.index(wish.step) + 1]
    if step == "items" and len(order.lines) <= 1:
        wish = replace(wish, items=tuple(range(len(order.lines))))
        step = steps[steps.index(step) + 1]
    seen = order.digest if step == "confirm" else wish.seen
    return Prompt(replace(wish, step=step, seen=seen), (order,))


def _refusal(change: Change, order: Order, shop: Shop) -> Refused | None:
    why = refusal(change, order, shop.rules, today=shop.today, zone=shop.zone)
    return Refused(change, order, *why) if why else None
