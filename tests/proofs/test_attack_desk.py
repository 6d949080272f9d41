"""The attacks on the desk, in their short form, against a real `bot serve`."""

from pathlib import Path

from tests.proofs.attack import Ground
from tests.proofs.attack.desk import attack


async def test_the_desk_holds(tmp_path: Path, demo_index_dir: Path) -> None:
    rows = await attack(Ground(tmp_path, demo_index_dir, short=True))
    assert [row for row in rows if not row.held] == []
    assert len(rows) == 9
