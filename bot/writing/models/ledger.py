"""Tokens and cost: what each call used, and whether a cap leaves room for another.

Every call is a row of `usage`, a failed one too, so that a conversation and a day can be added up.
Caps hold for the first rung, which is the one that costs money. What runs at the moment is counted
with its estimate, so calls side by side do not pass a cap together. On PostgreSQL, where several
processes may answer, each knows of the others' running calls, but for those that begin at the very
same moment.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import case, func
from sqlmodel import Session, col, delete, select

from bot import metrics
from bot.database.db import Database
from bot.database.leases import new_owner
from bot.database.process_tables import RunningCallRow
from bot.database.tables import UsageRow
from bot.errors import DatabaseError
from bot.types import now
from bot.writing.models.budgets import Caps

log = structlog.get_logger()
Cap = Literal["day", "shopper"]

_MILLION = 1_000_000
_LONGEST = timedelta(minutes=2)  # more than a call may take (`bot_llm_timeout`)


@dataclass(frozen=True)
class Used:
    """Tokens that a model read and wrote."""

    read: int
    written: int

    @property
    def total(self) -> int:
        return self.read + self.written


class Ledger:
    """The accounts of the whole shop. Caps are tokens a day (UTC), 0 for none; prices are for a
    million tokens, in any currency, and hold for models whose name starts with `priced`."""

    def __init__(
        self,
        db: Database,
        *,
        priced: str,
        daily_cap: int = 0,
        shopper_cap: int = 0,
        price_in: float = 0.0,
        price_out: float = 0.0,
        caps: Callable[[], Caps] | None = None,
    ) -> None:
        """`caps` says them anew each time, in place of `daily_cap` and `shopper_cap`."""
        self._db = db
        self._priced = priced
        fixed = Caps(daily_cap, shopper_cap)
        self._caps = caps or (lambda: fixed)
        self._price_in = price_in
        self._price_out = price_out
        self._running: list[tuple[int, int]] = []  # (conversation, tokens) of calls under way
        self._capped = bool(daily_cap or shopper_cap)
        self._me = new_owner()

    async def passed(self, conversation_id: int, tokens: int) -> Cap | None:
        """The cap that `tokens` more would pass; None when there is room."""
        caps = await asyncio.to_thread(self._caps)
        if caps == Caps():
            return None
        day = _day(now())
        whole, theirs = await self._db.query(
            lambda session: _spent(session, day, self._priced, conversation_id)
        )
        if not self._db.sqlite:
            elsewhere = await self._db.query(lambda session: _elsewhere(session, self._me))
            whole += sum(tokens for _, tokens in elsewhere)
            theirs += sum(tokens for of, tokens in elsewhere if of == conversation_id)
        whole += sum(running for _, running in self._running)
        theirs += sum(running for of, running in self._running if of == conversation_id)
        if caps.daily_token_budget and whole + tokens > caps.daily_token_budget:
            return "day"
        if caps.shopper_token_budget and theirs + tokens > caps.shopper_token_budget:
            return "shopper"
        return None

    @asynccontextmanager
    async def reserved(self, conversation_id: int, tokens: int) -> AsyncIterator[None]:
        """Count `tokens` as spent while the block runs, here and in the shop's other processes."""
        entry = (conversation_id, tokens)
        self._running.append(entry)
        try:
            async with self._told(conversation_id, tokens):
                yield
        finally:
            self._running.remove(entry)

    @asynccontextmanager
    async def _told(self, conversation_id: int, tokens: int) -> AsyncIterator[None]:
        """Let the other processes know of a call that is under way."""
        if self._db.sqlite or not self._capped or not tokens:
            yield
            return
        row = RunningCallRow(
            owner=self._me, conversation_id=conversation_id, tokens=tokens, until=now() + _LONGEST
        )
        await self._db.write(lambda session: session.add(row))
        try:
            yield
        finally:
            ended = delete(RunningCallRow).where(
                (col(RunningCallRow.id) == row.id) | (col(RunningCallRow.until) <= now())
            )
            try:
                await self._db.write(lambda session: session.exec(ended))
            except DatabaseError as error:  # it ends by itself
                log.warning("model.reservation_left", error=error.key)

    async def spend(self, conversation_id: int, model: str, used: Used) -> None:
        """Note what a call used."""
        at = now()
        priced = model.startswith(self._priced)
        cost = (
            (used.read * self._price_in + used.written * self._price_out) / _MILLION
            if priced
            else 0.0
        )
        metrics.model_used(model, read=used.read, written=used.written, cost=cost)
        row = UsageRow(
            day=_day(at),
            conversation_id=conversation_id,
            model=model,
            prompt_tokens=used.read,
            completion_tokens=used.written,
            cost=cost,
            at=at,
        )
        await self._db.write(lambda session: session.add(row))


def estimate(text: str) -> int:
    """About how many tokens `text` is, for servers that do not say: Chinese about one a character,
    other scripts about one for four."""
    wide = sum(ord(character) > 0x2E7F for character in text)
    return wide + (len(text) - wide + 3) // 4


def today(session: Session, priced: str) -> tuple[int, float]:
    """Tokens of the day and what they cost, of models whose name starts with `priced`."""
    tokens = func.sum(col(UsageRow.prompt_tokens) + col(UsageRow.completion_tokens))
    query = select(func.coalesce(tokens, 0), func.coalesce(func.sum(UsageRow.cost), 0.0)).where(
        UsageRow.day == _day(now()), col(UsageRow.model).startswith(priced, autoescape=True)
    )
    whole, cost = session.exec(query).one()
    return int(whole), float(cost)


def _spent(session: Session, day: str, priced: str, conversation_id: int) -> tuple[int, int]:
    """Tokens of the day: everybody's and this conversation's."""
    tokens = col(UsageRow.prompt_tokens) + col(UsageRow.completion_tokens)
    theirs = case((col(UsageRow.conversation_id) == conversation_id, tokens), else_=0)
    query = select(func.coalesce(func.sum(tokens), 0), func.coalesce(func.sum(theirs), 0)).where(
        UsageRow.day == day, col(UsageRow.model).startswith(priced, autoescape=True)
    )
    whole, own = session.exec(query).one()
    return int(whole), int(own)


def _elsewhere(session: Session, me: str) -> list[tuple[int, int]]:
    """Conversation and tokens of each call that is under way in another process."""
    query = select(RunningCallRow.conversation_id, RunningCallRow.tokens).where(
        RunningCallRow.owner != me, RunningCallRow.until > now()
    )
    return list(session.exec(query))


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
