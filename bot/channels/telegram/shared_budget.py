"""One budget for all processes that send for one bot: a row for each chat and one for the bot.

What may be sent is decided as in `budget.py`; only what was sent lately is in the database, whose
clock all processes go by. A send costs one short transaction more, of at most 30 a second. What is
only nice to have goes by what this process knows, and is noted afterwards.
"""

import asyncio
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from bot.channels.telegram.budget import Budget, Chat, Limits, Sleep, TooSoon
from bot.database.db import Database
from bot.database.process_tables import SendBudgetRow
from bot.database.upsert import insert_missing
from bot.errors import DatabaseError
from bot.types import now

T = TypeVar("T")
log = structlog.get_logger()
_BOT = 0  # no chat has this number
_KEPT = timedelta(days=1)  # longer than Telegram closes a chat for, as far as anybody has seen


class SharedBudget(Budget):
    """As `Budget`, for several processes. `secret` hides the chats' numbers in the database."""

    def __init__(
        self,
        db: Database,
        secret: str,
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        super().__init__(limits, clock=clock, sleep=sleep)
        self._db = db
        self._key = hmac.digest(secret.encode(), b"telegram budget", "sha256")
        self._noting: set[asyncio.Task[None]] = set()

    async def spend(self, chat_id: int, *, patience: float) -> None:
        def turn(book: Budget, moment: float) -> tuple[float, bool]:
            """Seconds to wait, and whether that is for the bot's line already."""
            chat = book._chat(chat_id)
            at = max(moment, book._open(chat_id, chat))
            if at - moment > patience or chat.closed > moment:
                raise TooSoon(at - moment)
            book._note(chat_id, chat, at)
            return (at - moment, False) if at > moment else (book._take(moment) - moment, True)

        wait, in_line = await self._visit(chat_id, turn)
        await self._until(self._clock() + wait)
        if not in_line:
            self._refuse_closed(chat_id)
            wait = await self._visit(chat_id, lambda book, moment: book._take(moment) - moment)
            await self._until(self._clock() + wait)
        self._refuse_closed(chat_id)

    def close(self, chat_id: int, seconds: float) -> None:
        super().close(chat_id, seconds)
        self._note_later(chat_id, lambda book, _: book.close(chat_id, seconds))

    def extra(self, chat_id: int) -> bool:
        if not super().extra(chat_id):
            return False

        def take(book: Budget, moment: float) -> None:
            book._note(chat_id, book._chat(chat_id), moment)
            book._take(moment)

        self._note_later(chat_id, take)
        return True

    def _refuse_closed(self, chat_id: int) -> None:
        left = self._chat(chat_id).closed - self._clock()
        if left > 0:
            raise TooSoon(left)

    def _note_later(self, chat_id: int, act: Callable[[Budget, float], None]) -> None:
        async def note() -> None:
            try:
                await self._visit(chat_id, act)
            except DatabaseError as error:
                log.warning("telegram.budget_unshared", error=error.key)

        task = asyncio.create_task(note())
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _visit(self, chat_id: int, act: Callable[[Budget, float], T]) -> T:
        """What `act` makes of the common budget, given with the moment as its clock; it is stored,
        and known here from then on."""

        def work(session: Session) -> tuple[T, float, Chat, float]:
            bot, row = self._rows(session, chat_id)
            moment = _moment(session)
            book = Budget(self._limits, clock=lambda: moment)
            chat = book._chats[chat_id] = Chat(row.rested, row.closed, deque(row.minute))
            book._rested = bot.rested
            made = act(book, moment)
            row.rested, row.closed, row.minute = chat.rested, chat.closed, list(chat.minute)
            bot.rested, bot.used_at, row.used_at = book._rested, now(), now()
            session.add_all([bot, row])
            return made, moment, chat, book._rested

        made, moment, chat, rested = await self._db.write(work)
        ahead = self._clock() - moment  # of this process's clock before the database's
        self._rested = rested + ahead
        mine = self._chat(chat_id)
        mine.rested, mine.closed = chat.rested + ahead, chat.closed + ahead
        mine.minute = deque(at + ahead for at in chat.minute)
        return made

    def _rows(self, session: Session, chat_id: int) -> tuple[SendBudgetRow, SendBudgetRow]:
        """The bot's and the chat's, locked in one order everywhere; made where missing."""
        bot, chat = self._subject(_BOT), self._subject(chat_id)
        names = sorted((bot, chat))
        blank = {"rested": 0.0, "closed": 0.0, "minute": [], "used_at": now()}
        insert_missing(session, SendBudgetRow, *({"subject": name, **blank} for name in names))
        query = (
            select(SendBudgetRow)
            .where(col(SendBudgetRow.subject).in_(names))
            .order_by(col(SendBudgetRow.subject))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        rows = {row.subject: row for row in session.exec(query)}
        return rows[bot], rows[chat]

    def _subject(self, chat_id: int) -> str:
        return hmac.new(self._key, str(chat_id).encode(), hashlib.sha256).hexdigest()


def sweep(session: Session, *, at: datetime) -> None:
    """Forget chats that were sent nothing for long."""
    session.exec(delete(SendBudgetRow).where(col(SendBudgetRow.used_at) <= at - _KEPT))


def _moment(session: Session) -> float:
    """Seconds by the database's clock, the same for everybody; not that of the transaction's
    beginning, which may have waited for its rows."""
    if session.get_bind().dialect.name == "sqlite":
        return time.time()
    return float(session.exec(select(func.extract("epoch", func.clock_timestamp()))).one())
