"""The words for a wish that changes an order: what is asked, the summary, and why not.

The rules are in `orders/change_rules.py`, the steps in `orders/request_dialogue.py`; which words it
is time for, `change_answers.py` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.dialogue.commands import person_button
from bot.dialogue.compose import LABEL
from bot.dialogue.decide import Escalate, Reply
from bot.dialogue.outcome import Outcome
from bot.language import money
from bot.language.markdown import escaped
from bot.orders import describe, request_dialogue
from bot.orders.change_rules import Change
from bot.orders.record import Line, Order
from bot.orders.request_dialogue import Done, Move, NoOrder, Prompt, Refused, Stopped, Wish
from bot.texts import shorten, t
from bot.types import Button, Claim, Language, Reason, Say

_MOST_LINES = 10  # items of an order that a summary names
_REASONS = ("fit", "damaged", "wrong", "unlike", "mind")


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


def rule_asked(outcome: Outcome) -> str | None:
    """The question whose answer in the knowledge is the reason of a refusal; None for none."""
    if outcome.rule is None:
        return None
    return t(f"requests.rule_{outcome.rule}", outcome.say.language)


def beside(claim: Claim, outcome: Outcome) -> Outcome:
    """An answer to something else while a wish's dialogue goes on: with a word that it still does.

    With a person in it, it does no more.
    """
    wish, told = Wish.of(claim.dialogue), outcome.say
    if wish is None:
        return outcome
    if isinstance(outcome.decision, Escalate):
        return replace(outcome, say=replace(told, dialogue={}))
    text = t(f"requests.remind_{wish.change}", told.language)
    cancel = _button(told.language, "cancel", request_dialogue.CANCEL)
    told = replace(told, text=f"{told.text}\n\n{text}", buttons=(*told.buttons, cancel))
    return replace(outcome, say=told)


def why_not(
    why: str, known: Mapping[str, object], order: Order, language: Language, today: date
) -> str:
    """A refusal of `change_rules.refusal` in words."""
    spoken = {
        name: describe.spoken_day(value, language, today) if isinstance(value, date) else value
        for name, value in known.items()
    }
    return t(f"requests.why_{why}", language, order=order.id, **spoken)


def worded(move: Move, language: Language, today: date) -> Outcome:
    """What is said of a move; a wish that is done is filed with it."""
    if isinstance(move, Done):
        filings = tuple(
            Filing(wish, order, summarised(wish, order, language))
            for wish, order in zip(move.wish.each, move.orders, strict=True)
        )
        filed = say("filed", move.wish.change, language)
        return replace(filed, decision=Prepared(Reason.REQUEST, filings=filings))
    if isinstance(move, Stopped):
        return say("stopped", move.change, language)
    if isinstance(move, NoOrder):
        return say("no_order", move.change, language, person_button(language))
    if isinstance(move, Refused):
        text = why_not(move.why, move.known, move.order, language, today)
        record = (describe.source(move.order, language, 1.0),)
        refused = Say(text, language, (person_button(language),), record, dialogue={})
        rule = None if move.why.startswith("over_") else move.change
        return Outcome(Reply(), refused, request="refused", rule=rule)
    return _asked(move, language)


def _asked(prompt: Prompt, language: Language) -> Outcome:
    wish = prompt.wish
    buttons = [*_choices(prompt, language), _button(language, "cancel", request_dialogue.CANCEL)]
    if wish.step == "confirm":
        shown = zip(wish.each, prompt.orders, strict=True)
        summary = "\n\n".join(summarised(one, order, language) for one, order in shown)
        text = t("requests.confirm", language, summary=escaped(summary))
    else:
        text = t(f"requests.ask_{wish.change}_{wish.step}", language)
    if key := "changed" if prompt.changed else "again" if prompt.again else "":
        text = t(f"requests.{key}", language, text=text)
    asked = Say(text, language, tuple(buttons), dialogue=wish.kept())
    return Outcome(Reply(), asked, request=wish.step)


def _choices(prompt: Prompt, language: Language) -> list[Button]:
    step, prefix = prompt.wish.step, request_dialogue.REQUEST
    if step == "order":
        return [
            Button(shorten(label(order, language), LABEL), f"{prefix}order:{order.id}")
            for order in prompt.orders
        ]
    if step == "items":
        lines = prompt.orders[0].lines[: request_dialogue.MOST_BUTTONS]
        return [
            *(
                Button(shorten(line.named(language), LABEL), f"{prefix}item:{place}")
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
    part = "_items" if wish.change is Change.CANCEL and wish.items else ""
    lines = [t(f"requests.summary_{wish.change}{part}", language, order=order.id)]
    items = [order.lines[place] for place in wish.items if place < len(order.lines)]
    total = sum(line.price * line.quantity for line in items)
    if wish.change is Change.CANCEL and not part:
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
    amount = money.shown(line.price * line.quantity, currency, language)
    return t("requests.item_amount", language, item=line.counted(language), amount=amount)


def say(key: str, change: Change, language: Language, *buttons: Button) -> Outcome:
    """One sentence with which the dialogue ends."""
    text = t(f"requests.{key}_{change}", language)
    return Outcome(Reply(), Say(text, language, buttons, dialogue={}), request=key)


def _button(language: Language, name: str, value: str) -> Button:
    return Button(t(f"requests.button_{name}", language), value)
