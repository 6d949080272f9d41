"""What an order is found by: one text of its own fields, in both languages, for the encoder.

It holds what shoppers speak of (items, options, how far it is, the month) and nothing of who and
where they are.
"""

from datetime import datetime, tzinfo

from bot.orders.record import Line, Order
from bot.texts import LANGUAGES, t


def searched(order: Order, zone: tzinfo) -> str:
    """ "blue Harbor gooseneck kettle 海港细嘴手冲壶; shipped 已发货; order JT-1042; Monday 2 …"."""
    parts = [_item(line) for line in order.lines]
    parts.append(" ".join(t(f"orders.state_{order.state}", language) for language in LANGUAGES))
    parts.append(f"order {order.id}")
    if order.placed_at:
        parts.append(dated(order.placed_at, zone))
    return "; ".join(parts)


def _item(line: Line) -> str:
    names = dict.fromkeys((line.name, *line.names.values()))
    return " ".join([*line.options.values(), *names])


def dated(at: datetime, zone: tzinfo) -> str:
    """A day in words, in both languages: "Monday 2 March 2026 2026年3月2日"."""
    day = at.astimezone(zone).date()
    words = (
        t(f"orders.weekday_{day.weekday()}", "en"),
        day.day,
        t(f"orders.month_{day.month}", "en"),
    )
    return f"{words[0]} {words[1]} {words[2]} {day.year} {day.year}年{day.month}月{day.day}日"
