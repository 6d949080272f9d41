"""The short form of `python -m tests.proofs.kill --processes 2x2`, run with the other tests."""

import asyncio
from pathlib import Path

from tests.proofs.fleet import Fleet, Processes
from tests.proofs.kill import Plan, over_the_wire, prove, scratch
from tests.proofs.reconcile import Verdict
from tests.proofs.telegram import Wire
from tests.support.postgres import Postgres

PLAN = Plan(kills=2, messages=40, conversations=16, seed=7)


def test_killing_any_of_several_processes_loses_nothing_and_answers_nothing_twice(
    postgres: Postgres, tmp_path: Path, demo_index_dir: Path
) -> None:
    async def run(url: str) -> tuple[Verdict, Wire | None, Fleet]:
        few = Processes(webs=1, workers=2)
        async with scratch(url, tmp_path, demo_index_dir, fleet=few) as server:
            assert isinstance(server, Fleet)
            found = await prove(server, url, PLAN, lambda name, number: None)
            return found, await over_the_wire(server, url), server

    with postgres.lend() as url:
        found, wire, fleet = asyncio.run(run(url))
    assert sum(fleet.killed.values()) == PLAN.kills
    assert [each["role"] for each in fleet.reports] == ["web", "worker", "worker"]
    assert all(each["listening"] for each in fleet.reports)
    duties = sorted(duty for each in fleet.reports for duty in each["duties"])
    assert duties == ["clocks", "telegram.polling"]
    assert found.counts() == dict.fromkeys(found.counts(), 0)
    assert found.accepted == PLAN.messages
    assert found.from_knowledge > 0
    assert wire is not None
    assert wire.counts() == dict.fromkeys(wire.counts(), 0)
    assert 0 < wire.answers < found.answers
