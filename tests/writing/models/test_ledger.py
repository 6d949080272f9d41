"""Caps hold for all processes of a shop together."""

import pytest

from bot.database.db import Database
from bot.writing.models.ledger import Ledger


async def test_a_call_that_runs_in_another_process_counts(database: Database) -> None:
    if database.sqlite:
        pytest.skip("one process answers on SQLite")
    one, other = (
        Ledger(database, priced="openai:", daily_cap=250, shopper_cap=150) for _ in range(2)
    )
    async with one.reserved(1, 100):
        assert await other.passed(2, 100) is None
        assert await other.passed(1, 100) == "shopper"
        async with other.reserved(2, 100):
            assert await one.passed(3, 100) == "day"
            assert await other.passed(3, 100) == "day"
    assert await other.passed(1, 100) is None
