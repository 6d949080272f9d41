"""The short form of `python -m tests.proofs.requests`."""

import asyncio
from collections import Counter

from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import RequestRow
from bot.knowledge.retriever import ShopRetriever
from tests.proofs.requests import Story, faults


def test_what_is_taken_back_is_approved_by_nobody(
    database: Database, demo_retriever: ShopRetriever
) -> None:
    for seed in range(6):
        story = Story(database, demo_retriever, seed)
        asyncio.run(story.run())
        with database.read() as session:
            assert faults(session, story.conversation) == Counter()
    with database.read() as session:
        ended = set(session.exec(select(RequestRow.status)))
    assert {"withdrawn", "approved", "declined"} <= ended
