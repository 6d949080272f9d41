"""Wishes that change an order: is one spoken, and may it be granted?

Whether one is spoken the head "want" of `language/heads.py` tells; the rules are pure.

"I want to return the kettle" is a wish; "how do I return something?" is a question for the
knowledge, and "can I still cancel?" one for the record. Nothing is changed by the bot: a wish that
may be granted becomes a request for an agent (`requests.py`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import StrEnum

from bot.language.heads import POSSIBLE, Judge, unknown
from bot.language.wording import fold, grammar, rule
from bot.orders.meant import picks
from bot.orders.record import Order, State

HEAD = "want"
SURE = 0.55  # of a wish
_COLON = re.compile(
    r"[:：](?!\d)|[,，]?\s*(?:\bbecause\b|因为)"
    r"|[,，]\s*(?:order|订单)?[ #:：]*[\w/-]*\d[\w/-]*\W*$",
    re.IGNORECASE,
)
_LONGEST = 300  # characters; in a longer text the wish is for a person to read
_CLAUSES = re.compile(r"(?<=[,.;!?，。；！？])|\b(?:but|only|just)\b")
_LEFT = frozenset({State.SHIPPED, State.DELAYED})
_OVER = frozenset({State.RETURNED, State.REFUNDED, State.CANCELLED})


class Change(StrEnum):
    """What a shopper may wish for."""

    CANCEL = "cancel"
    RETURN = "return"
    EXCHANGE = "exchange"
    ADDRESS = "address"


@dataclass(frozen=True)
class Rules:
    """The shop's own: how many days after delivery an item may come back or be exchanged, and the
    last state in which an order may still be cancelled or sent elsewhere."""

    return_days: int = 30
    change_until: State = State.PAID

    @property
    def changeable(self) -> frozenset[State]:
        """The states in which nothing is packed yet, or, where the shop allows it, sent yet."""
        order = (State.PLACED, State.PAID, State.PACKED)
        return frozenset(order[: order.index(self.change_until) + 1])


# The classes of the head that are such a wish, and those that ask whether it may be granted.
_WISHES = {
    Change.ADDRESS: ("address",),
    Change.CANCEL: ("cancel",),
    Change.EXCHANGE: ("exchange",),
    Change.RETURN: ("return", "refund"),
}
_QUESTIONS = {
    Change.ADDRESS: ("ask_address",),
    Change.CANCEL: ("ask_cancel",),
    Change.EXCHANGE: ("ask_exchange",),
    Change.RETURN: ("ask_return", "ask_refund"),
}


@dataclass(frozen=True)
class Spoken:
    """What a text says of changes: the one that is `wished`, those that are `denied` ("don't cancel
    it"), and whether all is to stay as it is (`keeps`)."""

    wished: Change | None = None
    denied: frozenset[Change] = frozenset()
    keeps: bool = False


def spoken(text: str, judge: Judge = unknown) -> Spoken:
    """What `text` wants to have changed, and what not; of a long one nothing."""
    folded = fold(text)
    if not folded or len(folded) > _LONGEST:
        return Spoken()
    denied = _denied(folded)
    kept = (each for each in _CLAUSES.split(folded) if not _denied(each))
    rest = " ".join(kept).strip()
    wished = wish(rest if denied else text, judge) or _picked(folded)
    if denied and rule("dialogue", f"only_{grammar(folded)}").search(folded):
        # "Don't cancel all, only the mug" is a wish for the mug.
        wished, denied = wished or next(iter(denied)), denied - {wished or next(iter(denied))}
    keeps = rule("dialogue", f"keeps_{grammar(folded)}").search(folded) is not None
    return Spoken(None if wished in denied else wished, denied, keeps)


def _picked(folded: str) -> Change | None:
    """The change that is asked for some items of an order alone: "cancel only the mug"."""
    asked = rule("dialogue", f"picked_{grammar(folded)}").match(folded) if picks(folded) else None
    return Change(asked.lastgroup) if asked and asked.lastgroup else None


def bears(text: str, change: Change, judge: Judge = unknown) -> bool:
    """Whether `text` may well wish for `change`: where a model says so, and no rule to the
    contrary."""
    if len(text) > _LONGEST:
        return False
    said = spoken(text, judge)
    contrary = said.denied or said.keeps or said.wished not in (None, change)
    return not contrary and _share(judge(HEAD, text), _WISHES[change]) >= POSSIBLE


def without_denied(text: str) -> str:
    """`text` without the clauses that say what is not wanted; "" when it says nothing else."""
    if not _denied(fold(text)):
        return text
    clauses = (each.strip() for each in _CLAUSES.split(text))
    return " ".join(each for each in clauses if each and not _denied(fold(each)))


def _denied(folded: str) -> frozenset[Change]:
    """The changes that a folded text expressly does not want; of a long one none."""
    if len(folded) > _LONGEST:
        return frozenset()
    found = rule("dialogue", f"denied_{grammar(folded)}").finditer(folded)
    said = (name for each in found for name, words in each.groupdict().items() if words)
    return frozenset(map(Change, said))


def wish(text: str, judge: Judge = unknown) -> Change | None:
    """What `text` wants to have changed; None for a question or anything else."""
    if len(text) > _LONGEST:
        return None
    # "Send it to my office: 5 Kings Road, London": what stands behind the colon blurs the wish, and
    # so do its reason and an order's number behind a comma.
    for said in dict.fromkeys((text, _COLON.split(text)[0])):
        told = judge(HEAD, said)
        for change in Change:
            if _share(told, _WISHES[change]) >= SURE:
                return change
    return None


def asked_about(text: str, judge: Judge = unknown) -> Change | None:
    """Which change a question on what is still possible is about."""
    told = judge(HEAD, text)
    meant = {each: _share(told, _QUESTIONS[each] + _WISHES[each]) for each in Change}
    return next((each for each, share in meant.items() if share >= SURE), None)


def wrongly_charged(text: str, judge: Judge = unknown) -> bool:
    """Whether `text` tells of money that was taken twice, wrongly, or for nothing."""
    return judge(HEAD, text).get("charged", 0.0) >= SURE


def _share(told: Mapping[str, float], classes: Sequence[str]) -> float:
    return sum(told.get(each, 0.0) for each in classes)


def refusal(
    change: Change, order: Order, rules: Rules, *, today: date, zone: tzinfo
) -> tuple[str, Mapping[str, object]] | None:
    """Why the shop's rules don't allow it, as a text's name and its values; None: they do.

    `today` is the shop's day. An order without a day of delivery gets the benefit of the doubt.
    """
    if order.state in _OVER:
        return f"over_{order.state}", {}
    if change in (Change.CANCEL, Change.ADDRESS):
        if order.state in rules.changeable:
            return None
        return ("delivered" if order.state is State.DELIVERED else _late(order)), {}
    if order.state is not State.DELIVERED:
        return "not_here_yet", {"days": rules.return_days}
    delivered = order.at("delivered")
    if delivered is None:
        return None
    last = delivered.astimezone(zone).date() + timedelta(days=rules.return_days)
    if today <= last:
        return None
    return "too_late", {"days": rules.return_days, "last": last}


def _late(order: Order) -> str:
    return "has_left" if order.state in _LEFT else "is_packed"
