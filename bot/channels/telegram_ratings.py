"""👍 and 👎 under an answer in Telegram: kept before the press is confirmed, then shown as pressed.

What is kept, and for which answers, is `bot/feedback.py`'s matter.
"""

import asyncio

import structlog
from sqlmodel import Session
from telegram.error import RetryAfter, TelegramError

from bot import feedback, metrics
from bot.channels.telegram_budget import Budget, TooSoon
from bot.channels.telegram_client import Client, seconds
from bot.channels.telegram_message import keyboard, under
from bot.channels.telegram_updates import Press
from bot.conversation import saved
from bot.db import Database
from bot.errors import DatabaseError
from bot.texts import t
from bot.types import Turn, now

log = structlog.get_logger()
_PATIENCE = 8.0  # seconds that a mark on a button may wait for the chat's budget


class Ratings:
    """Takes presses, one call each. Marking the pressed button is best effort."""

    def __init__(self, client: Client, db: Database, budget: Budget) -> None:
        self._client = client
        self._db = db
        self._budget = budget
        self._marks: set[asyncio.Task[None]] = set()

    async def take(self, press: Press) -> str:
        """Keep a press that has a `rating`; what to tell the shopper. Durable when it returns."""
        kept = await self._db.write(lambda session: _keep(session, press))
        if kept is None or press.rating is None:
            return t("telegram.button_old", press.language or "en")
        turn, changed = kept
        if changed:
            metrics.rated(press.rating)
        task = asyncio.create_task(self._mark(press, turn))
        self._marks.add(task)
        task.add_done_callback(self._marks.discard)
        return t("telegram.rated_up" if press.rating > 0 else "telegram.rated_down", turn.language)

    async def close(self) -> None:
        """Let go of the marks that are still on their way."""
        for task in self._marks:
            task.cancel()
        await asyncio.gather(*self._marks, return_exceptions=True)

    async def _mark(self, press: Press, turn: Turn) -> None:
        """Show which one counts now: another press may have come while this one waited."""
        try:
            await self._budget.spend(press.chat_id, patience=_PATIENCE)
            found = await self._db.query(lambda session: feedback.ratings(session, [turn.id]))
            await self._client.edit_message_reply_markup(
                press.chat_id,
                press.message_id,
                reply_markup=keyboard(turn, found.get(turn.id)),
                business_connection_id=press.business,
            )
        except RetryAfter as error:
            self._budget.close(press.chat_id, seconds(error))
        except (TooSoon, TelegramError, DatabaseError) as error:
            log.info("telegram.rating_unmarked", kind=type(error).__name__)


def _keep(session: Session, press: Press) -> tuple[Turn, bool] | None:
    """The answer that was rated, and whether that is news; None when there is no such answer in
    the press's chat."""
    found = under(session, press)
    if found is None or press.rating is None:
        return None
    row, turn = found
    changed = feedback.rate(session, saved(row.id), turn.id, press.rating, at=now())
    return None if changed is None else (turn, changed)
