"""Short forms of `python -m tests.proofs.builds`, run with the other tests."""

import asyncio
from pathlib import Path

from bot import log
from bot.knowledge.build import build_index
from tests.proofs import bitflips
from tests.proofs.builds import kills
from tests.support.demo import TODAY
from tests.support.tiny import make_model, write_knowledge


def test_builds_that_are_killed_fail_no_question_and_mix_no_answer(tmp_path: Path) -> None:
    found, _ = asyncio.run(kills(tmp_path, 1, 7, lambda name, count: None))
    assert found.counts() == dict.fromkeys(found.counts(), 0), found
    assert found.answers > 0
    assert found.made > 0


def test_whatever_is_damaged_is_not_served(tmp_path: Path) -> None:
    log.configure("critical")
    model, index = make_model(tmp_path / "tiny"), tmp_path / "index"
    for days in (30, 31):
        answers = {"returns": f"Within {days} days.", "sizes": "XS to XXL.", "gifts": "We wrap."}
        build_index(write_knowledge(tmp_path / "knowledge", answers), index, model, today=TODAY)
    found = bitflips.harm(index, 7, lambda name, count: None, regions=16)
    assert found.missed == []
    assert found.refused > 200
    assert found.nothing > 0
