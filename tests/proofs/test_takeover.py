"""The proof that the bot is silent once a person has it, in short."""

from bot.database.db import Database
from bot.knowledge.retriever import ShopRetriever
from tests.proofs import takeover
from tests.support.flows import flow_of


async def test_the_bot_says_nothing_after_a_person_has_taken_over(
    database: Database, demo_retriever: ShopRetriever
) -> None:
    found = await takeover.prove(database, flow_of(database, demo_retriever), 40)
    assert (found.stored, found.sent) == (0, 0)
    assert found.answered + found.dropped == 40
