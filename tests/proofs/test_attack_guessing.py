"""Guessing at orders and codes against a real server, in its short form."""

from pathlib import Path

from tests.proofs.attack import Ground
from tests.proofs.attack.guessing import attack


async def test_a_guesser_opens_nothing_and_keeps_nobody_out(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    rows = await attack(Ground(tmp_path, demo_index_dir, short=True))
    assert [row for row in rows if not row.held] == []
