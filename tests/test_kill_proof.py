"""A short form of `python -m tests.proofs.kill`, run with the other tests."""

import asyncio
from pathlib import Path

from tests.proofs.kill import Plan, prove, scratch
from tests.proofs.reconcile import Verdict

PLAN = Plan(kills=4, messages=160, conversations=16, seed=7)


def test_killing_the_process_loses_nothing_and_answers_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    async def run() -> Verdict:
        async with scratch("worker", database_url, tmp_path) as server:
            return await prove(server, database_url, PLAN, lambda name, number: None)

    found = asyncio.run(run())
    assert found.counts() == dict.fromkeys(found.counts(), 0)
    assert found.accepted == PLAN.messages
    assert 0 < found.answers <= PLAN.messages
