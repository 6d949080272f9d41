"""Where somebody is named in what belongs to others: their e-mail, phone or order in a chat of
another person, in an agent's note, in a request.

`rights.py` says who and when. A name or a street in somebody else's words is found by nobody: what
is looked for has a form that is one person's alone.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Table, Text, func, or_, select, update
from sqlmodel import Session, SQLModel

from bot.conversations import search
from bot.language.contacts import MASK, email_key
from bot.orders import numbers

_COLUMNS = {
    "conversations": ("name", "dialogue"),
    "turns": ("text", "buttons", "sources", "meta"),
    "tickets": ("summary",),
    "notes": ("text",),
    "drafts": ("text",),
    "requests": ("summary", "details", "note"),
    "attachments": ("name",),
}
_SEARCHED: dict[str, search.Kind] = {"turns": "turn", "notes": "note"}
_LEAST = 7  # last digits by which a phone is known, which nobody else's number is likely to have
_NUMBER = re.compile(r"(?=.*\d)(?=.*\D).{4,}")  # "#W2001" is an order's alone; "2024" is not
_BETWEEN = r"[-_/.: ]?"  # may stand, or not, between the letters and digits of an order's number


def patterns(emails: Iterable[str], phones: Iterable[str], orders: Iterable[str]) -> list["Named"]:
    """What to look for; `phones` are digits with their country's code, `orders` the shop's ids."""
    found = [_word(email_key(email)) for email in emails if email]
    found += [_phone(phone) for phone in phones if len(phone or "") >= _LEAST]
    found += [_order(order) for order in orders]
    return list({each.exact.pattern: each for each in found}.values())


class Named:
    """One thing to look for: `exact`, and a part of it by which SQL finds the rows to look at."""

    def __init__(self, exact: re.Pattern[str], part: str) -> None:
        self.exact = exact
        self.part = part


def _word(text: str) -> Named:
    exact = re.compile(rf"(?<![\w.+@-]){re.escape(text)}(?![\w@-]|\.\w)", re.IGNORECASE | re.ASCII)
    return Named(exact, text.casefold())


def _order(id: str) -> Named:
    """With or without the dash, as shoppers type it; plain digits where words say what they are."""
    if not _NUMBER.fullmatch(id):
        return Named(numbers.said_to_be(id), id.casefold())
    parts = re.findall(r"[^\W\d_]+|\d+", id)
    spelled = _BETWEEN.join(map(re.escape, parts))
    exact = re.compile(rf"(?<![A-Za-z0-9-]){spelled}(?![A-Za-z0-9]|-\w)", re.IGNORECASE)
    return Named(exact, max(parts, key=len).casefold())


def _phone(digits: str) -> Named:
    """With or without what comes before its last digits, however those are grouped."""
    tail = r"[ ()./-]{0,3}".join(digits[-_LEAST:])
    before = r"(?<!\d)(?:\+|00)?(?:\d[ ()./-]{0,3}){0,12}?"
    return Named(re.compile(rf"{before}{tail}(?![ ()./-]?\d)"), digits[-2:])


def find(session: Session, named: list[Named]) -> Iterator[tuple[Table, Any, str, Any]]:
    """(table, row, column, what it would be without them) for every place."""
    for table_name, columns in _COLUMNS.items():
        table = SQLModel.metadata.tables[table_name]
        texts = [func.lower(table.c[name].cast(Text)) for name in columns]
        likely = [each.contains(one.part, autoescape=True) for each in texts for one in named]
        for row in session.execute(select(table).where(or_(*likely))).mappings():
            for name in columns:
                after = _without(row[name], named)
                if after != row[name]:
                    yield table, row, name, after


def hide(session: Session, named: list[Named]) -> int:
    """Put a mask in each place, in the caller's transaction; how many rows."""
    places = list(find(session, named)) if named else []
    for table, row, column, after in places:
        session.execute(update(table).where(table.c.id == row["id"]).values({column: after}))
        if column == "text" and (kind := _SEARCHED.get(table.name)):
            search.reindex(session, kind, row["id"], row["conversation_id"], after)
    return len({(table.name, row["id"]) for table, row, _, _ in places})


def _without(value: Any, named: list[Named]) -> Any:
    """A text, or plain values with texts in them."""
    if isinstance(value, str):
        for one in named:
            value = one.exact.sub(MASK, value)
        return value
    if isinstance(value, dict):
        return {key: _without(each, named) for key, each in value.items()}
    if isinstance(value, list):
        return [_without(each, named) for each in value]
    return value
