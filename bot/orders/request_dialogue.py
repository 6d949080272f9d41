"""The short dialogue that turns a wish into a complete request: a state machine, pure.

Which order or orders, which items, what reason or replacement or address, then a summary and a yes.
The orders it may speak of are handed in, those of the proven scope; a button that names another one
is no button. What the words of a wish mean of them, `meant.py` says; what is asked is worded in the
dialogue's `change_words.py`, what it ends with is stored by `tickets/requests.py`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, tzinfo
from typing import Any, Literal

from bot.language.heads import Judge, unknown
from bot.language.steering import called_off, steered
from bot.language.wording import fold
from bot.orders import asks
from bot.orders.change_rules import Change, Rules, refusal
from bot.orders.given import given, wording
from bot.orders.meant import Meant, items_in, of_the_whole, picks, placed
from bot.orders.meant import meant as meant_of
from bot.orders.numbers import USUAL, Numbers
from bot.orders.record import Order

REQUEST = "request:"  # choices of this dialogue
YES, CANCEL, ALL = "request:yes", "request:cancel", "request:item:all"
LONGEST = 500  # characters of a reason, a replacement or an address
MOST_BUTTONS = 6
_ADDRESS_LENGTH = 8  # characters, at least
_NUMBERS = re.compile(r"\d+")
_QUESTION = re.compile(r"[?？]\s*$")
_FEW = 6  # words of an answer that names an order by its item, or an item
_SHORT = 40  # characters of such
_SAYS = re.compile(r"\b(?:is|are|was|were|has|have|does|do|came)\b|[坏破错小大]|不(?!退|换)")
_TOGETHER = 10  # orders at most that one wish is filed for

Step = Literal["order", "items", "reason", "replacement", "address", "confirm"]
_STEPS: Mapping[Change, tuple[Step, ...]] = {
    Change.CANCEL: ("order", "items", "confirm"),
    Change.RETURN: ("order", "items", "reason", "confirm"),
    Change.EXCHANGE: ("order", "items", "replacement", "confirm"),
    Change.ADDRESS: ("order", "address", "confirm"),
}
TOLD: frozenset[Step] = frozenset({"reason", "replacement", "address"})
"""The steps that take the shopper's own words."""


@dataclass(frozen=True)
class Share:
    """A further order for which a wish is meant as well; its fields are as in `Wish`."""

    order_id: str
    items: tuple[int, ...] = ()
    seen: str = ""


@dataclass(frozen=True)
class Wish:
    """How far the dialogue is. `items` are positions in the order; `text` is the reason, the
    replacement or the new address; `seen` the order's digest when the summary was shown; `amends`
    the request that waits for a decision and whose place it takes, 0 for none. `also` are further
    orders, `said` the words that it began with while it is open which order they mean."""

    change: Change
    step: Step = "order"
    order_id: str = ""
    items: tuple[int, ...] = ()
    text: str = ""
    seen: str = ""
    amends: int = 0
    also: tuple[Share, ...] = ()
    said: str = ""

    @property
    def each(self) -> tuple["Wish", ...]:
        """A wish for each of its orders, as they are filed."""
        alone = replace(self, also=())
        return (alone, *(replace(alone, amends=0, **vars(share)) for share in self.also))

    def kept(self) -> dict[str, Any]:
        """As it is stored with the conversation."""
        return {"kind": "request", **asdict(self), "change": self.change.value}

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> "Wish | None":
        """From what `kept` made; None when another dialogue, or none, is going on."""
        if not stored or stored.get("kind") != "request":
            return None
        known = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        also = tuple(
            Share(each["order_id"], tuple(each["items"]), each["seen"])
            for each in known.get("also", ())
        )
        built = {"change": Change(known["change"]), "items": tuple(known["items"]), "also": also}
        return cls(**known | built)


@dataclass(frozen=True)
class Prompt:
    """Ask for what `wish.step` needs, of one of these `orders`; later they are those that the wish
    is for. `again`: it was no answer; `changed`: the order is not what the summary showed."""

    wish: Wish
    orders: tuple[Order, ...]
    again: bool = False
    changed: bool = False


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
    """The shopper has said yes to the wish for these orders."""

    wish: Wish
    orders: tuple[Order, ...]


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


