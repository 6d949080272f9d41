"""A stand-in for Telegram's Bot API over HTTP, for tests: its rules, its refusals, and its people.

The real python-telegram-bot client talks to it. Not simulated: Markdown, albums sent by the bot,
inline mode, payments, polls, games, stories, channel posts, topics in private chats, Telegram's
spam judgement, the hour after which a file's address expires, and the exact figures of flood
control, which nobody outside Telegram knows.
"""

from tests.support.telegram.budgets import Budgets
from tests.support.telegram.chats import Chat, Draft, Line
from tests.support.telegram.groups import Business, Direct, Group
from tests.support.telegram.people import PrivateChat, Seat
from tests.support.telegram.server import BOT, TOKEN, FakeTelegram
from tests.support.telegram.world import Call, Violation

__all__ = [
    "BOT",
    "TOKEN",
    "Budgets",
    "Business",
    "Call",
    "Chat",
    "Direct",
    "Draft",
    "FakeTelegram",
    "Group",
    "Line",
    "PrivateChat",
    "Seat",
    "Violation",
]
