"""The short form of `python -m tests.proofs.rolling`, run with the other tests."""

import asyncio
from pathlib import Path

from tests.proofs.fleet import Fleet, Processes
from tests.proofs.kill import scratch
from tests.proofs.rolling import NEXT, Rolled, roll
from tests.support.postgres import Postgres


def test_a_new_version_with_a_migration_comes_without_losing_anything(
    postgres: Postgres, tmp_path: Path, demo_index_dir: Path
) -> None:
    async def run(url: str) -> Rolled:
        few = Processes(webs=1, workers=1)
        async with scratch(url, tmp_path, demo_index_dir, fleet=few) as fleet:
            assert isinstance(fleet, Fleet)
            return await roll(fleet, url, messages=12, shoppers=4, seed=7)

    with postgres.lend("template0") as url:
        rolled = asyncio.run(run(url))
    assert rolled.found.counts() == dict.fromkeys(rolled.found.counts(), 0)
    assert rolled.found.accepted >= 12
    assert rolled.wire is not None
    assert rolled.wire.counts() == dict.fromkeys(rolled.wire.counts(), 0)
    assert rolled.schema == NEXT