def begin(
    change: Change,
    orders: Sequence[Order],
    shop: Shop,
    *,
    amends: int = 0,
    meant: Meant | None = None,
    said: str = "",
) -> Move:
    """The first step; `orders` are those in scope that the wish may mean, likeliest first. `meant`
    is what its words, `said`, mean of them: how many and which items."""
    if not orders:
        return NoOrder(change)
    refusals = [_refusal(change, order, shop) for order in orders]
    possible = tuple(order for order, why in zip(orders, refusals, strict=True) if why is None)
    if not possible:
        return refusals[0] or NoOrder(change)
    count = meant.count if meant else 1
    if len(possible) > min(max(count, 1), _TOGETHER):
        return Prompt(Wish(change, said=said[:LONGEST]), possible[:MOST_BUTTONS])
    picked = meant is not None and meant.picks
    items = meant.items if meant else {}
    if change is Change.CANCEL and not picked and of_the_whole(fold(said)):
        items = {}
    first, *others = possible
    # Some of its items alone are cancelled where the words say so.
    step: Step = "items" if change is Change.CANCEL and not picked else "order"
    wish = Wish(change, step, first.id, items.get(first.id, ()), amends=amends)
    # Of several orders all is meant where no item is named.
    also = (Share(each.id, items.get(each.id) or _all_of(each)) for each in others)
    if others and not wish.items:
        wish = replace(wish, items=_all_of(first))
    begun = _forward(replace(wish, also=tuple(also)), possible)
    return told(begun, given(change, said))


def advance(
    wish: Wish,
    text: str,
    choice: str | None,
    orders: Sequence[Order],
    shop: Shop,
    judge: Judge = unknown,
    numbers: Numbers = USUAL,
) -> Move | None:
    """What a message makes of the dialogue; None when it is about something else."""
    why = wish.step == "reason" and asks.is_broken(text, judge)  # 「坏了」
    if choice == CANCEL or (choice is None and not why and called_off(text, judge)):
        return Stopped(wish.change)
    if choice is not None and not choice.startswith(REQUEST):
        return None
    if wish.step == "order":
        return _choose_order(wish, text, choice, orders, shop, numbers)
    own = tuple(next((o for o in orders if o.id == one.order_id), None) for one in wish.each)
    theirs = tuple(order for order in own if order is not None)
    if len(theirs) < len(own):
        return NoOrder(wish.change)
    for order in theirs:
        if refused := _refusal(wish.change, order, shop):
            return refused  # it has gone on since
    if wish.step == "items":
        return _choose_items(wish, text, choice, theirs[0])
    if choice is None and (amended := _amended(wish, numbers.hidden(fold(text), " "), theirs)):
        return amended
    if wish.step == "confirm":
        return _confirm(wish, text, choice, theirs, judge)
    return _take_text(wish, text, choice, theirs)


def _choose_order(
    wish: Wish, text: str, choice: str | None, orders: Sequence[Order], shop: Shop, numbers: Numbers
) -> Move | None:
    possible = _possible(wish.change, orders, shop)
    if choice:
        found = [each for each in orders if f"{REQUEST}order:{each.id}" == choice]
    else:
        found = _answered(text, orders, possible, numbers)
    if not found:
        return _unclear(wish, text, choice, tuple(possible))
    words = wording(wish.change, wish.said)
    items = {each.id: items_in(words, each) for each in found}
    meant = Meant(tuple(found), len(found), items, picks=picks(words))
    return begin(wish.change, found, shop, meant=meant, said=wish.said)


def _answered(
    text: str, orders: Sequence[Order], possible: Sequence[Order], numbers: Numbers
) -> list[Order]:
    """The orders that an answer names: by their numbers, by the place in the list, "both", or by
    an item in a few words."""
    named = numbers.found(fold(text), asked=True)
    if found := [each for each in orders if any(map(each.is_called, named))]:
        return found
    place = _NUMBERS.fullmatch(text.strip())
    if place and 0 < int(place.group()) <= len(possible):
        return [possible[int(place.group()) - 1]]
    if _QUESTION.search(text) or len(text.split()) > _FEW:
        return []
    told = [each.id for each in possible]
    meant = meant_of(fold(text), possible, told, numbers, leans=False)
    return list(meant.orders) if len(meant.orders) <= meant.count else []


def _possible(change: Change, orders: Sequence[Order], shop: Shop) -> list[Order]:
    return [each for each in orders if _refusal(change, each, shop) is None][:MOST_BUTTONS]


def _choose_items(wish: Wish, text: str, choice: str | None, order: Order) -> Move | None:
    every = _all_of(order)
    if choice is None:
        chosen = placed(fold(text), order)
    elif choice == ALL:
        chosen = every
    else:
        place = choice.removeprefix(f"{REQUEST}item:")
        chosen = (int(place),) if place.isdigit() and int(place) in every else ()
    if not chosen:
        return _unclear(wish, text, choice, (order,))
    return _forward(replace(wish, items=chosen), (order,))


