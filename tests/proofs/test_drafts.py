"""The short form of `python -m tests.proofs.drafts`."""

from pathlib import Path

from tests.proofs.drafts import holds, prove


def test_a_job_that_is_killed_makes_each_draft_exactly_once(tmp_path: Path) -> None:
    found = prove(60, 1, tmp_path)
    assert holds(found, 60, 1), found
