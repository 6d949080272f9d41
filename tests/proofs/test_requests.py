"""The short form of `python -m tests.proofs.requests`."""

import asyncio
from collections import Counter

import pytest

from bot.database.db import Database
from tests.proofs.requests import Story, faults


@pytest.mark.parametrize("seed", range(6))
def test_what_is_taken_back_is_approved_by_nobody(database: Database, seed: int) -> None:
    story = Story(database, seed)
    asyncio.run(story.run())
    with database.read() as session:
        assert faults(session, story.conversation) == Counter()
