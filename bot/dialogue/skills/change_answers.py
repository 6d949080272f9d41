"""What is said of a wish that changes an order, whether it begins or goes on.

The steps are `orders/request_dialogue.py`'s, the words in `change_words.py`. It asks no database:
`changes.py` hands in the orders and what is filed already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import change_words
from bot.dialogue.skills.change_reading import Wanted
from bot.language.heads import Judge, unknown
from bot.language.wording import fold
from bot.orders import given, meant, request_dialogue
from bot.orders.change_rules import Change, refusal
from bot.orders.meant import Meant
from bot.orders.record import Order
from bot.orders.request_dialogue import Move, Prompt, Refused, Shop
from bot.texts import t
from bot.types import Language

_MOST_LINES = 10  # refusals that are told at once


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
        words = given.wording(wanted.change, wanted.text)
        named = meant.meant(words, orders, wanted.told, wanted.numbers, leans=wanted.leans)
        move = _begun(wanted.change, wanted.text, named, pending, shop)
        if move is None:
            return change_words.say("pending", wanted.change, language)
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
    outcome = change_words.worded(move, language, shop.today)
    if not said:
        return outcome
    return replace(outcome, say=replace(outcome.say, text=f"{said}\n\n{outcome.say.text}"))


def _begun(
    change: Change, text: str, named: Meant, pending: Mapping[tuple[str, Change], int], shop: Shop
) -> Move | None:
    """The first step, what the wish itself says already left out; None where all that it may mean
    waits for a decision. A new address, item or reason takes the place of the one that waits."""
    free = [each for each in named.orders if (each.id, change) not in pending]
    move = request_dialogue.begin(change, free, shop, meant=named, said=text)
    if len(free) < len(named.orders) and not isinstance(move, Prompt):
        waits = [each for each in named.orders if (each.id, change) in pending]
        if (change is Change.CANCEL and not named.picks) or len(waits) != 1:
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
            lines.append(change_words.why_not(*why, order, language, shop.today))
    return "\n".join(lines)


def _not_in(items: Sequence[str], orders: Sequence[Order], language: Language) -> str:
    """That none of the orders has these items; "" for no items."""
    comma = t("requests.comma", language)
    named = comma.join(f"“{each}”" for each in items)
    ids = comma.join(each.id for each in orders)
    return t("requests.not_in", language, items=named, orders=ids) if items else ""
