"""Short form of `python -m tests.proofs.attack telegram`: it measures nothing."""

from pathlib import Path

from tests.proofs.attack import Ground
from tests.proofs.attack.telegram import attack


async def test_what_goes_to_telegram_holds_under_attack(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    for row in await attack(Ground(tmp_path, demo_index_dir, short=True)):
        assert row.held, f"{row.attack}: {row.found}"
