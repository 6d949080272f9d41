"""Transactions that PostgreSQL ends for each other's sake are run again; nobody hears of it."""

import asyncio
import threading
from functools import partial

import pytest
from sqlmodel import Session

from bot.database.db import Database
from bot.database.tables import SecretRow


async def test_two_transactions_that_wait_for_each_other_both_come_to_their_end(
    database: Database,
) -> None:
    if database.sqlite:
        pytest.skip("SQLite has one writer at a time")
    with database.begin() as session:
        session.add_all([SecretRow(name=name, value="") for name in "ab"])
    together = threading.Barrier(2)
    runs: list[str] = []

    def both(names: str, session: Session) -> None:
        runs.append(names)
        for place, name in enumerate(names):
            row = session.get_one(SecretRow, name, with_for_update=True)
            row.value += names
            if place == 0 and len(runs) <= 2:
                together.wait(20)

    writes = [database.write(partial(both, names)) for names in ("ab", "ba")]
    await asyncio.gather(*writes)
    assert len(runs) == 3
    with database.read() as session:
        assert sorted(session.get_one(SecretRow, "a").value) == ["a", "a", "b", "b"]
