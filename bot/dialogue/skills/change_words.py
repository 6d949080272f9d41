"""The words around a wish that changes an order: what is asked, the summary, and why not.

The rules are in `orders/change_rules.py`, the steps in `orders/request_dialogue.py`; when it is a
wish's turn to be spoken of, `changes.py` says.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.dialogue.decide import Escalate, Reply
from bot.dialogue.outcome import Outcome
from bot.language import money
from bot.language.heads import Judge, unknown
from bot.language.markdown import escaped
from bot.language.wording import fold
from bot.orders import describe, meant, request_dialogue
from bot.orders.change_rules import Change, refusal
from bot.orders.meant import Meant
from bot.orders.numbers import USUAL, Numbers
from bot.orders.record import Line, Order
from bot.orders.request_dialogue import Done, Move, NoOrder, Prompt, Refused, Shop, Stopped, Wish
from bot.texts import shorten, t
from bot.types import Button, Claim, Language, Reason, Say

_LABEL = 60  # characters on a button
_MOST_LINES = 10  # items of an order that a summary names, and refusals that are told at once
_REASONS = ("fit", "damaged", "wrong", "unlike", "mind")


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


@dataclass(frozen=True)
class Filing:
    """A request to store with the answer that tells of it."""

    wish: Wish
    order: Order
    summary: str


@dataclass(frozen=True)
class Prepared(Escalate):
    """A person decides on `filings`, which are stored with the answer that tells of them."""

    filings: tuple[Filing, ...] = ()


def answer(
    wanted: Wanted,
    orders: Sequence[Order],
    pending: Mapping[tuple[str, Change], int],
    shop: Shop,
    language: Language,
    judge: Judge = unknown,
) -> Outcome | None:
    """What the bot says; None when the part is about something else after all. `pending` are the
    ids of the requests that wait for a decision, by order and change."""
    move: Move | None
    said = ""
    if wanted.change is not None:
        words = request_dialogue.wording(wanted.change, wanted.text)
        named = meant.meant(words, orders, wanted.told, wanted.numbers, leans=wanted.leans)
        move = _begun(wanted.change, wanted.text, named, pending, shop)
        if move is None:
            return _say("pending", wanted.change, language)
        said = _besides(move, named, pending, shop, language)
        if wanted.single and (named.count > 1 or named.unknown):
            said = t("orders.only_one", language)
    elif wanted.wish is not None:
        move = request_dialogue.advance(
            wanted.wish, wanted.text, wanted.choice, orders, shop, judge, wanted.numbers
        )
        if isinstance(move, Prompt) and move.again and move.wish.step == "items":
            none = () if wanted.choice else meant.missing(fold(wanted.text), move.orders)
            said = _not_in(none, move.orders, language)
            move = replace(move, again=not said)
    else:
        return None
    if move is None:
        return None
    if isinstance(move, Done):
        filings = tuple(
            Filing(wish, order, summarised(wish, order, language))
            for wish, order in zip(move.wish.each, move.orders, strict=True)
        )
        filed = _say("filed", move.wish.change, language)
        return replace(filed, decision=Prepared(Reason.REQUEST, filings=filings))
    outcome = _worded(move, language, shop.today)
    if not said:
        return outcome
    return replace(outcome, say=replace(outcome.say, text=f"{said}\n\n{outcome.say.text}"))


def _begun(
    change: Change,
    text: str,
    named: Meant,
    pending: Mapping[tuple[str, Change], int],
    shop: Shop,
) -> Move | None:
    """The first step, what the wish itself says already left out; None where all that it may mean
    waits for a decision. A new address, item or reason takes the place of the one that waits."""
    free = [each for each in named.orders if (each.id, change) not in pending]
    move = request_dialogue.begin(change, free, shop, meant=named, said=text)
    if len(free) < len(named.orders) and not isinstance(move, Prompt):
        waits = [each for each in named.orders if (each.id, change) in pending]
        if change is Change.CANCEL or len(waits) != 1:
            return None
        amends = pending[waits[0].id, change]
        return request_dialogue.begin(change, waits, shop, amends=amends, meant=named, said=text)
    return move


def _besides(
    move: Move,
    named: Meant,
    pending: Mapping[tuple[str, Change], int],
    shop: Shop,
    language: Language,
) -> str:
    """What was named with a wish and is not what it is begun for: items and numbers that are none
    of theirs, and orders for which it is too late, or asked already. "" for nothing."""
    comma, lines = t("requests.comma", language), []
    if named.unknown and named.orders:
        lines.append(t("orders.none_of_these", language, numbers=comma.join(named.unknown)))
    if not isinstance(move, Prompt | Refused):
        return "\n".join(lines)
    change = move.wish.change if isinstance(move, Prompt) else move.change
    if named.missing and change in (Change.RETURN, Change.EXCHANGE):
        theirs = (move.order,) if isinstance(move, Refused) else move.orders
        lines.append(_not_in(named.missing, theirs, language))
    if not isinstance(move, Prompt) or move.wish.step == "order" or named.count == 1:
        return "\n".join(lines)
    left = [each for each in named.orders if each not in move.orders]
    if not named.pointed:
        fewer = named.count > len(move.orders) and (left or named.count < meant.ALL)
        lines += [t(f"requests.only_{change}", language)] if fewer else []
        return "\n".join(lines)
    for order in left[:_MOST_LINES]:
        if (order.id, change) in pending:
            lines.append(f"{order.id}: {t(f'requests.pending_{change}', language)}")
        elif why := refusal(change, order, shop.rules, today=shop.today, zone=shop.zone):
            lines.append(why_not(*why, order, language, shop.today))
    return "\n".join(lines)


def _not_in(items: Sequence[str], orders: Sequence[Order], language: Language) -> str:
    """That none of the orders has these items; "" for no items."""
    comma = t("requests.comma", language)
    named = comma.join(f"“{each}”" for each in items)
    ids = comma.join(each.id for each in orders)
    return t("requests.not_in", language, items=named, orders=ids) if items else ""


def rule_asked(outcome: Outcome) -> str | None:
    """The question whose answer in the knowledge is the reason of a refusal; None for none."""
    if outcome.rule is None:
        return None
    return t(f"requests.rule_{outcome.rule}", outcome.say.language)


def beside(claim: Claim, outcome: Outcome) -> Outcome:
    """An answer to something else while a wish's dialogue goes on: with a word that it still does.

    With a person in it, it does no more.
    """
    wish, say = Wish.of(claim.dialogue), outcome.say
    if wish is None:
        return outcome
    if isinstance(outcome.decision, Escalate):
        return replace(outcome, say=replace(say, dialogue={}))
    text = t(f"requests.remind_{wish.change}", say.language)
    cancel = _button(say.language, "cancel", request_dialogue.CANCEL)
    say = replace(say, text=f"{say.text}\n\n{text}", buttons=(*say.buttons, cancel))
    return replace(outcome, say=say)


def why_not(
    why: str, known: Mapping[str, object], order: Order, language: Language, today: date
) -> str:
    """A refusal of `changes.refusal` in words."""
    spoken = {
        name: describe.spoken_day(value, language, today) if isinstance(value, date) else value
        for name, value in known.items()
    }
    return t(f"requests.why_{why}", language, order=order.id, **spoken)


def _worded(move: Prompt | Refused | NoOrder | Stopped, language: Language, today: date) -> Outcome:
    if isinstance(move, Stopped):
        return _say("stopped", move.change, language)
    if isinstance(move, NoOrder):
        return _say("no_order", move.change, language, _person(language))
    if isinstance(move, Refused):
        text = why_not(move.why, move.known, move.order, language, today)
        record = (describe.source(move.order, language, 1.0),)
        say = Say(text, language, _person(language), record, dialogue={})
        rule = None if move.why.startswith("over_") else move.change
        return Outcome(Reply(), say, request="refused", rule=rule)
    return _asked(move, language)


def _asked(prompt: Prompt, language: Language) -> Outcome:
    wish = prompt.wish
    buttons = [*_choices(prompt, language), _button(language, "cancel", request_dialogue.CANCEL)]
    if wish.step == "confirm":
        shown = zip(wish.each, prompt.orders, strict=True)
        summary = "\n\n".join(summarised(one, order, language) for one, order in shown)
        text = t("requests.confirm", language, summary=escaped(summary))
        key = "changed" if prompt.again else ""
    else:
        text = t(f"requests.ask_{wish.change}_{wish.step}", language)
        key = "again" if prompt.again else ""
    if key:
        text = t(f"requests.{key}", language, text=text)
    say = Say(text, language, tuple(buttons), dialogue=wish.kept())
    return Outcome(Reply(), say, request=wish.step)


def _choices(prompt: Prompt, language: Language) -> list[Button]:
    step, prefix = prompt.wish.step, request_dialogue.REQUEST
    if step == "order":
        return [
            Button(shorten(label(order, language), _LABEL), f"{prefix}order:{order.id}")
            for order in prompt.orders
        ]
    if step == "items":
        lines = prompt.orders[0].lines[: request_dialogue.MOST_BUTTONS]
        return [
            *(
                Button(shorten(line.named(language), _LABEL), f"{prefix}item:{place}")
                for place, line in enumerate(lines)
            ),
            _button(language, "all", request_dialogue.ALL),
        ]
    if step == "reason":
        return [
            Button(t(f"requests.reason_{each}", language), f"{prefix}reason:{each}")
            for each in _REASONS
        ]
    return [_button(language, "yes", request_dialogue.YES)] if step == "confirm" else []


def summarised(wish: Wish, order: Order, language: Language) -> str:
    """The request in a few lines, as the shopper confirms it and the agent reads it: with what its
    items cost, and together."""
    lines = [t(f"requests.summary_{wish.change}", language, order=order.id)]
    items = [order.lines[place] for place in wish.items if place < len(order.lines)]
    total = sum(line.price * line.quantity for line in items)
    if wish.change is Change.CANCEL:
        items, total = list(order.lines), order.total
    if items:
        names = [_item(line, order.currency, language) for line in items[:_MOST_LINES]]
        said = t("requests.comma", language).join(names)
        if len(items) > _MOST_LINES:
            said = t("orders.items_more", language, items=said, count=len(items) - _MOST_LINES)
        lines.append(t("requests.summary_items", language, items=said))
    if wish.change is not Change.ADDRESS:
        amount = money.shown(total, order.currency, language)
        lines.append(t("requests.summary_total", language, amount=amount))
    if wish.text:
        kind = {Change.RETURN: "reason", Change.EXCHANGE: "replacement", Change.ADDRESS: "address"}
        lines.append(t(f"requests.summary_{kind[wish.change]}_text", language, text=wish.text))
    return "\n".join(lines)


def label(order: Order, language: Language) -> str:
    """An order on a button: its number, its first item, how many more."""
    first = order.lines[0].named(language) if order.lines else ""
    more = f" +{len(order.lines) - 1}" if len(order.lines) > 1 else ""
    return f"{order.id} · {first}{more}" if first else order.id


def _item(line: Line, currency: str, language: Language) -> str:
    name = line.named(language)
    amount = money.shown(line.price * line.quantity, currency, language)
    if line.quantity > 1:
        name = f"{line.quantity} × {name}"
    return t("requests.item_amount", language, item=name, amount=amount)


def _say(key: str, change: Change, language: Language, buttons: tuple[Button, ...] = ()) -> Outcome:
    say = Say(t(f"requests.{key}_{change}", language), language, buttons, dialogue={})
    return Outcome(Reply(), say, request=key)


def _button(language: Language, name: str, value: str) -> Button:
    return Button(t(f"requests.button_{name}", language), value)


def _person(language: Language) -> tuple[Button, ...]:
    return (_button(language, "person", "person"),)
