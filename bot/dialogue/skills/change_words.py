"""The words around a wish that changes an order: what is asked, the summary, and why not.

The rules are in `orders/change_rules.py`, the steps in `orders/request_dialogue.py`; when it is a
wish's turn to be spoken of, `changes.py` says.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.dialogue.decide import Escalate, Reply
from bot.dialogue.outcome import Outcome
from bot.language.heads import Judge, unknown
from bot.language.lexical import tokens
from bot.language.markdown import escaped
from bot.language.wording import fold
from bot.orders import describe, request_dialogue, words
from bot.orders.change_rules import Change
from bot.orders.record import Line, Order, number_of
from bot.orders.request_dialogue import Done, Move, NoOrder, Prompt, Refused, Shop, Stopped, Wish
from bot.texts import shorten, t
from bot.tickets.requests import Pending
from bot.types import Button, Claim, Language, Reason, Say

_LABEL = 60  # characters on a button
_NUMBERED = re.compile(r"#?[a-z]{0,4}-?\d{3,}")
_MOST_NAMED = 3  # words that name an item
_REASONS = ("fit", "damaged", "wrong", "unlike", "mind")


@dataclass(frozen=True)
class Wanted:
    """What is wanted of an order: to begin a `change`, to go on with a `wish` by words or by a
    button (`choice`), or, where all is `off`, to take back what was begun or filed; `denied` are
    the changes that are expressly not wanted."""

    text: str
    choice: str | None = None
    change: Change | None = None
    wish: Wish | None = None
    off: bool = False
    denied: frozenset[Change] = frozenset()


@dataclass(frozen=True)
class Filing:
    """A request to store with the answer that tells of it."""

    wish: Wish
    order: Order
    summary: str


@dataclass(frozen=True)
class Prepared(Escalate):
    """A person decides on `filing`, which is stored with the answer that tells of it."""

    filing: Filing | None = None


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
    if wanted.change is not None:
        move = _begun(wanted.change, wanted.text, _meant(wanted.text, orders), pending, shop)
        if move is None:
            return _say("pending", wanted.change, language)
    elif wanted.wish is not None:
        move = request_dialogue.advance(
            wanted.wish, wanted.text, wanted.choice, orders, shop, judge
        )
    else:
        return None
    if move is None:
        return None
    if isinstance(move, Done):
        filing = Filing(move.wish, move.order, summarised(move.wish, move.order, language))
        told = _say("filed", move.wish.change, language)
        return replace(told, decision=Prepared(Reason.REQUEST, filing=filing))
    outcome = _worded(move, language, shop.today)
    sends_back = wanted.change in (Change.RETURN, Change.EXCHANGE)
    missing = _not_in(wanted.text, move) if sends_back else ""
    if not missing or not isinstance(move, Refused):
        return outcome
    text = t("requests.not_in", language, item=missing, order=move.order.id)
    return replace(outcome, say=replace(outcome.say, text=f"{text} {outcome.say.text}"))


def _begun(
    change: Change,
    text: str,
    meant: Sequence[Order],
    pending: Mapping[tuple[str, Change], int],
    shop: Shop,
) -> Move | None:
    """The first step, what the wish itself says already left out; None where all that it may mean
    waits for a decision. A new address, item or reason takes the place of the one that waits."""
    free = [each for each in meant if (each.id, change) not in pending]
    given = request_dialogue.given(change, text)
    move = request_dialogue.begin(change, free, shop)
    if len(free) < len(meant) and not isinstance(move, Prompt):
        waits = [each for each in meant if (each.id, change) in pending]
        if change is Change.CANCEL or len(waits) != 1:
            return None
        move = request_dialogue.begin(change, waits, shop, amends=pending[waits[0].id, change])
    if isinstance(move, Prompt) and move.wish.step == "items":
        move = _with_named(move, text)
    if given and isinstance(move, Prompt) and move.wish.step in request_dialogue.TOLD:
        move = request_dialogue.told(move, given)
    return move


def taken_back(filed: Sequence[Pending], language: Language) -> Outcome:
    """What is said, and done, when requests are taken back: those that an agent has approved
    already can only be stopped by a person."""
    open_ones = [each for each in filed if each.status == "open"]
    if not open_ones:
        newest = filed[0]
        text = t(f"requests.too_late_{newest.change}", language, order=newest.order_id)
        return Outcome(Escalate(Reason.REQUEST), Say(text, language), request="too_late")
    lines = [
        t(f"requests.withdrawn_{each.change}", language, order=each.order_id) for each in open_ones
    ]
    say = Say("\n".join(lines), language, dialogue={})
    ids = tuple(each.id for each in open_ones)
    return Outcome(Reply(), say, request="withdrawn", withdraws=ids)


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


def _meant(text: str, orders: Sequence[Order]) -> Sequence[Order]:
    """The orders that the words of a wish name, by number or item; all when they name none."""
    spelled = number_of(text)
    if numbered := [each for each in orders if each.number and each.number in spelled]:
        return numbered
    said = frozenset(tokens(text))
    alike = [max((len(said & _words(line)) for line in each.lines), default=0) for each in orders]
    most = max(alike, default=0)
    return [each for each, count in zip(orders, alike, strict=True) if count == most]


def _with_named(prompt: Prompt, text: str) -> Prompt:
    """Without a question for the item where the wish has named one, and one alone."""
    said = frozenset(tokens(text))
    named = [place for place, line in enumerate(prompt.orders[0].lines) if said & _words(line)]
    return request_dialogue.chosen(prompt, tuple(named)) if len(named) == 1 else prompt


def _not_in(text: str, move: Move) -> str:
    """The item that a wish names and the order that it is about has not; "" for none."""
    named = words.phrase(_NUMBERED.sub(" ", fold(text)))
    if not isinstance(move, Refused) or not 0 < len(named.split()) <= _MOST_NAMED:
        return ""
    said = frozenset(tokens(named))
    return "" if any(said & _words(line) for line in move.order.lines) else named


def _words(line: Line) -> frozenset[str]:
    """What an item may be called by."""
    return frozenset(tokens(" ".join((line.name, *line.names.values(), *line.options.values()))))


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
    wish, order = prompt.wish, prompt.orders[0] if prompt.orders else None
    buttons = [*_choices(prompt, language), _button(language, "cancel", request_dialogue.CANCEL)]
    if wish.step == "confirm" and order is not None:
        text = t("requests.confirm", language, summary=escaped(summarised(wish, order, language)))
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
    """The request in a few lines, as the shopper confirms it and the agent reads it."""
    lines = [t(f"requests.summary_{wish.change}", language, order=order.id)]
    items = [order.lines[place] for place in wish.items if place < len(order.lines)]
    if wish.change in (Change.RETURN, Change.EXCHANGE) or items:
        names = t("requests.comma", language).join(_item(line, language) for line in items)
        lines.append(t("requests.summary_items", language, items=names))
    if wish.text:
        kind = {Change.RETURN: "reason", Change.EXCHANGE: "replacement", Change.ADDRESS: "address"}
        lines.append(t(f"requests.summary_{kind[wish.change]}_text", language, text=wish.text))
    return "\n".join(lines)


def label(order: Order, language: Language) -> str:
    """An order on a button: its number, its first item, how many more."""
    first = order.lines[0].named(language) if order.lines else ""
    more = f" +{len(order.lines) - 1}" if len(order.lines) > 1 else ""
    return f"{order.id} · {first}{more}" if first else order.id


def _item(line: Line, language: Language) -> str:
    name = line.named(language)
    return name if line.quantity == 1 else f"{line.quantity} × {name}"


def _say(key: str, change: Change, language: Language, buttons: tuple[Button, ...] = ()) -> Outcome:
    say = Say(t(f"requests.{key}_{change}", language), language, buttons, dialogue={})
    return Outcome(Reply(), say, request=key)


def _button(language: Language, name: str, value: str) -> Button:
    return Button(t(f"requests.button_{name}", language), value)


def _person(language: Language) -> tuple[Button, ...]:
    return (_button(language, "person", "person"),)
