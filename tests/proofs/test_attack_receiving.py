"""What Telegram brings, at its worst, against a real `bot serve`: the short form of the attack."""

from pathlib import Path

from tests.proofs.attack import Ground
from tests.proofs.attack.receiving import attack


async def test_nothing_that_telegram_brings_stops_the_shop(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    rows = await attack(Ground(tmp_path, demo_index_dir, short=True))
    assert [row for row in rows if not row.held] == []
