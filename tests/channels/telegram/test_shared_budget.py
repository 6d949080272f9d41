"""Two processes that send for one bot keep its limits together."""

import asyncio
import time

import pytest
from sqlmodel import Session, select

from bot.channels.telegram.budget import Limits, TooSoon
from bot.channels.telegram.shared_budget import SharedBudget
from bot.database.db import Database
from bot.database.process_tables import SendBudgetRow

ANNA, BEN, GROUP = 7_000_001, 7_000_002, -100_200


def two(database: Database, **limits: float) -> tuple[SharedBudget, SharedBudget]:
    """The budgets of two processes, whose clocks began at different times."""
    known = Limits(**limits)  # type: ignore[arg-type]
    one = SharedBudget(database, "for-tests-only", known)
    return one, SharedBudget(database, "for-tests-only", known, clock=lambda: time.time() + 1e6)


async def test_a_chat_takes_its_burst_from_both_together(database: Database) -> None:
    one, other = two(database, burst=2, spacing=60)
    await one.spend(ANNA, patience=0)
    await other.spend(ANNA, patience=0)
    for budget in (one, other):
        with pytest.raises(TooSoon) as soon:
            await budget.spend(ANNA, patience=1)
        assert 50 < soon.value.seconds <= 60
    await other.spend(BEN, patience=0)


async def test_a_chat_that_telegram_closed_for_one_is_closed_for_the_other(
    database: Database,
) -> None:
    one, other = two(database)
    await other.spend(ANNA, patience=1)
    one.close(ANNA, 30)
    await asyncio.gather(*one._noting)
    with pytest.raises(TooSoon) as soon:
        await other.spend(ANNA, patience=60)
    assert 25 < soon.value.seconds < 31
    assert one.closed(ANNA)


async def test_the_bots_line_is_one(database: Database) -> None:
    one, other = two(database, overall=20, at_once=1)
    began = time.monotonic()
    await asyncio.gather(
        *(budget.spend(ANNA + number, patience=9) for number in range(5) for budget in (one, other))
    )
    assert time.monotonic() - began >= 9 / 20


async def test_a_groups_minute_is_one_and_chats_are_nobodys_by_name(database: Database) -> None:
    one, other = two(database, burst=10, group=3)
    for budget in (one, other, one):
        await budget.spend(GROUP, patience=0)
    assert one.left(GROUP) == 0
    with pytest.raises(TooSoon):
        await other.spend(GROUP, patience=5)

    def subjects(session: Session) -> str:
        return repr(session.exec(select(SendBudgetRow.subject)).all())

    assert str(-GROUP) not in await database.query(subjects)
