"""The short form of `python -m tests.proofs.attack freeze`, against a real `bot serve`."""

from pathlib import Path

from tests.proofs.attack import Ground
from tests.proofs.attack.freeze import attack


async def test_slow_texts_of_one_shopper_are_noticed_by_nobody_else(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    rows = await attack(Ground(tmp_path, demo_index_dir, short=True))
    assert [f"{row.attack}: {row.found}" for row in rows if not row.held] == []
