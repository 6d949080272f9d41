"""The buttons under the bot's messages, drawn anew after a press, as the database has it.

What was rated is marked; once something was chosen, what else could be chosen there goes, so that
no button is pressed that was answered long ago. Best effort: a repeat of a press is known anyway.
"""

import asyncio

import structlog
from sqlmodel import Session, col, select
from telegram import InlineKeyboardMarkup
from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.budget import Budget, TooSoon
from bot.channels.telegram.client import Client, seconds
from bot.channels.telegram.message import keyboard, press_id
from bot.channels.telegram.updates import Press
from bot.conversations import feedback
from bot.conversations.conversation import turn_of
from bot.database.db import Database
from bot.database.tables import InboxRow, TurnRow
from bot.errors import DatabaseError

log = structlog.get_logger()
_PATIENCE = 8.0  # seconds that a keyboard may wait for the chat's budget


class Keyboards:
    """Draws keyboards in the background; `close` lets go of those that are still to be drawn."""

    def __init__(self, client: Client, db: Database, budget: Budget) -> None:
        self._client = client
        self._db = db
        self._budget = budget
        self._tasks: set[asyncio.Task[None]] = set()

    def draw(self, press: Press) -> None:
        """Show what counts now: another press may come while this one waits."""
        task = asyncio.create_task(self._draw(press))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _draw(self, press: Press) -> None:
        try:
            await self._budget.spend(press.chat_id, patience=_PATIENCE)
            markup = await self._db.query(lambda session: _now(session, press.turn_id))
            await self._client.edit_message_reply_markup(
                press.chat_id,
                press.message_id,
                reply_markup=markup,
                business_connection_id=press.business,
            )
        except RetryAfter as error:
            self._budget.close(press.chat_id, seconds(error))
        except (TooSoon, TelegramError, DatabaseError) as error:
            log.info("telegram.keyboard_undrawn", kind=type(error).__name__)


def _now(session: Session, turn_id: int) -> InlineKeyboardMarkup | None:
    row = session.get_one(TurnRow, turn_id)
    rating = feedback.ratings(session, [turn_id]).get(turn_id)
    begin = press_id(turn_id, "")
    pressed = select(InboxRow.message_id).where(
        InboxRow.conversation_id == row.conversation_id,
        col(InboxRow.message_id).startswith(begin, autoescape=True),
    )
    chosen = {each.removeprefix(begin) for each in session.exec(pressed)}
    return keyboard(turn_of(row), rating, chosen)
