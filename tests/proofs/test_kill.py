"""Short forms of `python -m tests.proofs.kill`, run with the other tests."""

import asyncio
from pathlib import Path

from tests.proofs.kill import Plan, prove, scratch
from tests.proofs.reconcile import Verdict

DURABLE_PATH = Plan(kills=3, messages=120, conversations=12, seed=7)
PRODUCT = Plan(kills=2, messages=60, conversations=12, seed=7)


def killed(database_url: str, folder: Path, plan: Plan, index: Path | None = None) -> Verdict:
    """What was found after the plan."""

    async def run() -> Verdict:
        async with scratch(database_url, folder, index) as server:
            return await prove(server, database_url, plan, lambda name, number: None)

    return asyncio.run(run())


def test_killing_the_process_loses_nothing_and_answers_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    found = killed(database_url, tmp_path, DURABLE_PATH)
    assert found.counts() == dict.fromkeys(found.counts(), 0)
    assert found.accepted == DURABLE_PATH.messages
    assert 0 < found.answers <= DURABLE_PATH.messages


def test_killing_the_whole_product_loses_nothing_either(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'deskhand.db'}"
    found = killed(url, tmp_path, PRODUCT, demo_index_dir)
    assert found.counts() == dict.fromkeys(found.counts(), 0)
    assert found.accepted == PRODUCT.messages
    assert found.from_knowledge > 0