def _amended(wish: Wish, said: str, orders: tuple[Order, ...]) -> Prompt | None:
    """The wish for those items alone that a folded answer picks out: "only the mug", "keep the
    towel"; None where it says nothing of the kind."""
    short = len(said.split()) <= _FEW and len(said) <= _SHORT
    if wish.change is Change.ADDRESS or not (picks(said) or (short and wish.step == "confirm")):
        return None
    if wish.step in TOLD and (not short or _SAYS.search(said)):
        return None  # "just the lid is broken" is a reason
    every = zip(wish.each, orders, strict=True)
    found = [(one, order, items) for one, order in every if (items := items_in(said, order))]
    if all(len(items) == len(order.lines) for _, order, items in found):
        several = len(orders) == 1 and len(orders[0].lines) > 1
        if found or not (several and picks(said)) or wish.step in TOLD:
            return None
        return Prompt(replace(wish, step="items", items=()), orders)
    theirs = tuple(order for _, order, _ in found)
    (first, _, items), *others = found
    also = tuple(Share(each.order_id, places) for each, _, places in others)
    wish = replace(first, items=items, also=also)
    return Prompt(_seen(wish, theirs) if wish.step == "confirm" else wish, theirs)


def _all_of(order: Order) -> tuple[int, ...]:
    return tuple(range(len(order.lines)))


def told(prompt: Prompt, said: str) -> Prompt:
    """As if `said` had been the answer to the question for the reason, replacement or address."""
    if not said or prompt.wish.step not in TOLD:
        return prompt
    move = _take_text(prompt.wish, said, None, prompt.orders)
    return move if isinstance(move, Prompt) and not move.again else prompt


def _take_text(wish: Wish, text: str, choice: str | None, orders: tuple[Order, ...]) -> Move | None:
    said = " ".join(text.split())
    if choice is None and _QUESTION.search(said):
        return None  # a question of theirs is not the answer to ours
    if choice is not None and not choice.startswith(f"{REQUEST}reason:"):
        return Prompt(wish, orders, again=True)
    short = wish.step == "address" and len(said.encode()) < _ADDRESS_LENGTH
    if not said or len(said) > LONGEST or short:
        return Prompt(wish, orders, again=True)
    return _forward(replace(wish, text=said), orders)


def _confirm(
    wish: Wish, text: str, choice: str | None, orders: tuple[Order, ...], judge: Judge
) -> Move | None:
    meant = steered(text, judge) if choice is None else None
    if meant == "no":
        return Stopped(wish.change)
    if choice != YES and meant != "yes":
        return _unclear(wish, text, choice, orders)
    shown = _seen(wish, orders)
    if shown != wish:  # what they agreed to is not what it is now
        return Prompt(shown, orders, changed=True)
    return Done(wish, orders)


def _unclear(wish: Wish, text: str, choice: str | None, orders: tuple[Order, ...]) -> Prompt | None:
    """A stale button, or a word or two, is asked about once more; more is something else."""
    if choice is None and (_QUESTION.search(text) or len(text.split()) > 4 or len(text) > 40):
        return None
    return Prompt(wish, orders, again=True)


def _forward(wish: Wish, orders: tuple[Order, ...]) -> Prompt:
    """To the next step that has something to ask."""
    steps = _STEPS[wish.change]
    step = steps[steps.index(wish.step) + 1]
    if step == "items" and (wish.items or len(orders[0].lines) <= 1):
        wish = replace(wish, items=wish.items or _all_of(orders[0]))
        step = steps[steps.index(step) + 1]
    if step in TOLD and wish.text:  # said before the items were chosen anew
        step = "confirm"
    first, *others = orders
    also = (
        replace(each, items=_apart(wish.change, each.items, order))
        for each, order in zip(wish.also, others, strict=True)
    )
    wish = replace(wish, step=step, items=_apart(wish.change, wish.items, first), also=tuple(also))
    return Prompt(_seen(wish, orders) if step == "confirm" else wish, orders)


def _apart(change: Change, items: tuple[int, ...], order: Order) -> tuple[int, ...]:
    """The items that a wish is for; none where it is for the order as a whole."""
    whole = change is Change.CANCEL and len(items) == len(order.lines)
    return () if whole or change is Change.ADDRESS else items


def _seen(wish: Wish, orders: tuple[Order, ...]) -> Wish:
    """With the orders as they are now, which the summary shows."""
    first, *others = orders
    also = zip(wish.also, others, strict=True)
    shown = tuple(replace(share, seen=order.digest) for share, order in also)
    return replace(wish, seen=first.digest, also=shown)


def _refusal(change: Change, order: Order, shop: Shop) -> Refused | None:
    why = refusal(change, order, shop.rules, today=shop.today, zone=shop.zone)
    return Refused(change, order, *why) if why else None
