"""What a shopper is told of an order: sentences made of the record's own fields, nothing else.

Never told: the street, the full name, how to pay. A question on one thing gets that, any other how
far the order is; an order that is late says so by itself. It does not choose the order.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo

from bot.language import money
from bot.orders.asks import Asked, Aspect
from bot.orders.record import COMING, Line, Order, State
from bot.texts import shorten, t
from bot.types import Language, Source

_ON_BUTTON = 28  # characters of an item's name on a button
_ITEMS = 3  # that are named; the others are counted
_MOST_ITEMS = 12  # that are named where they are asked for
_IN_FULL = frozenset({Aspect.STATE, Aspect.LIST})
FACTS = frozenset(
    {
        Aspect.PLACED,
        Aspect.TOTAL,
        Aspect.PAYMENT,
        Aspect.REFUND,
        Aspect.TRACKING,
        Aspect.ADDRESS,
        Aspect.CONTENTS,
    }
)
"""What is told without how far the order is."""


def describe(order: Order, asked: Asked, language: Language, *, today: date, zone: tzinfo) -> str:
    """What was asked of the order; where nothing particular was, how far it is, its last event,
    when it is expected and what comes next."""
    told = _Told(order, language, today, zone)
    if not is_particular(asked):
        return told.whole()
    facts = told.joined(told.fact(each) for each in Aspect if each in asked.aspects)
    return told.joined(
        (
            told.stands() if asked.aspects - FACTS else "",
            t("orders.of_order", language, id=order.id, said=facts) if facts else "",
        )
    )


def is_particular(asked: Asked) -> bool:
    """Whether something is asked that a sentence or two of the record answer."""
    return asked.kind == "order" and bool(asked.aspects - _IN_FULL)


def brief(order: Order, language: Language, *, today: date, zone: tzinfo) -> str:
    """An order on one line: number, items, day, state."""
    told = _Told(order, language, today, zone)
    state = t(f"orders.state_{order.state}", language)
    if order.days_late(today):
        state = t("orders.brief_late", language, state=state)
    day = told.day(order.placed_at) if order.placed_at else ""
    parts = (order.id, told.items(), day, state)
    return " · ".join(filter(None, parts))


def label(order: Order, language: Language, *, today: date) -> str:
    """An order on a button: number, first item, state."""
    state = t(f"orders.state_{order.state}", language)
    if order.days_late(today):
        state = t("orders.brief_late", language, state=state)
    first = shorten(order.lines[0].named(language), _ON_BUTTON) if order.lines else ""
    return " · ".join(filter(None, (order.id, first, state)))


def listed(
    orders: Sequence[Order],
    language: Language,
    *,
    today: date,
    zone: tzinfo,
    priced: bool = False,
) -> str:
    """Several orders, one a line; where they are `priced`, what each and all of them came to, those
    that are cancelled left out."""
    lines = [f"• {brief(order, language, today=today, zone=zone)}" for order in orders]
    if priced:
        amounts = [money.shown(each.total, each.currency, language) for each in orders]
        lines = [f"{line} · {amount}" for line, amount in zip(lines, amounts, strict=True)]
        sums: dict[str, int] = defaultdict(int)
        for order in orders:
            if order.state is not State.CANCELLED:
                sums[order.currency] += order.total
        both = " + ".join(money.shown(amount, each, language) for each, amount in sums.items())
        lines += [t("orders.total_all", language, amount=both)] if sums else []
    return "\n".join([t("orders.listed", language, count=len(orders)), *lines])


def source(order: Order, language: Language, score: float) -> Source:
    """Where it comes from: the record, with the carrier's page where there is one."""
    urls = [parcel.url for parcel in order.shipments if parcel.url]
    title = t("orders.title", language, id=order.id)
    return Source(f"order:{order.id}", "orders", round(score, 4), title, urls[-1] if urls else None)


def spoken_day(day: date, language: Language, today: date) -> str:
    """ "Tuesday 25 November", 「11月25日（周二）」; with its year when that is another one."""
    weekday = t(f"orders.weekday_{day.weekday()}", language)
    month = t(f"orders.month_{day.month}", language)
    key = "orders.day" if day.year == today.year else "orders.day_year"
    return t(key, language, weekday=weekday, day=day.day, month=month, year=day.year)


