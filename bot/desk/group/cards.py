"""A card's words and buttons: one ticket in full, or several folded into one message. Pure.

Its first word is the ticket's number, by which an answer to it is understood (`updates.py`). Times
are absolute, so that a card has to be edited only when something happened.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.desk.group.state import Card
from bot.language.markdown import Run
from bot.texts import shorten, t
from bot.tickets.opening import mood_word
from bot.types import Language

_SHORT = 160  # characters of a summary in a folded card
_NAME = 40
_MARKS = {1: "🔴", 2: "🟠", 3: "🔵"}


@dataclass(frozen=True)
class Words:
    """How the group is spoken to. `language` None: each ticket in its own. `desk` is the address
    of the desk, None where there is none that a telephone could open."""

    language: Language | None
    desk: str | None

    def of(self, card: Card) -> Language:
        return self.language or card.language


@dataclass(frozen=True)
class Message:
    """What is to be sent: text, and the rows of buttons under it."""

    runs: list[Run]
    keyboard: InlineKeyboardMarkup | None


def message(cards: Sequence[Card], words: Words) -> Message:
    """One message for these tickets."""
    if len(cards) == 1:
        rows = [_buttons(cards[0], words, number=False)]
        return Message(_full(cards[0], words), _keyboard(rows))
    languages = {words.of(card) for card in cards}
    language = languages.pop() if len(languages) == 1 else "en"
    waiting = sum(card.status == "open" for card in cards)
    head = t("agents_group.fold", language, count=len(cards), waiting=waiting)
    runs = [Run(head, ("b",))]
    for card in cards:
        runs += [Run("\n\n"), *_brief(card, words)]
    return Message(runs, _keyboard([_buttons(card, words, number=True) for card in cards]))


def digest(card: Card, words: Words, *, alone: bool) -> str:
    """Changes when what is shown of the ticket would change."""
    runs = _full(card, words) if alone else _brief(card, words)
    buttons = [
        (each.text, each.callback_data, each.url) for each in _buttons(card, words, number=True)
    ]
    text = repr((alone, runs, buttons))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def title(card: Card, words: Words) -> str:
    """The name of the conversation's topic."""
    text = f"#{card.id} {who(card, words)} · {_t(card, words, f'tickets.reason_{card.reason}')}"
    return text[:120]


def who(card: Card, words: Words) -> str:
    """The shopper's name, or what they are."""
    name = " ".join(card.name.split())
    return name[:_NAME] if name else _t(card, words, "tickets.author_shopper")


def _full(card: Card, words: Words) -> list[Run]:
    return [
        *_head(card, words),
        Run(f"\n👤 {who(card, words)} · {_facts(card, words)}"),
        Run("\n\n"),
        Run(card.summary.strip()),
        Run("\n\n"),
        Run(_state(card, words), ("b",)),
    ]


def _brief(card: Card, words: Words) -> list[Run]:
    short = shorten(card.summary, _SHORT)
    return [
        *_head(card, words),
        Run(f"\n👤 {who(card, words)} · {_facts(card, words)}"),
        *([Run(f"\n{short}")] if short else []),
        Run(f"\n{_state(card, words)}", ("i",)),
    ]


def _head(card: Card, words: Words) -> list[Run]:
    mark = "✅" if card.status == "closed" else _MARKS.get(card.priority, "🔵")
    reason = _t(card, words, f"tickets.reason_{card.reason}")
    urgency = _t(card, words, f"tickets.priority_{card.priority}")
    return [Run(f"{mark} #{card.id} "), Run(reason, ("b",)), Run(f" · {urgency}")]


def _facts(card: Card, words: Words) -> str:
    """Channel, language and mood."""
    channel = card.chat.channel
    named = channel in ("web", "console", "telegram")
    return " · ".join(
        (
            _t(card, words, f"agents_group.channel_{channel}") if named else channel,
            _t(card, words, f"tickets.language_{card.language}"),
            _t(card, words, f"tickets.mood_{mood_word(card.mood)}"),
        )
    )


def _state(card: Card, words: Words) -> str:
    """Since when who does what."""

    def text(key: str, at: datetime | None) -> str:
        when = _clock(at) if at else ""
        return _t(card, words, f"agents_group.{key}", agent=card.agent or "", time=when)

    if card.status == "closed":
        return text("state_closed" if card.agent else "state_withdrawn", card.closed_at)
    if card.status == "open":
        return text("state_waiting", card.created_at)
    if card.first_reply_at is not None:
        return text("state_answered", card.first_reply_at)
    return text("state_taken", card.taken_at)


def _buttons(card: Card, words: Words, *, number: bool) -> list[InlineKeyboardButton]:
    """What can be pressed; with the ticket's number where several tickets stand together."""
    mark = f" #{card.id}" if number else ""
    buttons = []
    if card.status == "open":
        buttons.append(_press(card, words, "take", "take", mark))
    elif card.status == "taken":
        key = "handle_here" if card.stage == "" else "take_over"
        buttons.append(_press(card, words, key, "over", mark))
    if words.desk:
        address = f"{words.desk}/desk/tickets/{card.id}"
        label = _t(card, words, "agents_group.open_desk") + mark
        buttons.append(InlineKeyboardButton(label, url=address))
    return buttons


def _press(card: Card, words: Words, key: str, action: str, mark: str) -> InlineKeyboardButton:
    label = _t(card, words, f"agents_group.{key}") + mark
    return InlineKeyboardButton(label, callback_data=f"desk:{action}:{card.id}")


def _keyboard(rows: Sequence[list[InlineKeyboardButton]]) -> InlineKeyboardMarkup | None:
    filled = [row for row in rows if row]
    return InlineKeyboardMarkup(filled) if filled else None


def _t(card: Card, words: Words, key: str, **params: Any) -> str:
    return t(key, words.of(card), **params)


def _clock(at: datetime) -> str:
    """In the time zone of this machine, where the agents are."""
    return f"{at.astimezone():%m-%d %H:%M}"