class _Told:
    """The sentences on one order; "" for one that its record has nothing for."""

    def __init__(self, order: Order, language: Language, today: date, zone: tzinfo) -> None:
        self._order = order
        self._language = language
        self._today = today
        self._zone = zone

    def _t(self, key: str, **params: object) -> str:
        return t(f"orders.{key}", self._language, **params)

    def day(self, at: datetime | date) -> str:
        """A day, or the shop's day of a moment."""
        day = at.astimezone(self._zone).date() if isinstance(at, datetime) else at
        return spoken_day(day, self._language, self._today)

    def joined(self, sentences: Iterable[str]) -> str:
        """Sentences as a text."""
        return (" " if self._language == "en" else "").join(filter(None, sentences))

    def whole(self) -> str:
        """All that is told of an order without being asked."""
        refund = self.refund() if self._order.refunded else ""
        ahead = (self.event(), self.expected(), self.tracking(), self.following())
        return self.joined((self.state(), refund, *ahead))

    def stands(self) -> str:
        """How far it is, and when it is expected or else what comes next."""
        return self.joined((self.state(), self.expected() or self.following()))

    def fact(self, aspect: Aspect) -> str:
        """What is asked for; "" for how far the order is."""
        match aspect:
            case Aspect.PLACED:
                return self.placed()
            case Aspect.TOTAL:
                return self.total()
            case Aspect.PAYMENT:
                return self.paid()
            case Aspect.REFUND:
                after = self._order.state is State.RETURNED
                return self.joined((self.refund(), self.following() if after else ""))
            case Aspect.TRACKING:
                return self.carried() or self.joined((self._t("no_tracking"), self.following()))
            case Aspect.ADDRESS:
                return self.address()
            case Aspect.CONTENTS:
                return self.joined((self.contents(), self.placed()))
            case _:
                return ""

    def items(self, most: int = _ITEMS) -> str:
        """The first items by name and options, and how many more there are."""
        lines = self._order.lines
        named = self._t("between_items").join(self._item(line) for line in lines[:most])
        more = len(lines) - most
        return self._t("items_more", items=named, count=more) if more > 0 else named

    def _item(self, line: Line) -> str:
        name = line.named(self._language)
        if line.options:
            options = self._t("comma").join(line.options.values())
            name = self._t("item_options", item=name, options=options)
        return name if line.quantity == 1 else self._t("item_times", item=name, n=line.quantity)

    def state(self) -> str:
        order = self._order
        about = self._t("about", id=order.id, items=self.items()) if order.lines else order.id
        since = order.at(order.state.value)
        key = f"is_{order.state}"
        if since and order.state in (State.DELIVERED, State.RETURNED, State.CANCELLED):
            return self._t(f"{key}_on", order=about, day=self.day(since))
        return self._t(key, order=about)

    def placed(self) -> str:
        at = self._order.placed_at
        return self._t("placed", day=self.day(at)) if at else self._t("placed_unknown")

    def total(self) -> str:
        order = self._order
        amount = money.shown(order.total, order.currency, self._language)
        if not order.payment:
            return self._t("total", amount=amount)
        return self._t("total_paid", amount=amount, payment=self._payment())

    def paid(self) -> str:
        """How it was paid."""
        if not self._order.payment:
            return self._t("paid_unknown")
        return self._t("paid", payment=self._payment())

    def contents(self) -> str:
        """All of its items, or many."""
        return self._t("contents", items=self.items(_MOST_ITEMS)) if self._order.lines else ""

    def address(self) -> str:
        """The place that it goes to; the street stays out of the chat."""
        address = self._order.address
        place = (address.get("city"), address.get("country"))
        said = self._t("comma").join(filter(None, place))
        return self._t("address", place=said) if said else self._t("address_unknown")

    def _payment(self) -> str:
        """How it was paid; of a card the last two digits."""
        kind, _, last = self._order.payment.rpartition(" ")
        if kind and last.isdecimal():
            return self._t("card", kind=kind, last=last)
        return self._order.payment

    def refund(self) -> str:
        order = self._order
        if not order.refunded:
            return self._t("no_refund")
        amount = money.shown(order.refunded, order.currency, self._language)
        at = order.at("refunded")
        when = self._t("refund_on", day=self.day(at)) if at else ""
        if not order.payment:
            return self._t("refund", amount=amount, on=when)
        return self._t("refund_to", amount=amount, on=when, payment=self._payment())

    def event(self) -> str:
        """The last thing that happened, unless the state says it already."""
        event = self._order.last_event
        if event is None or event.at is None:
            return ""
        if event.kind in ("placed", self._order.state.value) and not (event.note or event.place):
            return ""
        at = event.at.astimezone(self._zone)
        what = event.note or self._t(f"event_{event.kind}")
        key = "event_at" if event.place else "event"
        return self._t(key, what=what, place=event.place, day=self.day(at), time=f"{at:%H:%M}")

    def expected(self) -> str:
        order = self._order
        due = order.due()
        if due is None or order.state not in COMING:
            return ""
        late = order.days_late(self._today)
        if late:
            key = "late_one" if late == 1 else "late"
            return self._t(key, day=self.day(due), days=late)
        key = "expected_today" if due == self._today else "expected"
        return self._t(key, day=self.day(due))

    def tracking(self) -> str:
        """Carrier and tracking numbers, while the parcel is under way."""
        return self.carried() if self._order.state in (State.SHIPPED, State.DELAYED) else ""

    def carried(self) -> str:
        """Carrier and tracking numbers."""
        parcels = [parcel for parcel in self._order.shipments if parcel.tracking]
        if not parcels:
            return ""
        numbers = self._t("comma").join(parcel.tracking for parcel in parcels)
        carrier = parcels[-1].carrier or self._t("carrier")
        return self._t("tracking", carrier=carrier, numbers=numbers)

    def following(self) -> str:
        """What comes next, in the states that have a next."""
        order = self._order
        if order.state in (State.DELIVERED, State.REFUNDED, State.CANCELLED):
            return ""
        if order.state is State.SHIPPED and order.address.get("city"):
            return self._t("next_shipped_city", city=order.address["city"])
        return self._t(f"next_{order.state}")
